"""The network that the container tests share, on an engine that must be there."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine, need_engine
from weftwork_network.images import build_network_images
from weftwork_network.progress import Silent

PORT = int(os.environ.get("WEFTWORK_TEST_PORT", "17000")) + 2000

Inspect = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine: these tests fail without one."""
    return need_engine(compose=True)


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Network]:
    """The four departments as containers."""
    folder = tmp_path_factory.mktemp("containers")
    network = Network.create(folder, base_port=PORT, backend="container")
    build_network_images(network.topology, folder, Silent())
    try:
        network.up()
        yield network
    finally:
        network.clean()


@pytest.fixture(scope="session")
def project(network: Network) -> str:
    """What the names of the network's containers begin with."""
    return json.loads((network.state.folder / "backend.json").read_text())["project"]


@pytest.fixture(scope="session")
def containers(network: Network, engine: Engine, project: str) -> list[dict[str, Any]]:
    """Every container of the network as the engine describes it."""
    names = [each.name for each in engine.containers(project)]
    return json.loads(engine.run("container", "inspect", *names))


@pytest.fixture
def compose(network: Network) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs compose by hand in the state folder, as somebody without the tool would."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        folder = network.state.folder
        has_v2 = (
            subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
        )
        program = ["docker", "compose"] if has_v2 else ["docker-compose"]
        return subprocess.run(
            [*program, "--file", "compose.yaml", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
