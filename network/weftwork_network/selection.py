"""Which chaincodes, packages and departments a command on a network that is up means."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from weftwork.aio.admin import CommittedDefinition
from weftwork_network.backend import Backend
from weftwork_network.disk import refusals_in_words
from weftwork_network.errors import DeployError
from weftwork_network.faults import did_you_mean
from weftwork_network.lock import locked
from weftwork_network.network import Network
from weftwork_network.packages import Package, define, make_packages, read_package, write_package
from weftwork_network.topology import Chaincode, Channel, Member, Topology


def made_packages(network: Network) -> list[Package]:
    """Every chaincode packaged from the code of now. Raises DeployError."""
    return make_packages(network.topology, network.project.folder)


def package_of(network: Network, name: str, file: Path | None) -> Package:
    """A chaincode's package: that of a file, else made from the code of now; kept either way.

    Raises:
        DeployError: there is no such chaincode, or the file is no package of it.
    """
    check_known(network.topology, [name])
    if file is None:
        package = chosen(network.topology, made_packages(network), [name])[0]
    else:
        package = read_package(file)
        if package.name != name:
            raise DeployError(f"{file} is a package of {package.name}, not of {name}")
    write_package(network.state, package)
    return package


def check_known(topology: Topology, names: Sequence[str]) -> None:
    """Raises DeployError where a name is no chaincode's."""
    known = {chaincode.name for chaincode in topology.chaincodes}
    for name in names:
        if name not in known:
            raise DeployError(f"no chaincode '{name}'{did_you_mean(name, known)}")


def chosen(topology: Topology, packages: Sequence[Package], names: Sequence[str]) -> list[Package]:
    """The packages of some chaincodes; all when none is named. Raises DeployError."""
    check_known(topology, names)
    return [package for package in packages if not names or package.name in names]


def targets_of(network: Network, name: str, member: Member) -> list[tuple[Channel, Chaincode]]:
    """Where a chaincode is that a department has a say in. Raises DeployError."""
    check_known(network.topology, [name])
    return [
        (channel, chaincode)
        for channel in network.topology.channels
        for chaincode in channel.chaincodes
        if chaincode.name == name and member in channel.with_peers
    ]


def has_keys(network: Network, member: Member) -> bool:
    """Whether a department's own keys are on this machine."""
    return (network.state.department(member) / "wallet").is_dir()


def with_keys(network: Network, channel: Channel) -> Member:
    """The first department of a channel whose keys are on this machine. Raises DeployError."""
    for member in channel.with_peers:
        if has_keys(network, member):
            return member
    raise DeployError(f"no department's keys of {channel.name} are here")


def running_backend(network: Network) -> Backend:
    """Where the nodes run, which must have been started. Raises DeployError."""
    if not network.state.created.exists():
        raise DeployError("the network has not been started; first: weftwork network up")
    return network.backend


def next_sequence(committed: CommittedDefinition | None, chaincode: Chaincode, version: str) -> int:
    """The sequence of a definition: that which has it already, else the next."""
    if committed is None:
        return 1
    same = committed.matches(define(chaincode, version, committed.sequence))
    return committed.sequence if same else committed.sequence + 1


@contextmanager
def working(network: Network, command: str) -> Generator[None]:
    """Nobody else changes the network meanwhile; what the disk refuses is said in words."""
    with refusals_in_words(network.state.folder, command), locked(network.state.lock, command):
        yield
