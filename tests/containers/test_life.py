"""What an operator does to a network of containers, and what happens to it."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable

import pytest

import weftwork
from tests.containers.conftest import Measured
from weftwork.departments import Logistics
from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.errors import EngineError, NetworkError

# What is promised, and allowance for a machine that does something else beside.
UP, DOWN, ALLOWANCE = 25.0, 5.0, 3.0
RESTART = os.environ.get("WEFTWORK_ENGINE_RESTART", "")
NOT_OURS = 3  # the exit status of scripts/engine.sh for an engine that it did not start
CONSIGNMENT = "C-LIFE"


@pytest.fixture(scope="module", autouse=True)
def _a_consignment(network: Network) -> None:
    """What must outlive everything that is done here."""
    with weftwork.connect(network.profile("Logistics"), user="clerk") as gateway:
        logistics = Logistics(gateway.network(network.channel))
        logistics.create(CONSIGNMENT, consignee="EnergyMSP", items=["M-LIFE"])


@pytest.fixture(autouse=True)
def _all_of_it_runs(network: Network) -> None:
    """Whatever the test before left: its failure is its own."""
    if not network.status().healthy:
        network.up()


def works(network: Network) -> bool:
    """Whether every department's gateway answers from its ledger, with what was written there."""
    for member in network.topology.members:
        with weftwork.connect(network.profile(member.name), user="admin") as gateway:
            channel = gateway.network(network.channel)
            assert channel.block(0).number == 0
            assert Logistics(channel).custody("M-LIFE").holder == "LogisticsMSP"
    return network.status().healthy


def container_of(engine: Engine, project: str, begins: str) -> str:
    """A container by what its name begins with: a chaincode's goes on with its package."""
    names = sorted(each.name for each in engine.containers(project))
    return next(name for name in names if name.startswith(f"{project}-{begins}"))


def test_it_works_and_up_says_so_again(network: Network) -> None:
    assert works(network)
    assert network.up().already


def test_another_back_end_on_the_same_state_is_refused(network: Network) -> None:
    with pytest.raises(NetworkError, match="belongs to containers"):
        Network.open(network.project.folder, backend="process").up()
    assert network.status().healthy


def test_down_keeps_the_ledger(
    network: Network, engine: Engine, project: str, measured: Measured
) -> None:
    height = network.status().height
    started = time.monotonic()
    assert len(network.down()) == len(network.topology.nodes)
    down = time.monotonic() - started
    assert engine.containers(project) == []
    result = network.up()
    measured(f"down {down:.1f} s (promised {DOWN:.0f}), up {result.seconds:.1f} s ({UP:.0f})")
    assert result.height == height
    assert down < DOWN * ALLOWANCE
    assert result.seconds < UP * ALLOWANCE
    assert works(network)


@pytest.mark.parametrize("node", ["energy-peer0", "civic-orderer0", "property-chaincode"])
def test_a_killed_container_is_seen_and_started_again(
    network: Network, measured: Measured, node: str
) -> None:
    """Each kind of node; a CA in test_ca."""
    height = network.status().height
    network.kill_node(node)
    states = {row.node: row.state for row in network.status().nodes}
    assert states[node] == "died"
    result = network.up()
    measured(f"{node} killed, up again in {result.seconds:.1f} s")
    assert set(result.started) == {node}
    assert result.height == height
    assert works(network)


@pytest.mark.parametrize("node", ["logistics-peer0", "logistics-orderer0", "logistics-chaincode"])
def test_a_process_killed_inside_comes_back_by_itself(
    network: Network, engine: Engine, project: str, node: str
) -> None:
    """kill -9 of the program and not of the container: the engine starts it again."""
    name = container_of(engine, project, node)
    (before,) = engine.described([name])
    try:
        os.kill(before.pid, 9)
    except PermissionError:
        pytest.skip("only root may kill a container's process")

    def back() -> bool:
        (after,) = engine.described([name])
        return after.running and after.pid != before.pid and network.status().healthy

    deadline = time.monotonic() + 60
    while not back():
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.5)
    network.up()  # waits until all of it answers
    assert works(network)


@pytest.mark.parametrize(
    ("service", "check"),
    [("energy-peer0", "grpc"), ("energy-orderer0", "grpc"), ("energy-chaincode", "tls")],
)
def test_the_health_check_tells_the_truth(
    network: Network, engine: Engine, project: str, service: str, check: str
) -> None:
    """A program that hangs still has its port open: the check is not content with that."""
    name = container_of(engine, project, service)
    form = "{{json .Config.Healthcheck.Test}}"
    command = shlex.split(
        engine.run("container", "inspect", f"--format={form}", name)
        .strip()
        .strip("[]")
        .replace(",", " ")
    )
    assert command[2] == check
    engine.run("container", "exec", name, *command[1:])
    engine.run("container", "kill", "--signal=STOP", name)
    try:
        with pytest.raises(EngineError):
            engine.run("container", "exec", name, *command[1:])
    finally:
        engine.run("container", "kill", "--signal=CONT", name)
    engine.run("container", "exec", name, *command[1:])


def test_the_compose_file_works_on_its_own(
    network: Network, compose: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert compose("config", "--quiet").returncode == 0
    height = network.status().height
    stopped = compose("down")
    assert stopped.returncode == 0, stopped.stderr
    started = compose("up", "--detach")
    assert started.returncode == 0, started.stderr
    deadline = time.monotonic() + 60
    while not network.status().healthy:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert network.up().height == height
    assert works(network)


def test_an_engine_that_is_restarted_brings_everything_back(
    network: Network, measured: Measured
) -> None:
    if not RESTART:
        pytest.skip("WEFTWORK_ENGINE_RESTART says how to restart the engine")
    height = network.status().height
    started = time.monotonic()
    done = subprocess.run(shlex.split(RESTART), capture_output=True, text=True, check=False)
    if done.returncode == NOT_OURS:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert network.up().height == height
    measured(f"engine restarted and the network well again in {time.monotonic() - started:.1f} s")
    assert works(network)


def test_logs_come_from_every_container(network: Network) -> None:
    for node in network.topology.nodes:
        assert network.backend.log_lines(node, 8), node.id
