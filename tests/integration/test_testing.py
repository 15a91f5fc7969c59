"""`weftwork_network.testing` as integrators use it: real networks as processes, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import weftwork
from tests.integration.documents import shown
from weftwork.departments import Logistics
from weftwork_network.preflight import port_free
from weftwork_network.testing import FabricNetwork, ports

pytestmark = pytest.mark.only_on("process", reason="tests/containers says the same of containers")

SMALL = {"departments": ["Logistics", "Energy"], "contracts": ["logistics"]}
SCRIPT = """\
import sys, time
from weftwork_network.testing import FabricNetwork
network = FabricNetwork(departments=["Logistics", "Energy"], contracts=["logistics"])
if "wait" in sys.argv:
    network.start()
    print(network.folder, min(min(n.ports.values()) for n in network.topology.nodes), flush=True)
    time.sleep(600)
print("starting", flush=True)
network.start()
"""


def running_below(folder: Path) -> list[str]:
    """Processes whose working folder is below one: no record of theirs is asked."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def bindable(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def soon(condition, seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_one_line_as_the_page_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    exec(compile(shown("docs/testing.md", "one line"), "docs/testing.md", "exec"), {})
    assert list(tmp_path.iterdir()) == []
    assert running_below(tmp_path) == []


def test_two_side_by_side_and_nothing_left() -> None:
    with FabricNetwork(**SMALL) as one, FabricNetwork(**SMALL) as other:
        folders = {one.folder, other.folder}
        for network in (one, other):
            gateway = network.connect("Logistics", user="clerk")
            logistics = Logistics(gateway.network(network.channel))
            assert logistics.create("C-1", consignee="EnergyMSP", items=["M-1"]).id == "C-1"
        bases = {network.network.project.definition.base_port for network in (one, other)}
        assert len(bases) == len(folders) == 2
        assert not any(bindable(base) for base in bases)
    for folder in folders:
        assert running_below(folder) == []
        assert not folder.exists()
    assert soon(lambda: all(bindable(base) for base in bases))
    with pytest.raises(weftwork.WeftworkError, match="does not run"):
        print(one.channel)


def test_a_port_taken_between_the_look_and_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who reserves nothing listens on one: the network goes elsewhere."""
    reserve, taken = ports.reserve, list[socket.socket]()

    def slow(departments: int) -> ports.Block:
        block = reserve(departments)
        if not taken:
            taken.append(socket.create_server(("127.0.0.1", block.base + 51)))
        return block

    monkeypatch.setattr(ports, "reserve", slow)
    with FabricNetwork(**SMALL) as network:
        assert network.network.status().healthy
        assert network.topology.orderers[0].ports["listen"] != taken[0].getsockname()[1]
    taken[0].close()


def test_a_crash_and_its_log() -> None:
    with FabricNetwork(**SMALL) as network:
        network.kill("energy-peer0")
        assert "energy" in network.logs("energy-peer0").lower()
        assert network.restore() == ("energy-peer0",)


def test_the_logs_of_a_failed_test_are_kept() -> None:
    network = FabricNetwork(**SMALL)

    def fail() -> None:
        with network:
            print(1 / 0)

    with pytest.raises(ZeroDivisionError) as failed:
        fail()
    (note,) = failed.value.__notes__
    logs = Path(note.rpartition(" ")[2])
    assert (logs / "energy-peer0.log").stat().st_size > 0
    folder = logs.parents[1]
    assert running_below(folder) == []
    assert not list(folder.glob(".weftwork/departments/*/nodes/*/data")), "ledgers are large"
    shutil.rmtree(folder)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """An integrator's tests: the page's own, and the README's contract."""
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "parcels.py").write_text(shown("README.md", "developer contract"))
    (folder / "conftest.py").write_text(shown("docs/testing.md", "conftest"))
    noting = (
        "\n\ndef test_which(fabric_network, request):\n"
        "    import os, pathlib, time\n"
        "    noted = pathlib.Path(__file__).with_name('noted')\n"
        "    noted.mkdir(exist_ok=True)\n"
        "    worker = os.environ['PYTEST_XDIST_WORKER']\n"
        "    (noted / worker).write_text(str(fabric_network.folder))\n"
        "    while len(list(noted.iterdir())) < 2:\n"
        "        time.sleep(0.05)\n"
    )
    for name in ("test_one.py", "test_two.py"):
        (folder / name).write_text(shown("docs/testing.md", "test").replace("P-1", name) + noting)
    return folder


@pytest.mark.parametrize("shared", [False, True])
def test_pytest_xdist(suite: Path, shared: bool) -> None:
    """Each worker its own network, or one for both: which, each worker notes."""
    if shared:
        conftest = suite / "conftest.py"
        text = conftest.read_text()
        conftest.write_text(text.replace('{"departments"', '{"shared": True, "departments"'))
    words = [sys.executable, "-m", "pytest", "-q", "-n2", "--dist=loadfile", "-p no:cacheprovider"]
    done = subprocess.run(
        words, cwd=suite, capture_output=True, text=True, timeout=120, check=False
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    folders = {Path(noted.read_text()) for noted in (suite / "noted").iterdir()}
    assert len(folders) == (1 if shared else 2)
    for folder in folders:
        assert soon(lambda folder=folder: not folder.exists())
        assert running_below(folder) == []


@pytest.mark.parametrize("after", [None, 0.4, 1.2])
def test_killed_tests_leave_nothing(tmp_path: Path, after: float | None) -> None:
    """kill -9 of the test itself, once all runs or in the middle of the start."""
    words = [sys.executable, "-c", SCRIPT, *(["wait"] if after is None else [])]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    test = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    assert test.stdout is not None
    told = test.stdout.readline().split()
    if after is None:
        assert running_below(Path(told[0]))
    else:
        time.sleep(after)
    test.send_signal(signal.SIGKILL)
    test.wait()
    test.stdout.close()
    assert soon(lambda: not running_below(tmp_path)), running_below(tmp_path)
    assert soon(lambda: not list(tmp_path.iterdir())), list(tmp_path.iterdir())
    if after is None:
        base = int(told[1]) // 100 * 100
        assert soon(lambda: bindable(base) and bindable(base + 100))
        assert all(port_free(port) for port in range(base, base + 200))


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    test = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "wait"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert test.stdout is not None
    test.stdout.readline()
    os.killpg(test.pid, signal.SIGINT)
    test.wait(30)
    test.stdout.close()
    assert soon(lambda: not list(tmp_path.iterdir()))
    assert running_below(tmp_path) == []
