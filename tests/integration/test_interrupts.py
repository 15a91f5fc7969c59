"""`up` ended in each of its phases: by Ctrl-C, by a request to end, by kill -9 of the tool itself.

The phases are those that a start tells of, so that a new one is tried too.
"""

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.integration.beneath import running_nodes
from weftwork_network import Network

# The real command, which gets a signal a moment after it has said that a phase begins.
COMMAND = """
import os, signal, sys, threading
from weftwork.cli.app import run
from weftwork_network.console import ConsoleProgress

phase, number = sys.argv[1], int(sys.argv[2])
doing = ConsoleProgress.doing

def told(self, text):
    doing(self, text)
    if text == phase:
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()

ConsoleProgress.doing = told
status = run(["network", "up"])
sys.exit(status)
"""


def up_with(network: Network, phase: str, number: int) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", COMMAND, phase, str(number)]
    return subprocess.run(
        words,
        cwd=network.project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )


@pytest.mark.timeout(900)  # a dozen starts, and containers take their time
@pytest.mark.parametrize("signals", ["INT TERM HUP", "KILL"])
def test_up_ended_in_each_phase(own_network: Callable[..., Network], signals: str) -> None:
    network = own_network()
    phases = list(network.up().phases)
    network.clean()
    assert len(phases) > 5
    numbers = [signal.Signals[f"SIG{name}"] for name in signals.split()]
    for phase, number in zip(phases, itertools.cycle(numbers), strict=False):
        done = up_with(network, phase, number)
        told = done.stdout + done.stderr
        if "ready in" in told:
            assert phase == phases[-1], "only the last phase may be over before the signal comes"
            network.down()
            continue
        assert "Traceback" not in told, (phase, number, told)
        if number == signal.SIGKILL:
            assert done.returncode == -number
            network.down()
        else:
            assert done.returncode == 130, (phase, number, told)
            assert "interrupted: what this command had started is stopped" in told
        # A node that was not recorded yet when the tool was killed ends by itself, a moment later.
        until = time.monotonic() + 5
        while number == signal.SIGKILL and running_nodes(network) and time.monotonic() < until:
            time.sleep(0.02)
        assert running_nodes(network) == [], (phase, number)
    result = network.up()
    assert not result.already
    assert network.status().healthy
