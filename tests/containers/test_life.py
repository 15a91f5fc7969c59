"""What an operator does to a network of containers, and what happens to it."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable

import pytest

import weftwork
from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.errors import EngineError, NetworkError

# What is promised, and allowance for a machine that does something else beside.
UP, DOWN, ALLOWANCE = 25.0, 5.0, 3.0
RESTART = os.environ.get("WEFTWORK_ENGINE_RESTART", "")


def works(network: Network) -> bool:
    """Whether every department's gateway answers from its ledger."""
    for member in network.topology.members:
        with weftwork.connect(network.profile(member.name), user="admin") as gateway:
            block = gateway.network(network.channel).block(0)
            assert block.number == 0
    return network.status().healthy


def test_it_works_and_up_says_so_again(network: Network) -> None:
    assert works(network)
    assert network.up().already


def test_another_back_end_on_the_same_state_is_refused(network: Network) -> None:
    with pytest.raises(NetworkError, match="belongs to containers"):
        Network.open(network.project.folder, backend="process").up()
    assert network.status().healthy


def test_down_keeps_the_ledger(network: Network, engine: Engine, project: str) -> None:
    height = network.status().height
    started = time.monotonic()
    assert len(network.down()) == len(network.topology.nodes)
    down = time.monotonic() - started
    assert engine.containers(project) == []
    result = network.up()
    print(f"down {down:.1f} s, up {result.seconds:.1f} s")
    assert result.height == height
    assert down < DOWN * ALLOWANCE
    assert result.seconds < UP * ALLOWANCE
    assert works(network)


@pytest.mark.parametrize("node", ["energy-peer0", "civic-orderer0", "property-chaincode"])
def test_a_killed_container_is_seen_and_started_again(network: Network, node: str) -> None:
    network.kill_node(node)
    states = {row.node: row.state for row in network.status().nodes}
    assert states[node] == "died"
    assert set(network.up().started) == {node}
    assert works(network)


def test_a_process_killed_inside_comes_back_by_itself(network: Network) -> None:
    """kill -9 of the program and not of the container: the engine starts it again."""
    before = network.backend.running("logistics-peer0")
    assert before is not None
    try:
        os.kill(before.pid, 9)
    except PermissionError:
        pytest.skip("only root may kill a container's process")
    deadline = time.monotonic() + 60
    while not network.status().healthy:
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.5)
    after = network.backend.running("logistics-peer0")
    assert after is not None
    assert after.pid != before.pid
    assert works(network)


@pytest.mark.parametrize(
    ("service", "check"),
    [("energy-peer0", "grpc"), ("energy-orderer0", "grpc"), ("energy-chaincode-logistics", "tls")],
)
def test_the_health_check_tells_the_truth(
    network: Network, engine: Engine, project: str, service: str, check: str
) -> None:
    """A program that hangs still has its port open: the check is not content with that."""
    name = f"{project}-{service}"
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


def test_an_engine_that_is_restarted_brings_everything_back(network: Network) -> None:
    if not RESTART:
        pytest.skip("WEFTWORK_ENGINE_RESTART says how to restart the engine")
    height = network.status().height
    subprocess.run(shlex.split(RESTART), check=True)
    assert network.up().height == height
    assert works(network)


def test_logs_come_from_every_container(network: Network) -> None:
    for node in network.topology.nodes:
        assert network.backend.log_lines(node, 8), node.id
