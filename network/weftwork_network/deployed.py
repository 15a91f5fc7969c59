"""What was last deployed of each chaincode, as the state keeps it for all departments.

By this a second `up` sees without asking anybody that nothing has changed, and a chaincode that
was rolled back stays so until its code is edited.
"""

from collections.abc import Iterable

import msgspec

from weftwork_network.packages import Package, kept_package
from weftwork_network.state import State, read_json, write_json
from weftwork_network.topology import Topology


class Deployed(msgspec.Struct, frozen=True):
    """A chaincode's last deployment.

    Attributes:
        package_id: the package that departments approved.
        version: the version of its definitions.
        source: the id of the package that the project's code made at that time; another one than
            `package_id` where an earlier package was deployed instead.
        definitions: policy, collections and who runs it, by channel, in words that change with
            them.
        before: the versions deployed before, the first one first.
    """

    package_id: str
    version: str
    source: str
    definitions: dict[str, str]
    before: tuple[str, ...] = ()


def read_deployed(state: State) -> dict[str, Deployed]:
    """The last deployment of each chaincode."""
    return read_json(state.deployed, dict[str, Deployed]) or {}


def remember(
    state: State, topology: Topology, packages: Iterable[Package], made: Iterable[Package]
) -> None:
    """Keeps what has been deployed.

    Args:
        state: the state.
        topology: the network.
        packages: what was deployed.
        made: what the project's code makes now.
    """
    sources = {package.name: package.id for package in made}
    deployed = read_deployed(state)
    for package in packages:
        last = deployed.get(package.name)
        deployed[package.name] = Deployed(
            package_id=package.id,
            version=package.version,
            source=sources.get(package.name, package.id),
            definitions=_definitions(topology, package.name),
            before=_before(last, package.version),
        )
    known = {chaincode.name for chaincode in topology.chaincodes}
    kept = {name: each for name, each in sorted(deployed.items()) if name in known}
    write_json(state.deployed, msgspec.to_builtins(kept))


def nothing_to_deploy(state: State, topology: Topology, made: Iterable[Package]) -> bool:
    """Whether the last deployment was of what the project's code and definition are now."""
    deployed = read_deployed(state)
    return all(
        (last := deployed.get(package.name)) is not None
        and last.source == package.id
        and last.definitions == _definitions(topology, package.name)
        for package in made
    )


def wanted_packages(state: State, made: Iterable[Package]) -> list[Package]:
    """What a start is to serve: what the project's code makes, or what was rolled back to.

    Raises:
        DeployError: the file of an earlier package is gone.
    """
    deployed = read_deployed(state)
    wanted: list[Package] = []
    for package in made:
        last = deployed.get(package.name)
        rolled_back = last and last.source == package.id and last.package_id != package.id
        if last and rolled_back:
            package = kept_package(state, package.name, last.version)
        wanted.append(package)
    return wanted


def _before(last: Deployed | None, version: str) -> tuple[str, ...]:
    if last is None:
        return ()
    if version in last.before:  # rolled back to it: what came after is no version before
        return last.before[: last.before.index(version)]
    return last.before if version == last.version else (*last.before, last.version)


def _definitions(topology: Topology, name: str) -> dict[str, str]:
    return {
        channel.name: repr((chaincode.policy, chaincode.collections, chaincode.runners))
        for channel in topology.channels
        for chaincode in channel.chaincodes
        if chaincode.name == name
    }
