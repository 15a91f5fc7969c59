"""A disk that is full, read-only or not ours: one line that says where and what to do."""

import errno
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from weftwork_network.disk import refusals_in_words, room_findings
from weftwork_network.errors import NodeError, NotReadyError, PreflightError, StateError
from weftwork_network.lock import locked
from weftwork_network.processes import Processes
from weftwork_network.state import State, write_file
from weftwork_network.stopping import delete_all

Usage = namedtuple("Usage", "total used free")


def told(folder: Path, error: Exception) -> str:
    with pytest.raises(StateError) as caught, refusals_in_words(folder, "weftwork network up"):
        raise error
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full, "),
        (errno.EDQUOT, "the disk is full, "),
        (errno.EROFS, "the file system is read-only; remount it writable"),
        (errno.EACCES, "run `weftwork network up` as "),
        (errno.ENOENT, "deleted meanwhile? restore it from a copy"),
        (errno.EISDIR, "or begin anew with `weftwork network clean`"),
    ],
)
def test_what_the_disk_refuses_is_said_with_a_cure(tmp_path: Path, number: int, said: str) -> None:
    line = told(tmp_path, OSError(number, os.strerror(number), str(tmp_path / "x")))
    assert line.startswith(f"{tmp_path / 'x'}: ")
    assert said in line


def test_a_node_that_wants_room(tmp_path: Path) -> None:
    log = ["panic: write /data/x: no space left on device", "more"]
    line = told(tmp_path, NodeError("energy-peer0", "died while starting", log))
    assert line.startswith("energy-peer0: died while starting; disk full? ")
    assert "make room on the disk of" in line


def test_other_failures_pass_as_they_are(tmp_path: Path) -> None:
    for error in (NodeError("a", "b"), NotReadyError("late"), PreflightError(["port"])):
        with pytest.raises(type(error)) as caught, refusals_in_words(tmp_path, "up"):
            raise error
        assert caught.value is error
    with pytest.raises(TimeoutError), refusals_in_words(tmp_path, "up"):
        raise TimeoutError


def test_too_little_room_is_told_before_anything_starts(project, state, monkeypatch) -> None:
    nodes = project.topology.nodes

    def free(megabytes: int) -> list[str]:
        usage = Usage(0, 0, megabytes * 2**20)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        return list(room_findings(state, project.topology, nodes))

    assert free(600) == []
    (line,) = free(400)
    assert "400 MB free, 496 MB needed (3 orderers take 128 MB each at once); make room" in line
    for node in nodes:  # what has its ledger already is not given room again
        (state.data(node) / "ledger").mkdir(parents=True)
    assert free(1) == []


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    with pytest.raises(OSError, match="folder/x") as caught:
        write_file(tmp_path / "folder" / "x", "text")
    assert caught.value.filename == str(tmp_path / "folder" / "x")


def test_a_process_that_cannot_be_recorded_is_ended(tmp_path: Path, monkeypatch) -> None:
    """It would run on, and nothing would know of it."""
    from weftwork_network import processes

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*words: object, **settings: object) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **settings))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(processes, "write_json", full)
    with pytest.raises(OSError, match="No space"):
        Processes(State(tmp_path)).start("n", ["sleep", "60"], {}, tmp_path, tmp_path / "log")
    assert started[0].poll() is not None


def test_a_command_that_fails_leaves_no_state_folder(tmp_path: Path) -> None:
    lock = tmp_path / ".weftwork" / "lock"
    with pytest.raises(ValueError, match="wrong"), locked(lock, "up"):
        raise ValueError("wrong")
    assert not lock.parent.exists()
    with locked(lock, "up"):
        (lock.parent / "made").touch()
    assert lock.exists()


def test_a_state_folder_behind_a_link_is_emptied(tmp_path: Path) -> None:
    elsewhere = tmp_path / "big-disk"
    (elsewhere / "departments" / "energy").mkdir(parents=True)
    (tmp_path / ".weftwork").symlink_to(elsewhere)
    assert delete_all(State(tmp_path / ".weftwork"))
    assert list(elsewhere.iterdir()) == []
    assert (tmp_path / ".weftwork").is_symlink()
    assert delete_all(State(tmp_path / ".weftwork")) == []


CERTIFICATES = """
import os, subprocess, sys
from pathlib import Path
from weftwork_network.certificates import CertificateStore
from weftwork_network.disk import refusals_in_words
from weftwork_network.errors import StateError
from weftwork_network.lock import locked
from weftwork_network.project import open_project
from weftwork_network.state import State
from weftwork_network.stopping import delete_all, stop_all

folder = Path(sys.argv[1])
project, state = open_project(folder), State(folder / ".weftwork")
state.folder.mkdir()

def resized(size, how="remount,"):
    words = ["mount", "-t", "tmpfs", "-o", f"{how}size={size}", "none", state.folder]
    subprocess.run(words, check=True)

resized("8k", "")
for size in ("8k", "24k", "100k", "400k"):
    resized(size)
    try:
        with refusals_in_words(state.folder, "up"), locked(state.lock, "up"):
            CertificateStore(state).ensure(project.topology)
    except StateError as error:
        print(size, error)
    else:
        print(size, "whole")
    left = [path for path in state.folder.rglob(".*") if path.name != ".issued-for"]
    assert not left, left
    stop_all(state)
resized("8m")
CertificateStore(state).ensure(project.topology)
again = CertificateStore(state)
again.ensure(project.topology)
print("issued again:", again.issued)
resized("8m", "remount,ro,")
try:
    with refusals_in_words(state.folder, "up"), locked(state.lock, "up"):
        pass
except StateError as error:
    print(error)
resized("8m", "remount,rw,")
delete_all(state)
print("left:", list(state.folder.iterdir()))
"""


def test_a_disk_that_fills_while_certificates_are_made(folder: Path) -> None:
    """A real file system of a few kilobytes; once there is room the rest is made, and no more."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system of its own can be mounted here: that takes root")
    words = ["unshare", "-m", sys.executable, "-c", CERTIFICATES, str(folder)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for line, size in zip(lines, ("8k", "24k", "100k", "400k"), strict=False):
        assert line.startswith(f"{size} .weftwork/"), lines
        assert ": the disk is full, 0 MB free; make room on the disk of .weftwork" in line
    assert lines[4] == "issued again: []"
    assert "the file system is read-only; remount it writable" in lines[5]
    assert lines[6:] == ["left: []"]
