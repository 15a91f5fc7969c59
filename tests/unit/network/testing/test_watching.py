"""The watcher: what is left of a test that ended without a word, it removes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from weftwork_network.testing.ports import VARIABLE, reserve
from weftwork_network.testing.watching import Watch

OWNER = """\
import os, pathlib, sys, time
from weftwork_network.testing.ports import reserve
from weftwork_network.testing.watching import Watch, listen
block = reserve(1)
watch = Watch.start(pathlib.Path(sys.argv[1]), block, listen(pathlib.Path(sys.argv[2])))
if "fork" in sys.argv and not os.fork():
    time.sleep(20)  # a child that has inherited the stream and outlives its parent
    os._exit(0)
print(block.base, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "10000-15999")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net" / ".weftwork").mkdir(parents=True)
    return tmp_path / "net"


@pytest.fixture
def bases() -> list[int]:
    """The first ports of the networks that `own` has started."""
    return []


@pytest.fixture
def own(folder: Path, bases: list[int]) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a test process with a network to watch."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        address = folder.with_suffix(".sock")
        command = [sys.executable, "-c", OWNER, str(folder), str(address), *words]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stdout = started[-1].stdout
        assert stdout is not None
        bases.append(int(stdout.readline()))
        stdout.close()
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def soon(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 15
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def gone(folder: Path) -> bool:
    return soon(lambda: not folder.exists())


def bindable(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("words", [(), ("fork",)])
def test_a_killed_owner_leaves_no_folder(
    folder: Path, own: Callable[..., Any], bases: list[int], words: tuple[str, ...]
) -> None:
    if words and sys.platform != "linux":
        pytest.skip("only Linux tells of a process's end whoever has inherited its files")
    owner = own(*words)
    assert not bindable(bases[0])
    owner.kill()
    owner.wait()
    assert gone(folder)
    assert soon(lambda: bindable(bases[0])), "the watcher had the ports until here"


def test_who_is_told_that_it_is_gone_removes_nothing(folder: Path) -> None:
    watch = Watch.start(folder, reserve(1))
    watch.done()
    time.sleep(0.3)
    assert folder.exists()


def test_the_last_of_those_who_share_ends_it(folder: Path, own: Callable[..., Any]) -> None:
    owner = own()
    address = folder.with_suffix(".sock")
    second, third = Watch.join(address), Watch.join(address)
    assert second
    assert third
    assert second.folder == folder
    owner.kill()
    owner.wait()
    second.leave()
    time.sleep(0.3)
    assert folder.exists()
    third.leave()  # returns when it is gone
    assert not folder.exists()
    assert Watch.join(address) is None


def test_signals_to_the_watcher_do_not_keep_it_from_its_work(
    folder: Path, own: Callable[..., Any]
) -> None:
    owner = own()
    (watcher,) = watchers(folder)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(watcher, number)
    owner.kill()
    owner.wait()
    assert gone(folder)


def watchers(folder: Path) -> list[int]:
    from weftwork_network.procfs import commands

    return [
        pid
        for pid, words in commands()
        if any(word.endswith("watcher.py") for word in words)
        and any(str(folder) in word for word in words)
    ]
