"""The chaincodes of a network that is up: their life, for all departments together.

What one department does with its own keys alone is `acting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.acting import Acting
from weftwork_network.approving import Approving
from weftwork_network.beside import bring_beside, withdraw
from weftwork_network.deployed import read_deployed
from weftwork_network.deploying import Change, Deployment
from weftwork_network.errors import DeployError
from weftwork_network.links import Links
from weftwork_network.network import Network
from weftwork_network.packages import Package, define, kept_package, kept_versions, write_package
from weftwork_network.progress import Progress, Silent
from weftwork_network.running import run, uninterrupted
from weftwork_network.selection import (
    check_known,
    chosen,
    made_packages,
    next_sequence,
    package_of,
    running_backend,
    with_keys,
    working,
)


@dataclass(frozen=True)
class Readiness:
    """Whether departments agree on the next definition of a chaincode.

    Attributes:
        channel: where.
        chaincode: of what.
        sequence: the sequence asked about.
        version: the version asked about.
        committed: it is what the channel has already.
        departments: by MSP id: None where it has approved this, else what its own approval of
            that sequence has otherwise, nothing where it has approved none.
    """

    channel: str
    chaincode: str
    sequence: int
    version: str
    committed: bool
    departments: dict[str, tuple[str, ...] | None]


class Chaincodes:
    """The chaincodes of a network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._state = network.state
        self._topology = network.topology

    def acting(self, department: str) -> Acting:
        """One department's own part. Raises KeyError where there is no such department."""
        return Acting(self._network, department)

    def package(self, names: Sequence[str] = (), folder: Path | None = None) -> list[Path]:
        """Packages chaincodes from the code of now, into files that travel.

        Args:
            names: which; all when none is named.
            folder: where the files go; the state's own when none is named.

        Returns:
            The files.

        Raises:
            DeployError: there is no such chaincode, or its code cannot be packaged.
        """
        packages = chosen(self._topology, made_packages(self._network), names)
        if folder is None:
            return [write_package(self._state, package) for package in packages]
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / package.file_name for package in packages]
        for file, package in zip(files, packages, strict=True):
            file.write_bytes(package.content)
        return files

    def ready(self, name: str | None = None, *, file: Path | None = None) -> list[Readiness]:
        """Which department has approved the next definition of chaincodes, and why not.

        Asked of the first department whose keys are here.

        Args:
            name: of which chaincode; of all when none is named, from the code of now.
            file: the package; made from the code of now when none is named.

        Raises:
            DeployError: there is no such chaincode.
        """
        if name is None:
            packages = made_packages(self._network)
        else:
            packages = [package_of(self._network, name, file)]
        return run(lambda: self._ready(packages))

    def deploy(self, names: Sequence[str] = (), progress: Progress | None = None) -> list[Change]:
        """Brings chaincodes to the code and definition of now: installs, approves, commits.

        New code answers beside the old before anybody approves it, and the old ends when no peer
        needs it, so that transactions go on meanwhile.

        Args:
            names: which; all when none is named.
            progress: takes what there is to say meanwhile.

        Raises:
            DeployError: a department cannot approve, or the departments do not agree.
            NodeError: the new code does not start; nothing was approved.
        """
        with working(self._network, "weftwork chaincode deploy"):
            made = made_packages(self._network)
            return self._deploy(chosen(self._topology, made, names), made, progress or Silent())

    def rollback(
        self, name: str, version: str | None = None, progress: Progress | None = None
    ) -> list[Change]:
        """Deploys an earlier package of a chaincode, as the next sequence.

        It stays so, also when the network is started again, until the code here is edited or
        deployed. Policy and collections stay what network.yaml says.

        Args:
            name: the chaincode.
            version: the beginning of the version; the one before by itself.
            progress: takes what there is to say meanwhile.

        Raises:
            DeployError: there is no such package.
        """
        with working(self._network, "weftwork chaincode rollback"):
            made = made_packages(self._network)
            check_known(self._topology, [name])
            package = kept_package(self._state, name, self._earlier(name, version))
            return self._deploy([package], made, progress or Silent())

    def _deploy(
        self, packages: list[Package], made: list[Package], progress: Progress
    ) -> list[Change]:
        backend, members = running_backend(self._network), self._topology.members
        added = bring_beside(self._state, self._topology, backend, packages, members, progress)

        async def steps() -> list[Change]:
            async with Links(self._state, self._topology) as links:
                deployment = Deployment(self._state, self._topology, links, packages)
                try:
                    progress.doing("installing")
                    await deployment.install(self._topology.peers)
                    progress.doing("approving, committing")
                    changes = await deployment.define(made)
                    progress.doing("trying")
                    await deployment.wait_ready()
                    progress.doing("ending what nobody needs any more")
                    await deployment.retire(backend, members)
                except BaseException:
                    if not deployment.begun:
                        with uninterrupted():
                            withdraw(self._state, self._topology, backend, added)
                    raise
                return changes

        return run(steps)

    async def _ready(self, packages: Sequence[Package]) -> list[Readiness]:
        found: list[Readiness] = []
        async with Links(self._state, self._topology) as links:
            for channel in self._topology.channels:
                acting = Approving(links, channel, with_keys(self._network, channel))
                for chaincode in channel.chaincodes:
                    for package in packages:
                        if package.name != chaincode.name:
                            continue
                        committed = await acting.committed(chaincode.name)
                        number = next_sequence(committed, chaincode, package.version)
                        definition = define(chaincode, package.version, number)
                        done = committed is not None and number == committed.sequence
                        found.append(
                            Readiness(
                                channel=channel.name,
                                chaincode=chaincode.name,
                                sequence=number,
                                version=package.version,
                                committed=done,
                                departments={
                                    mspid: None if approved else ()
                                    for mspid, approved in committed.approvals.items()
                                }
                                if committed is not None and done
                                else await acting.readiness(definition),
                            )
                        )
        return found

    def _earlier(self, name: str, version: str | None) -> str:
        """The version to roll back to."""
        last = read_deployed(self._state).get(name)
        current = last.version if last is not None else ""
        kept = [each for each in kept_versions(self._state, name) if each != current]
        known = ", ".join(kept) or "none"
        if version is None:
            if last is None or not last.before:
                raise DeployError(
                    f"nothing was deployed of {name} before {current or 'now'}; packages that are "
                    f"kept: {known}; name one with --to"
                )
            return last.before[-1]
        found = [each for each in kept if each.startswith(version)]
        if len(found) != 1:
            why = "is no earlier version" if not found else "is the beginning of several versions"
            raise DeployError(f"{version!r} {why} of {name}; packages that are kept: {known}")
        return found[0]
