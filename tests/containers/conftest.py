"""The network that the container tests share, on an engine that must be there.

It is `weftwork_network.testing`'s own, as an integrator's tests would have it.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine, need_engine
from weftwork_network.images import build_network_images
from weftwork_network.progress import Silent
from weftwork_network.testing import FabricNetwork

_MEASURED = pytest.StashKey[list[str]]()

Measured = Callable[[str], None]


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Measured:
    """Takes a figure for the end of the report."""
    return pytestconfig.stash.setdefault(_MEASURED, []).append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The figures, which a person reads even where all went well."""
    for line in config.stash.get(_MEASURED, []):
        terminalreporter.write_line(f"measured: {line}")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine: these tests fail without one."""
    return need_engine(compose=True)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> None:
    """What `make images` builds, for a run that did not begin with it."""
    folder = tmp_path_factory.mktemp("images")
    build_network_images(Network.create(folder).topology, folder, Silent())


@pytest.fixture(scope="session")
def fabric(images: None) -> Iterator[FabricNetwork]:
    """The four departments as containers."""
    with FabricNetwork(backend="container") as network:
        yield network


@pytest.fixture(scope="session")
def network(fabric: FabricNetwork) -> Network:
    """The same as the operator's tool has it."""
    return fabric.network


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
def compose(network: Network, engine: Engine) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs compose by hand in the state folder, as somebody without the tool would."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*engine.compose_program, "--file", "compose.yaml", *words],
            cwd=network.state.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
