"""What an operator does to a network, and what must come of it, on the real one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import weftwork
from tests.integration.beneath import break_ledger, running_nodes
from weftwork.departments import Logistics
from weftwork_network import Network
from weftwork_network.errors import LockedError, PreflightError


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "weftwork", "network", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def begun(command: subprocess.Popen[str]) -> str:
    """What a command says first, once it does."""
    assert command.stdout is not None
    return command.stdout.readline()


def level(*clients: Logistics) -> None:
    """Wait until each department's own peer has what the others' have."""
    while len({client.network.info().height for client in clients}) > 1:
        time.sleep(0.02)


def test_a_fifth_department_just_works(own_network: Callable[..., Network]) -> None:
    """Written into network.yaml before the first up, it holds goods like any other."""
    harbour = {
        "name": "Harbour",
        "peers": 1,
        "users": [{"name": "clerk", "attributes": {"role": "clerk"}}],
    }
    network = own_network(departments=[harbour])
    network.up()
    with (
        weftwork.connect(network.profile("Logistics"), user="clerk") as giving,
        weftwork.connect(network.profile("Harbour"), user="clerk") as taking,
    ):
        giver = Logistics(giving.network(network.channel))
        taker = Logistics(taking.network(network.channel))
        giver.create("C-1", consignee="HarbourMSP", items=["M-1"])
        giver.tender("C-1")
        offer = giver.offer(
            "C-1", to="HarbourMSP", items=["M-1"], place="Quay 2", condition="sealed"
        )
        level(giver, taker)
        taker.accept(offer.id)
        level(giver, taker)
        assert giver.custody("M-1").holder == "HarbourMSP"
    with weftwork.connect(network.profile("Harbour"), user="admin") as gateway:
        config = gateway.network(network.channel).block(0)
    assert config.transactions[0].kind == "CONFIG"


@pytest.mark.parametrize("after", [0.0, 0.9])
def test_ctrl_c_leaves_nothing_running(own_network: Callable[..., Network], after: float) -> None:
    """Seconds are counted from its first words: before those, Python itself is still starting."""
    network = own_network()
    command = start(network.project.folder, "up")
    first = begun(command)
    time.sleep(after)
    os.killpg(command.pid, signal.SIGINT)
    shown, rest = command.communicate(timeout=30)
    told = first + shown + rest
    if "ready in" in told:
        pytest.skip(f"it was up, and had said so, before {after} s had passed")
    assert running_nodes(network) == []
    assert "Traceback" not in told
    assert "interrupted" in told


def test_after_an_interrupted_start_the_next_one_goes_on(
    own_network: Callable[..., Network],
) -> None:
    network = own_network()
    command = start(network.project.folder, "up")
    begun(command)
    time.sleep(1.0)
    os.killpg(command.pid, signal.SIGINT)
    command.communicate(timeout=30)
    assert network.up().height > 0
    assert network.status().healthy


def test_a_killed_up_orphans_nothing_that_down_does_not_find(
    own_network: Callable[..., Network],
) -> None:
    """kill -9 of the tool itself: whatever it had started is found again and stopped."""
    network = own_network()
    command = start(network.project.folder, "up")
    begun(command)
    time.sleep(0.5)
    command.kill()
    command.communicate(timeout=10)
    network.down()
    assert running_nodes(network) == []


def test_two_ups_at_once(own_network: Callable[..., Network]) -> None:
    network = own_network()
    first = start(network.project.folder, "up")
    begun(first)  # by then it has the lock
    with pytest.raises(LockedError):
        network.up()
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert network.up().already


def test_a_taken_port_is_named_and_nothing_is_started(own_network: Callable[..., Network]) -> None:
    network = own_network()
    port = network.topology.node("energy-peer0").ports["listen"]
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(PreflightError) as refused:
            network.up()
        assert running_nodes(network) == []
    assert str(port) in str(refused.value)
    assert "energy-peer0" in str(refused.value)


def test_a_node_that_dies_at_its_start_is_told_with_its_last_words(
    own_network: Callable[..., Network],
) -> None:
    network = own_network()
    network.up()
    network.down()
    break_ledger(network, "energy-peer0")
    command = start(network.project.folder, "up")
    _, told = command.communicate(timeout=90)
    assert command.returncode == 1
    assert "energy-peer0" in told
    assert "ledgerProvider" in told
    assert "Traceback" not in told
    assert running_nodes(network) == []


def test_changed_code_is_deployed_by_the_next_up(own_network: Callable[..., Network]) -> None:
    """Whether it runs meanwhile or not; no peer is asked for what is served no longer."""
    network = own_network()
    folder = network.project.folder
    network.project.network_file.open("a").write(
        "\n  - {name: echo, contract: 'echo:Echo', authority: Logistics}\n"
    )

    def write(word: str) -> None:
        (folder / "echo.py").write_text(
            "from weftwork_chaincode import Context, Contract, evaluate\n\n\n"
            'class Echo(Contract, name="echo"):\n'
            "    @evaluate\n"
            "    async def say(self, ctx: Context) -> str:\n"
            f'        return "{word}"\n'
        )

    for sequence, word in enumerate(["one", "two", "three", "four", "five"], start=1):
        write(word)
        if sequence % 2 == 0:
            network.down()
        result = Network.open(folder).up()
        changed = [(c.chaincode, c.sequence) for c in result.changes if c.chaincode == "echo"]
        assert changed == [("echo", sequence)]
        for department, user in (("Logistics", "clerk"), ("Civic", "auditor")):
            with weftwork.connect(network.profile(department), user=user) as gateway:
                contract = gateway.network(network.channel).contract("echo")
                assert contract.evaluate("say", returns=str) == word


def test_status_and_logs_for_programs_and_people(network: Network) -> None:
    status = start(network.project.folder, "status", "--json")
    told, _ = status.communicate(timeout=30)
    read = json.loads(told)
    assert read["healthy"]
    assert len(read["nodes"]) == 11
    logs = start(network.project.folder, "logs", "energy-peer0")
    told, _ = logs.communicate(timeout=30)
    assert logs.returncode == 0
    assert "energy-peer0" in told
    assert " info " in told
