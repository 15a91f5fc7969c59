"""Chaincode in containers: this machine reads its metrics, and it still reaches nobody outside."""

import contextlib
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.errors import EngineError
from weftwork_network.monitoring import targets
from weftwork_network.operations import Operations

_PORT = 45_871
_CALL = """
import socket, sys
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if kind == "tcp":
    socket.create_connection((host, port), 3).close()
else:
    caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    caller.settimeout(3)
    caller.sendto(sys.argv[4].encode(), (host, port))
"""
_LISTENER = """
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind((host, port))
with socket.create_server((host, port)):
    print("listens", flush=True)
    while True:
        print(heard.recv(100).decode(), flush=True)
"""


def chaincodes(containers: list[dict[str, Any]]) -> list[str]:
    return [each["Name"].lstrip("/") for each in containers if "chaincode." in each["Name"]]


def test_this_machine_reads_the_metrics_of_every_chaincode(network: Network) -> None:
    operations = Operations(network.state)
    found = [
        each
        for each in targets(network.state, network.topology, contained=True)
        if each.node.kind == "chaincode"
    ]
    assert len({each.port for each in found}) == len(found) > 4
    try:
        for each in found:
            member = network.topology.member(each.node.department)
            metrics = operations.read_port(member, each.port)
            assert metrics is not None, each
            (info,) = metrics.labels("weftwork_chaincode_info")
            assert each.unit == f"{info['chaincode']}_{info['version']}"
    finally:
        operations.close()


def test_its_status_is_what_the_containers_tell(network: Network) -> None:
    status = network.status()
    assert status.healthy
    for row in status.nodes:
        assert row.memory, row.node
        assert row.certificate_days
        assert bool(row.chaincodes) is (row.kind == "chaincode")


@pytest.fixture
def outside() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A machine that is not this one, joined to it by a cable: its address, what it hears."""
    if shutil.which("ip") is None:
        pytest.skip("no `ip` here to make another machine of: apt-get install iproute2")
    name = f"wf{uuid.uuid4().hex[:8]}"
    here, there = "198.51.100.17", "198.51.100.18"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
        ip("addr", "add", f"{here}/30", "dev", f"{name}a")
        ip("link", "set", f"{name}a", "up")
        ip("-n", name, "addr", "add", f"{there}/30", "dev", f"{name}b")
        ip("-n", name, "link", "set", f"{name}b", "up")
        # It would answer whoever calls, by way of this machine.
        ip("-n", name, "route", "add", "default", "via", here)
        listener = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-c", _LISTENER, there, str(_PORT)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert listener.stdout is not None
        try:
            assert listener.stdout.readline() == "listens\n"
            yield there, listener
        finally:
            listener.kill()
            listener.wait()
            listener.stdout.close()
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("link", "del", f"{name}a")
        ip("netns", "del", name)


def test_a_chaincode_reaches_nobody_outside(
    engine: Engine,
    containers: list[dict[str, Any]],
    project: str,
    outside: tuple[str, "subprocess.Popen[str]"],
) -> None:
    """Not by a connection, not by a datagram, and no name is looked up for it."""
    address, listener = outside
    chaincode = chaincodes(containers)[0]
    image = next(each["Config"]["Image"] for each in containers if each["Name"] == f"/{chaincode}")

    def call(kind: str) -> None:
        words = ["python3", "-c", _CALL, kind, address, str(_PORT), "chaincode"]
        engine.run("container", "exec", chaincode, *words)

    lookup = "import socket; socket.getaddrinfo('example.org', 80)"
    with pytest.raises(EngineError):
        call("tcp")
    with contextlib.suppress(EngineError):
        call("udp")
    with pytest.raises(EngineError):
        engine.run("container", "exec", chaincode, "python3", "-c", lookup)
    # A container that may reaches the same machine, so it was there to be reached; and the first
    # that the machine has heard of is that one.
    for kind in ("tcp", "udp"):
        engine.run(
            *("container", "run", "--rm", f"--network={project}_channel", "--entrypoint=python3"),
            *(image, "-c", _CALL, kind, address, str(_PORT), "control"),
        )
    assert listener.stdout is not None
    assert listener.stdout.readline() == "control\n"
