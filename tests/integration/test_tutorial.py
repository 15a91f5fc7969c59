"""The tutorial, done as it stands there, from an empty folder to an upgraded contract."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.documents import shown
from tests.integration.ports import OWN_PORT

pytestmark = pytest.mark.only_on(
    "process", reason="dev serves this machine's files to nodes that are processes"
)
TUTORIAL = "docs/tutorial.md"


class Reader:
    """Somebody who does what the tutorial says, in a shell and in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = Path(sys.executable).parent
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        self._environment = {**os.environ, "PATH": path}

    def does(self, name: str) -> str:
        """Runs a block's lines; gives what they print."""
        text = shown(TUTORIAL, name)
        # Beside other networks of the tests; everything else is as it stands there.
        text = text.replace("network init", f"network init --base-port {OWN_PORT}")
        return self._runs(["sh", "-e", "-x", "-c", text])

    def calls(self, name: str) -> str:
        """Runs a block of Python; gives what it prints."""
        return self._runs([sys.executable, "-c", shown(TUTORIAL, name)])

    def adds(self, name: str, file: str, before: str = "\n") -> None:
        """Adds a block at the end of a file."""
        with (self.folder / file).open("a", encoding="utf-8") as stream:
            stream.write(before + shown(TUTORIAL, name))

    def begins(self, name: str) -> "subprocess.Popen[str]":
        """Runs a block that goes on, in another terminal."""
        (line,) = shown(TUTORIAL, name).splitlines()
        return subprocess.Popen(
            line.split(),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _runs(self, words: list[str]) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    yield Reader(tmp_path)
    clean = [sys.executable, "-m", "weftwork", "network", "clean", "-C", tmp_path]
    subprocess.run(clean, capture_output=True, check=False)


def test_from_an_empty_folder_to_an_upgraded_contract(reader: Reader) -> None:
    told = reader.does("begin")
    assert "3 peers, 3 orderers, 0 chaincodes" in told
    assert "2 passed" in told
    told = reader.does("deploy")
    assert "endorsed by OutOf(2, " in told
    assert "is sequence 1 on crosswork" in told

    reader.folder /= "parcels"
    assert "a crate of lamps" in reader.calls("client")
    dev = reader.begins("dev")
    try:
        assert "served by 3 departments" in until(dev, "served by")
        reader.adds("function", "parcels/contract.py")
        edited = time.monotonic()
        until(dev, "contract.py changed: served by 3 departments")
        print(f"\nfrom the edit to the code being served: {time.monotonic() - edited:.2f} s")
        assert "two lamps are broken" in reader.calls("note")
    finally:
        dev.send_signal(signal.SIGINT)
        assert dev.wait(30) == 0
    reader.adds("own test", "tests/test_parcels.py", before="\n\n")
    told = reader.does("upgrade")
    assert "3 passed" in told
    assert "is sequence 2 on crosswork, its code changed" in told
    # What was noted under development is the ledger's, and the upgraded contract reads it.
    assert "two lamps are broken" in reader.calls("note")


def until(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    told = ""
    while words not in told:
        line = process.stdout.readline()
        assert line, f"no {words!r} in {told!r}"
        told += line
    return told
