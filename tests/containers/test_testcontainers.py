"""`weftwork_network.testing` in containers: testcontainers' own means, and nothing left behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.labels import LABEL_SESSION_ID, SESSION_ID
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from tests.containers.conftest import Measured
from weftwork_network.engine import PROJECT_LABEL, Engine
from weftwork_network.image_names import image_names
from weftwork_network.testing import FabricNetwork

SCRIPT = """\
import pathlib, sys, time
from weftwork_network.testing import FabricNetwork
network = FabricNetwork(
    backend="container", departments=["Logistics", "Energy"], contracts=["logistics"]
)
network.start()
print(network.folder, flush=True)
time.sleep(600)
"""


@pytest.fixture
def _no_reaper() -> Iterator[None]:
    """Its image comes from a registry; what these tests start they stop."""
    before = testcontainers_config.ryuk_disabled
    testcontainers_config.ryuk_disabled = True
    yield
    testcontainers_config.ryuk_disabled = before


def test_everything_is_known_to_testcontainers(engine: Engine, project: str) -> None:
    """Its reaper, and whoever else goes by its labels, finds all that is the network's."""
    for kind in ("container", "network", "volume"):
        ours = [f"--filter=label={PROJECT_LABEL}={project}"]
        marked = [*ours, f"--filter=label={LABEL_SESSION_ID}={SESSION_ID}"]
        words = [kind, "ls", "--quiet", *(["--all"] if kind == "container" else [])]
        all_of_it = engine.run(*words, *ours).split()
        assert all_of_it
        assert engine.run(*words, *marked).split() == all_of_it


def test_its_compose_shows_and_runs(fabric: FabricNetwork) -> None:
    node = fabric.topology.node("energy-peer0")
    peer = fabric.compose.get_container(node.id)
    assert peer.State == "running"
    listen = node.ports["listen"]
    assert peer.get_publisher(by_port=listen).PublishedPort == listen
    shown, _, code = fabric.compose.exec_in_container(["/usr/bin/peer", "version"], node.id)
    assert "3.1" in shown
    assert code == 0
    shown, _ = fabric.compose.get_logs(node.id)
    assert "peer" in shown
    LogMessageWaitStrategy("Started peer").with_startup_timeout(10).wait_until_ready(peer)
    services = [each.Service for each in fabric.compose.get_containers() if each.Service]
    chaincode = next(each for each in services if each.startswith("energy-chaincode"))
    assert fabric.container(chaincode).status == "running"
    with pytest.raises(KeyError):
        fabric.container("energy-peer9")


@pytest.mark.usefixtures("_no_reaper")
def test_a_container_of_ones_own_joins(fabric: FabricNetwork) -> None:
    """It calls peers by the names that the profile for it says, and trusts what that trusts."""
    profile = fabric.profile("Energy", inside=True)
    peer = next(iter(yaml.safe_load(profile.read_text())["peers"].values()))
    address = peer["url"].removeprefix("grpcs://")
    name, _, port = address.rpartition(":")
    assert not name.startswith("127.")
    script = (
        "import socket, ssl, sys\n"
        f"context = ssl.create_default_context(cadata={peer['tlsCACerts']['pem']!r})\n"
        f"plain = socket.create_connection(({name!r}, {port}), 10)\n"
        f"print('reached', context.wrap_socket(plain, server_hostname={name!r}).version())\n"
    )
    app = (
        DockerContainer(image_names(fabric.topology).runtime)
        .with_network(fabric.channel_network)
        .with_command(["python3", "-c", script])
        .waiting_for(LogMessageWaitStrategy("reached TLS").with_startup_timeout(20))
    )
    with app:
        assert app.wait() == 0


@pytest.mark.parametrize("at", ["while compose is at work", "once all runs"])
def test_a_killed_test_leaves_nothing(
    images: None, engine: Engine, tmp_path: Path, measured: Measured, at: str
) -> None:
    """kill -9 of the test itself."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True
    ) as test:
        try:
            if at == "once all runs":
                assert test.stdout is not None
                assert test.stdout.readline().strip() == str(next(tmp_path.iterdir()))
                project = project_below(tmp_path)
            else:
                until = time.monotonic() + 60
                while not (project := project_below(tmp_path)) or not of(engine, project):
                    assert time.monotonic() < until
                    assert test.poll() is None
                    time.sleep(0.05)
        finally:
            test.kill()
    killed = time.monotonic()
    while any(tmp_path.iterdir()):
        assert time.monotonic() - killed < 60, list(tmp_path.iterdir())
        time.sleep(0.1)
    measured(f"test killed {at}: containers gone after {time.monotonic() - killed:.1f} s")
    assert not of(engine, project)


def project_below(folder: Path) -> str:
    """The compose project of the one test network that has its folder in this one."""
    kept = next(folder.glob("*/.weftwork/backend.json"), None)
    return json.loads(kept.read_text())["project"] if kept else ""


def of(engine: Engine, project: str) -> list[str]:
    """Everything that the engine holds of a project."""
    label = f"--filter=label={PROJECT_LABEL}={project}"
    kinds = [("container", "--all"), ("network",), ("volume",)]
    return [
        each
        for kind, *more in kinds
        for each in engine.run(kind, "ls", "--quiet", *more, label).split()
    ]
