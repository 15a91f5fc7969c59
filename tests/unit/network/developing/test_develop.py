"""What the loop is made of: seeing a change, taking a place, saying why code does not load."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from weftwork.cli.app import run
from weftwork_network.claims import claimed, claimed_packages
from weftwork_network.develop import loop
from weftwork_network.develop.watching import Watch, code_roots
from weftwork_network.errors import LockedError, NetworkError


def test_a_change_is_told_once_and_when_it_is_over(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    code = tmp_path / "contract.py"
    code.write_text("one")
    watch = Watch([tmp_path])
    assert watch.changed() == []
    for hidden in (".hidden.py", "__pycache__/contract.pyc", "contract.py~"):
        (tmp_path / hidden).write_text("x")
    assert watch.changed() == watch.changed() == []
    code.write_text("tw")
    assert watch.changed() == []  # an editor may be writing still
    assert watch.changed() == [str(code)]
    assert watch.changed() == []
    # An editor that writes beside and renames, within one tick of the clock and of one size.
    before = code.stat()
    (tmp_path / "new").write_text("on")
    os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "new").replace(code)
    watch.changed()
    assert watch.changed() == [str(code)]
    code.unlink()
    watch.changed()
    assert watch.changed() == [str(code)]


def test_where_code_lies(tmp_path: Path) -> None:
    (tmp_path / "alone_here.py").write_text("")
    (tmp_path / "folder_here").mkdir()
    (tmp_path / "folder_here" / "__init__.py").write_text("")
    assert code_roots("alone_here:A", tmp_path) == [tmp_path / "alone_here.py"]
    assert code_roots("folder_here.contract:A", tmp_path) == [tmp_path / "folder_here"]
    with pytest.raises(NetworkError, match="nowhere_here of nowhere_here:A is not found"):
        code_roots("nowhere_here:A", tmp_path)


def test_a_claim_holds_as_long_as_its_holder(state) -> None:
    assert claimed_packages(state) == frozenset()
    with claimed(state, "parcels") as claim:
        claim.hold(["parcels_1:a", "parcels_1:b"])
        assert claimed_packages(state) == {"parcels_1:a", "parcels_1:b"}
        with pytest.raises(LockedError, match="under development"), claimed(state, "parcels"):
            pass
    assert claimed_packages(state) == frozenset()
    # What a killed holder leaves behind claims nothing.
    (state.run / "parcels.dev").write_text('["parcels_1:a"]')
    assert claimed_packages(state) == frozenset()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["dev"], "which chaincode? name it, or run this in its folder"),
        (["dev", "nothing"], "no chaincode 'nothing'; known here: casework"),
        (["dev", "casework"], "the network has not been started; first: weftwork network up"),
        (["test"], "no chaincode here: no pyproject.toml with [tool.weftwork.chaincode]"),
        (["deploy", "nothing"], "no chaincode 'nothing'; known here: casework"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(folder, monkeypatch, capfd, words, why) -> None:
    monkeypatch.chdir(folder)
    assert run(["chaincode", *words]) == 1
    told = capfd.readouterr().err
    assert why in told
    assert told.count("\n") == 1


def test_containers_are_refused_in_words(folder, monkeypatch, capfd) -> None:
    class Containers:
        name = "containers"

    monkeypatch.chdir(folder)
    monkeypatch.setattr(loop, "running_backend", lambda _: Containers())
    assert run(["chaincode", "dev", "casework"]) == 1
    told = capfd.readouterr().err
    assert "these are containers: use `weftwork chaincode deploy`" in told
    assert told.count("\n") == 1


def test_without_a_debugger_installed(folder, monkeypatch, capfd) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setitem(sys.modules, "debugpy", None)
    assert run(["chaincode", "dev", "casework", "--debug", "5678"]) == 1
    assert capfd.readouterr().err == ("weftwork: a debugger needs debugpy: pip install debugpy\n")


CODE = """\
from weftwork_chaincode import Context, Contract, evaluate

LIMIT = {limit}


class Small(Contract, name="small"):
    @evaluate
    async def word(self, ctx: Context) -> str:
        return "here"
"""


class Server:
    """A process of `weftwork_chaincode.develop`, told what to serve."""

    def __init__(self, folder: Path, limit: str, new: str) -> None:
        (folder / "small.py").write_text(CODE.format(limit=limit))
        config = {
            "chaincodes": [
                {
                    "name": "small",
                    "contract": "small:Small",
                    "address": f"unix:{new}",
                    "package_id": "small:1",
                }
            ],
            "insecure": True,
            "dev": True,
        }
        (folder / f"{new}.json").write_bytes(msgspec.json.encode(config))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "weftwork_chaincode.develop"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        order = {"config": f"{new}.json", "folder": str(folder)}
        self.tell(order | {"sockets": [[new, "place", "spare"]]})

    def tell(self, value: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(value) + b"\n")
        self.process.stdin.flush()

    def told(self) -> dict[str, object]:
        assert self.process.stdout is not None
        return msgspec.json.decode(self.process.stdout.readline())

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)


def test_it_takes_a_place_and_gives_it_back(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    approved = socket.socket(socket.AF_UNIX)
    approved.bind("place")
    approved.listen()
    own = os.stat("place").st_ino
    try:
        first = Server(tmp_path, "1", "new.1")
        assert first.told() == {"loaded": True}
        assert os.stat("place").st_ino == own, "nothing is taken before it is told to"
        first.tell({"serve": True})
        assert first.told() == {"serves": True}
        assert os.stat("place").st_ino != own == os.stat("spare").st_ino
        second = Server(tmp_path, "2", "new.2")
        second.told()
        second.tell({"serve": True})
        second.told()
        newer = os.stat("place").st_ino
        assert first.end() == 0
        assert os.stat("place").st_ino == newer, "the older code has no say any more"
        assert second.end() == 0
        assert os.stat("place").st_ino == own
        assert not Path("spare").exists()
    finally:
        approved.close()


def test_code_that_does_not_load_is_told_by_its_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = {"file": str(tmp_path / "small.py"), "line": 3}
    said = {
        "nothing": ("LIMIT = nothing", "NameError: name 'nothing' is not defined"),
        "(": ("LIMIT = (", "SyntaxError: '(' was never closed"),
        "exit(1)": ("LIMIT = exit(1)", "SystemExit: 1"),
        "open('/nothing/there')": (
            "LIMIT = open('/nothing/there')",
            "FileNotFoundError: [Errno 2] No such file or directory: '/nothing/there'",
        ),
    }
    for limit, words in said.items():
        server = Server(tmp_path, limit, "new")
        source, error = words
        assert server.told() == {"failed": place | {"source": source, "error": error}}
        assert server.end() == 2
        assert not Path("place").exists()
