"""Where a command on a chaincode works: the chaincode's folder here, and the network it is for."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.certificates import CertificateStore
from weftwork_network.deployed import read_deployed
from weftwork_network.errors import NetworkError
from weftwork_network.faults import did_you_mean, shown
from weftwork_network.network import Network
from weftwork_network.running import uninterrupted
from weftwork_network.scaffold.entry import add_entry, entry_of, has_entry, take_back
from weftwork_network.scaffold.folders import (
    PYPROJECT,
    ChaincodeFolder,
    find_folder,
    find_network,
    read_folder,
)
from weftwork_network.selection import running_backend, working


@dataclass(frozen=True)
class Workplace:
    """Which chaincodes a command means, and of which network.

    Attributes:
        network_folder: the network's project folder.
        names: the chaincodes; empty: all of the network.
        folders: those of them that lie in folders of their own, found from here.
    """

    network_folder: Path
    names: tuple[str, ...]
    folders: tuple[ChaincodeFolder, ...]

    @contextmanager
    def joined(self, say: Callable[[str], None]) -> Generator[Network]:
        """The network, which knows the chaincodes as long as the body does not fail.

        One that it did not know is written into network.yaml, and out of it again where the body
        fails before it is deployed.

        Args:
            say: is told what is written.

        Raises:
            NetworkError: the network is not up, or knows another chaincode of the name.
        """
        network = Network.open(self.network_folder)
        new = [each for each in self.folders if not has_entry(network.project, each)]
        if not new:
            yield network
            return
        running_backend(network)
        (chaincode,) = new
        entry = entry_of(network.project, chaincode)
        with working(network, "weftwork chaincode deploy"):
            before = add_entry(network.project, entry)
            file = shown(network.project.network_file)
            who = entry.get("policy") or f"{entry['authority']} and one other"
            say(f"added {chaincode.name} to {file}; endorsed by {who}: edit it there")
            joined = Network.open(self.network_folder)
            # A department that ran no chaincode so far has no certificate for one.
            CertificateStore(joined.state).ensure(joined.topology)
        try:
            yield joined
        except BaseException:
            if chaincode.name not in read_deployed(joined.state):
                with uninterrupted():
                    take_back(network.project, before, entry)
                    say(f"took {chaincode.name} out of {file} again")
            raise


def opened(folder: Path | None) -> Network:
    """The network of a folder; by itself the nearest from the working folder upwards.

    Raises:
        NetworkError: there is none.
    """
    here = Path.cwd()
    return Network.open(folder or _network_of(here, find_folder(here), None))


def find_workplace(names: Sequence[str], network: Path | None = None) -> Workplace:
    """What a command means in the working folder.

    Args:
        names: the chaincodes that it names: of the network, or folders here.
        network: the network's project folder; by itself what the chaincode's folder says, else
            the nearest from here upwards.

    Raises:
        NetworkError: there is no network, or no such chaincode.
    """
    here = Path.cwd()
    own = find_folder(here)
    if not names:
        folders = () if own is None else (own,)
        return Workplace(_network_of(here, own, network), tuple(f.name for f in folders), folders)
    if own is not None and list(names) == [own.name]:
        return Workplace(_network_of(here, own, network), (own.name,), (own,))
    below = [each for name in names if (each := _below(here, name)) is not None]
    found = _network_of(here, below[0] if below else own, network)
    known = {each.name for each in Network.open(found).topology.chaincodes}
    there = known | {each.name for each in below}
    for name in names:
        if name not in there:
            raise NetworkError(f"no chaincode '{name}'{did_you_mean(name, there)}")
    unknown = [each for each in below if each.name not in known]
    if len(unknown) > 1:
        listed = ", ".join(each.name for each in unknown)
        raise NetworkError(f"{listed} are new to the network: deploy one after the other")
    return Workplace(found, tuple(names), tuple(unknown))


def find_chaincode(name: str | None) -> ChaincodeFolder:
    """The folder of a chaincode: that which the working folder is or lies in, or one below it.

    Raises:
        NetworkError: there is none.
    """
    here = Path.cwd()
    own = find_folder(here)
    if name is None or (own is not None and own.name == name):
        if own is None:
            raise NetworkError(
                f"no chaincode here: no {PYPROJECT} with [tool.weftwork.chaincode] in this folder "
                "or one above; `weftwork chaincode new NAME` makes one"
            )
        return own
    found = _below(here, name) or _known_to_network(here, name)
    if found is None:
        raise NetworkError(f"no chaincode '{name}' here: no {name}/{PYPROJECT} that says so")
    return found


def names_of_network(start: Path) -> set[str]:
    """The chaincodes of the nearest network upwards; none where it cannot be read."""
    folder = find_network(start)
    if folder is None:
        return set()
    try:
        return {each.name for each in Network.open(folder).topology.chaincodes}
    except NetworkError:
        return set()


def _below(here: Path, name: str) -> ChaincodeFolder | None:
    found = read_folder(here / name)
    return found if found is not None and found.name == name else None


def _known_to_network(here: Path, name: str) -> ChaincodeFolder | None:
    folder = find_network(here)
    if folder is None:
        return None
    project = Network.open(folder).project
    for each in project.definition.chaincodes:
        if each.name == name:
            return read_folder(project.folder / (each.folder or "."))
    return None


def _network_of(here: Path, chaincode: ChaincodeFolder | None, named: Path | None) -> Path:
    if named is not None:
        return named
    if chaincode is not None and chaincode.network is not None:
        return chaincode.network
    found = find_network(here)
    if found is None and chaincode is not None:
        found = find_network(chaincode.folder)
    if found is None and chaincode is not None:
        raise NetworkError(
            "no network here or in a folder above: `weftwork network init` and "
            "`weftwork network up` make one, --folder names one"
        )
    return found or Path(".")
