"""Each file of the state folder damaged in turn: repaired, or told in a line with what to do.

The state is real but for the ledgers: what `up` makes before a node starts, and the records that it
writes after. Nodes are not started: `up` goes as far as to where it would.
"""

import itertools
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network import network as network_module
from weftwork_network.authorities import load_credentials
from weftwork_network.certificates import CertificateStore
from weftwork_network.creation import write_creation
from weftwork_network.doctor import examine
from weftwork_network.errors import NetworkError
from weftwork_network.kept import Kept, keep, kept_choice
from weftwork_network.profiles import write_profiles
from weftwork_network.state import State, write_json
from weftwork_network.stopping import delete_all, stop_all


class Reached(Exception):
    """`up` has come to where nodes are started."""


class _Programs:
    version = "3.1.1"

    def __str__(self) -> str:
        return "fabric 3.1.1"


@pytest.fixture
def network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network.open(folder, backend="process")
    state = network.state
    CertificateStore(state).ensure(network.topology)
    write_creation(state, network.topology, "3.1.1")
    write_profiles(state, network.topology)
    keep(state, Kept("process", "", str(state.folder), "raft", "3.1"))
    write_json(state.run / "energy-peer0.json", {"node": "energy-peer0", "pid": 1})
    (state.run / "token").write_text(f"{'0' * 32}\n{state.folder}\n")
    (state.folder / "lock").touch()

    def stop_here(*_: object, **__: object) -> None:
        raise Reached

    monkeypatch.setattr(network_module, "make_packages", lambda *_: [])
    monkeypatch.setattr(network_module, "find_programs", lambda *_: _Programs())
    monkeypatch.setattr(network_module, "room_findings", lambda *_: ())
    monkeypatch.setattr(network_module, "BringUp", stop_here)
    return network


def kinds(state: State) -> dict[str, Path]:
    """A file of each kind: what one department and one node have, the others have too."""
    found: dict[str, Path] = {}
    for path in sorted(state.folder.rglob("*")):
        parts = path.relative_to(state.folder).parts
        if path.is_file() and (parts[0] != "departments" or parts[1] == "energy"):
            found[str(path.relative_to(state.folder))] = path
    return found


def emptied(_: bytes) -> bytes:
    return b""


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scrambled(content: bytes) -> bytes:
    return random.Random(7).randbytes(max(len(content), 16))


def attempt(work: Callable[[], object], what: str) -> str:
    """Runs a command's work; gives what it fails with, which must be words."""
    try:
        work()
    except Reached:
        return ""
    except NetworkError as error:
        for line in str(error).splitlines():
            assert ";" in line or "did you mean" in line, f"{what}: {line}"
        return str(error)
    return ""


DAMAGES = (scrambled, truncated, emptied)


def test_each_file_damaged(network: Network) -> None:
    state, folder = network.state, network.project.folder
    whole = state.folder.with_name("whole")
    shutil.copytree(state.folder, whole)
    refused: dict[str, str] = {}
    damages = itertools.cycle(DAMAGES)
    for at, ((name, path), damage) in enumerate(zip(kinds(state).items(), damages, strict=False)):
        path.write_bytes(damage(path.read_bytes()))
        attempt(lambda: Network.open(folder).status(), f"status with {name}")
        if at % 5 == 0:  # it looks at the whole machine each time
            attempt(lambda: examine(folder), f"doctor with {name}")
        attempt(lambda: stop_all(State(state.folder)), f"down with {name}")
        said = attempt(lambda: Network.open(folder).up(), f"up with {name}")
        if said:
            refused[name] = said
        else:
            assert_whole(state)
        shutil.rmtree(state.folder)
        shutil.copytree(whole, state.folder)
    # What the first block holds, or everything else is signed with, cannot be made anew.
    assert set(refused) == {
        "channel/created.json",
        *(f"departments/energy/{ca}/{file}.pem" for ca in AUTHORITIES for file in ("cert", "key")),
        *(f"departments/energy/nodes/orderer0/tls/server.{kind}" for kind in ("crt", "key")),
    }
    for name, said in refused.items():
        assert "restore" in said, said
        assert "clean" in said, said
        assert Path(name).parent.name in said, said


AUTHORITIES = ("ca", "tlsca", "opsca", "monca")


def assert_whole(state: State) -> None:
    """Every certificate has its key."""
    for certificate in state.departments.glob("*/nodes/*/*/*.crt"):
        key = certificate.with_suffix(".key")
        if key.exists():
            load_credentials(certificate.read_bytes(), key.read_bytes())
    for msp in state.departments.glob("*/*/*/msp"):
        certificate, key = msp / "signcerts" / "cert.pem", msp / "keystore" / "key.pem"
        load_credentials(certificate.read_bytes(), key.read_bytes())


@pytest.mark.parametrize("damage", DAMAGES)
def test_clean_deletes_whatever_is_damaged(
    network: Network, damage: Callable[[bytes], bytes]
) -> None:
    for path in kinds(network.state).values():
        path.write_bytes(damage(path.read_bytes()))
    assert delete_all(State(network.state.folder))
    assert not network.state.folder.exists()


def test_the_back_end_is_told_by_what_else_lies_there(network: Network) -> None:
    """A broken record of the choice does not turn containers into processes."""
    state = network.state
    (state.folder / ".env").write_text("COMPOSE_PROJECT_NAME=weftwork-0123abcd\n")
    (state.folder / "backend.json").write_text("{")
    assert kept_choice(state) == Kept("container", "weftwork-0123abcd", str(state.folder))
    (state.folder / ".env").unlink()
    assert kept_choice(state) == Kept("process")
