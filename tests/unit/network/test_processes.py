"""Processes: a pid alone is never believed; nobody else's process is ever signalled."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from weftwork_network import procfs
from weftwork_network.errors import LockedError, NodeError
from weftwork_network.lock import locked
from weftwork_network.processes import MARK, Processes, Record, telling_lines
from weftwork_network.state import State, write_json

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
    "time.sleep(60)",
]  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / ".weftwork")


@pytest.fixture
def processes(state: State, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(state)
    yield made
    made.stop(made.recorded(), timeout=0.5)


@pytest.fixture
def foreign() -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's process."""
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def start(processes: Processes, tmp_path: Path, command=None, node="energy-peer0") -> Record:
    environment = {"PATH": os.environ["PATH"]}
    return processes.start(node, command or SLEEP, environment, tmp_path, tmp_path / f"{node}.log")


def test_start_record_stop(processes, tmp_path) -> None:
    record = start(processes, tmp_path)
    assert record.running
    assert processes.running("energy-peer0") == record
    assert os.getsid(record.pid) == record.pid  # a terminal's Ctrl-C does not reach it
    assert processes.stop(["energy-peer0"]) == []
    assert not record.running
    assert processes.record("energy-peer0") is None


def test_whoever_does_not_end_is_killed_within_the_bound(processes, tmp_path) -> None:
    record = start(processes, tmp_path, STUBBORN)
    while "deaf" not in (tmp_path / "energy-peer0.log").read_text():
        time.sleep(0.02)
    began = time.monotonic()
    assert processes.stop(["energy-peer0"], timeout=0.5) == ["energy-peer0"]
    assert time.monotonic() - began < 3
    assert not record.running


def test_a_record_whose_pid_went_to_somebody_else_signals_nobody(processes, state, foreign) -> None:
    """The record of a crash before a reboot: the pid is a stranger's now."""
    stale = Record("energy-peer0", foreign.pid, "another-boot:1", ("peer",), 1.0)
    write_json(state.run / "energy-peer0.json", msgspec.to_builtins(stale))
    assert processes.running("energy-peer0") is None
    assert processes.stop(["energy-peer0"]) == []
    processes.kill("energy-peer0")
    time.sleep(0.1)
    assert foreign.poll() is None
    assert not procfs.send_signal(foreign.pid, "another-boot:1", signal.SIGKILL)
    assert foreign.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}'])
def test_a_broken_record_is_no_record(processes, state, content) -> None:
    state.run.mkdir(parents=True)
    (state.run / "energy-peer0.json").write_text(content)
    assert processes.running("energy-peer0") is None
    assert processes.stop(["energy-peer0"]) == []


def test_a_killed_process_keeps_its_record_so_that_status_can_tell(processes, tmp_path) -> None:
    record = start(processes, tmp_path)
    processes.kill("energy-peer0")
    assert not record.running
    assert processes.record("energy-peer0") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="marks are read from /proc")
def test_a_process_without_a_record_is_found_by_its_mark(processes, state, tmp_path) -> None:
    record = start(processes, tmp_path)
    (state.run / "energy-peer0.json").unlink()  # as if killed between start and record
    assert processes.running("energy-peer0") is None
    assert processes.adopt_strays() == ["energy-peer0"]
    found = processes.running("energy-peer0")
    assert found is not None
    assert found.pid == record.pid
    assert processes.adopt_strays() == []


@pytest.mark.skipif(sys.platform != "linux", reason="marks are read from /proc")
def test_another_networks_process_and_a_child_are_not_adopted(processes, tmp_path) -> None:
    other = Processes(State(tmp_path / "copy" / ".weftwork"))
    start(other, tmp_path, node="civic-peer0")
    parent = start(
        processes,
        tmp_path,
        ["sh", "-c", "sleep 60; true"],
    )
    try:
        time.sleep(0.5)
        marked = [pid for pid, _ in procfs.marked_processes(MARK)]
        assert len(marked) >= 3
        assert processes.adopt_strays() == []
        assert processes.running("energy-peer0") == parent
    finally:
        other.stop(other.recorded())
        for pid, mark in procfs.marked_processes(MARK):
            if (
                mark.endswith("/energy-peer0")
                and pid != parent.pid
                and os.getsid(pid) == parent.pid
            ):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="marks are read from /proc")
def test_what_a_dead_node_left_behind_is_not_taken_for_the_node(processes, tmp_path) -> None:
    parent = start(processes, tmp_path, ["sh", "-c", "sleep 60 & echo $!; wait"])
    log = tmp_path / "energy-peer0.log"
    while not log.read_text().strip():
        time.sleep(0.02)
    processes.kill("energy-peer0")
    assert not parent.running
    try:
        assert processes.adopt_strays() == []
    finally:
        os.kill(int(log.read_text()), signal.SIGKILL)


def test_nothing_runs_of_a_start_that_was_killed_before_its_record(state, tmp_path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from weftwork_network.processes import Processes\n"
        "from weftwork_network.state import State\n"
        "Processes._remember = lambda *words: os.kill(os.getpid(), signal.SIGKILL)\n"
        "here, words = Path(sys.argv[2]), ['sh', '-c', 'touch ran; sleep 60']\n"
        "made = Processes(State(Path(sys.argv[1])))\n"
        "made.start('energy-peer0', words, dict(os.environ), here, here / 'log')"
    )
    words = [sys.executable, "-c", code, str(state.folder), str(tmp_path)]
    ended = subprocess.run(words, check=False)
    assert ended.returncode == -signal.SIGKILL
    time.sleep(0.3)
    assert not (tmp_path / "ran").exists()
    assert Processes(state).adopt_strays() == []


def test_a_node_reads_nothing(processes, tmp_path) -> None:
    script = 'readlink /proc/$$/fd/0 2>/dev/null || echo /dev/null; read -r word; echo "<$word>"'
    record = start(processes, tmp_path, ["sh", "-c", script])
    while record.running:
        time.sleep(0.02)
    assert (tmp_path / "energy-peer0.log").read_text() == "/dev/null\n<>\n"


def test_a_copied_state_folder_is_another_network(processes, state, tmp_path) -> None:
    start(processes, tmp_path)
    moved = State(tmp_path / "moved" / ".weftwork")
    moved.run.mkdir(parents=True)
    (moved.run / "token").write_text((state.run / "token").read_text())
    assert Processes(moved).adopt_strays() == []


def test_a_program_that_is_not_there(processes, tmp_path) -> None:
    with pytest.raises(NodeError, match=r"energy-peer0: cannot start /no/peer: No such file"):
        start(processes, tmp_path, ["/no/peer"])
    (tmp_path / "peer").write_text("no program")
    with pytest.raises(NodeError, match=r"cannot start .*/peer: Permission denied"):
        start(processes, tmp_path, [str(tmp_path / "peer")])
    assert processes.recorded() == []


def test_the_last_lines_that_tell_something(tmp_path) -> None:
    log = tmp_path / "node.log"
    lines = [f"\x1b[34mINFO\x1b[0m line {n}" for n in range(50)]
    log.write_text("\n".join([*lines, "panic: no disk", "goroutine 1 [running]:", "main.go:1"]))
    told = telling_lines(log, 3)
    assert told == ["INFO line 48", "INFO line 49", "panic: no disk"]
    assert telling_lines(tmp_path / "none.log") == []


def test_each_run_has_its_own_log_and_the_one_before_stays(processes, tmp_path) -> None:
    log = tmp_path / "energy-peer0.log"
    for word in ("first", "second"):
        record = start(processes, tmp_path, ["sh", "-c", f"echo {word}"])
        while record.running:
            time.sleep(0.02)
    assert log.read_text() == "second\n"
    assert (tmp_path / "energy-peer0.log.1").read_text() == "first\n"


def test_one_command_at_a_time(tmp_path) -> None:
    path = tmp_path / ".weftwork" / "lock"
    holder = rf"`weftwork network up` \(pid {os.getpid()}\) is at work"
    with (
        locked(path, "weftwork network up"),
        pytest.raises(LockedError, match=holder),
        locked(path, "weftwork network down"),
    ):
        pass
    with locked(path, "weftwork network down"):
        pass


def test_the_lock_goes_with_its_holder(tmp_path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from weftwork_network.lock import locked\n"
        "with locked(Path(sys.argv[1]), 'up'): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError), locked(path, "down"):
            pass
        holder.kill()
        holder.wait()
    with locked(path, "down"):
        pass


def test_a_child_of_a_killed_holder_may_have_the_lock_a_moment_longer(tmp_path) -> None:
    """It has it from its fork until it is another program."""
    path = tmp_path / "lock"
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from weftwork_network.lock import locked\n"
        "with locked(Path(sys.argv[1]), 'up'):\n"
        "    if os.fork() == 0: time.sleep(0.7); os._exit(0)\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
        with locked(path, "down"):
            pass
