"""The developer's loop on a real network: made, tested, deployed, edited while it is served."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import weftwork
from tests.integration.debugging import Debugger
from tests.integration.ports import OWN_PORT
from weftwork_network import Network
from weftwork_network.skeleton import shape_of
from weftwork_network.versions import DepartmentVersion, read_versions

pytestmark = pytest.mark.only_on(
    "process", reason="dev serves this machine's files to nodes that are processes"
)
COMMAND = Path(sys.executable).with_name("weftwork")
READ = '"""An item as it is now."""'


def command(*words: str, cwd: Path) -> str:
    done = subprocess.run(
        [COMMAND, "chaincode", *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Dev:
    """`weftwork chaincode dev` as it runs, and what it has told so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [COMMAND, "chaincode", "dev", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line.rstrip("\n"))

    def told(self, pattern: str, timeout: float = 20.0) -> list[str]:
        """What it tells up to a line of this pattern."""
        lines: list[str] = []
        deadline = time.monotonic() + timeout
        while not lines or not re.search(pattern, lines[-1]):
            try:
                lines.append(self._lines.get(timeout=max(deadline - time.monotonic(), 0.01)))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} in {lines}") from None
        return lines


class Site:
    """A network of three departments, and one chaincode's folder below it."""

    def __init__(self, folder: Path) -> None:
        shape = shape_of(["Harbour", "Rail", "Customs"])
        self.network = Network.create(folder, base_port=OWN_PORT, definition=shape)
        self.folder = folder / "parcels"
        self.code = self.folder / "parcels" / "contract.py"

    def edit(self, old: str, new: str) -> float:
        text = self.code.read_text()
        assert old in text
        self.code.write_text(text.replace(old, new))
        return time.monotonic()

    def refused(self, contract: weftwork.Contract) -> str:
        try:
            contract.evaluate("read", "A-1")
        except weftwork.WeftworkError as error:
            return str(error)
        return ""

    def versions(self) -> list[DepartmentVersion]:
        return read_versions(Network.open(self.network.project.folder), ["parcels"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("loop") / "town")
    try:
        made.network.up()
        yield made
    finally:
        made.network.clean()


@pytest.fixture
def contract(site: Site) -> Iterator[weftwork.Contract]:
    with weftwork.connect(site.network.profile("Harbour"), user="clerk") as gateway:
        yield gateway.network(site.network.channel).contract("parcels")


def test_new_tested_and_deployed_unchanged(site: Site, contract: weftwork.Contract) -> None:
    project = site.network.project
    command("new", "parcels", cwd=project.folder)
    assert "passed" in command("test", "-q", cwd=site.folder)
    before = project.network_file.read_text()
    told = command("deploy", cwd=site.folder)
    assert "endorsed by OutOf(2, 'HarbourMSP.peer', 'RailMSP.peer', 'CustomsMSP.peer')" in told
    assert "is sequence 1 on crosswork" in told
    assert project.network_file.read_text().startswith(before.removesuffix("chaincodes: []\n"))
    assert b"HarbourMSP" in contract.submit("create", "A-1", "a lamp")
    command("deploy", cwd=site.folder)
    assert project.network_file.read_text().count("name: parcels") == 1


@pytest.fixture
def _as_made(site: Site) -> Iterator[None]:
    """The code is as it was made again for the next test."""
    text = site.code.read_text()
    yield
    site.code.write_text(text)


@pytest.mark.usefixtures("_as_made")
def test_edited_while_it_is_served(site: Site, contract: weftwork.Contract) -> None:
    before = [each.sequence for each in site.versions()]
    dev = Dev(site.folder)
    try:
        dev.told("served by 3 departments")
        contract.evaluate("read", "A-1")
        for word in ("one", "two"):
            time.sleep(1.5)  # a person takes longer between two edits
            # Asked all the time: what is printed and answered meanwhile holds nothing up.
            old = READ if word == "one" else 'raise Forbidden("one")'
            edited = site.edit(old, f'raise Forbidden("{word}")')
            while f"Forbidden: {word}" not in site.refused(contract):
                assert time.monotonic() < edited + 20
            print(f"\nfrom the edit to its first transaction: {time.monotonic() - edited:.2f} s")
            dev.told("contract.py changed: served by 3 departments")

        site.edit("class Parcels", "nothing_of_this_name\n\n\nclass Parcels")
        told = dev.told("goes on being served")
        line = site.code.read_text().splitlines().index("nothing_of_this_name") + 1
        place = f"parcels/contract.py:{line}: NameError: name 'nothing_of_this_name' is not defined"
        assert place in told
        assert not any("Traceback" in each or "importlib" in each for each in told)
        assert "Forbidden: two" in site.refused(contract)

        site.edit("nothing_of_this_name", "def broken(:")
        told = dev.told("goes on being served")
        assert f"parcels/contract.py:{line}: SyntaxError: invalid syntax" in told

        site.edit("def broken(:\n\n\n", "")
        dev.told("contract.py changed: served by 3 departments")
        # All departments serve it: a submit is endorsed by two of them.
        site.edit("item = Item(id=id, owner=ctx.client.mspid, note=note)", "item = _made(ctx, id)")
        with site.code.open("a") as file:
            file.write('\n\ndef _made(ctx: Context, id: Id) -> Item:\n    print("made")\n')
            file.write('    return Item(id=id, owner=ctx.client.mspid, note="made")\n')
        dev.told("contract.py changed: served by 3 departments")
        assert b"made" in contract.submit("create", "A-2", "")
        dev.told(r"Harbour \| made")
        assert [each.sequence for each in site.versions()] == before
    finally:
        dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(20) == 0
    dev.told("the approved parcels .* is served again")
    # As approved again, in every department, without anything having been deployed.
    assert b"as approved" in contract.submit("create", "A-3", "as approved")
    assert contract.evaluate("read", "A-1")
    shown = site.versions()
    assert [each.sequence for each in shown] == before
    assert not any(each.remark for each in shown)


def test_a_debugger_is_waited_for(site: Site, contract: weftwork.Contract) -> None:
    port = OWN_PORT + 490
    dev = Dev(site.folder, "--debug", str(port), "--as", "Harbour")
    try:
        dev.told(f"Harbour waits for a debugger at 127.0.0.1:{port}")
        line = site.code.read_text().splitlines().index("        return await ctx.get(Item, id)")
        with Debugger(port, site.code, line + 1) as debugger:
            reading = threading.Thread(target=contract.evaluate, args=("read", "A-1"))
            reading.start()
            assert debugger.stops() == "breakpoint"
            reading.join(20)
    finally:
        dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(20) == 0


def test_killed_it_leaves_the_approved_code_served(site: Site, contract: weftwork.Contract) -> None:
    site.edit(READ, 'raise Forbidden("killed")')
    dev = Dev(site.folder)
    dev.told("served by 3 departments")
    assert "Forbidden: killed" in site.refused(contract)
    second = subprocess.run(
        [COMMAND, "chaincode", "dev"], cwd=site.folder, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "parcels is under development by another command already" in second.stderr
    dev.process.kill()
    deadline = time.monotonic() + 10
    while site.refused(contract):
        assert time.monotonic() < deadline
        time.sleep(0.05)
