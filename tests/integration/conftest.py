"""The real network that the integration tests share: started once, stopped at the end.

`network` cuts blocks as the product does. `racing` waits for more transactions before it cuts one,
so that two that race can share a block. Tests that stop or kill things make a network of their own
with `own_network`, or leave the shared one as they found it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.imaging import with_images
from tests.integration.pairs import paired
from tests.integration.ports import OWN_PORT, RACING_PORT, SHARED_PORT
from tests.integration.stages import Stage, staged
from tests.integration.town import Connect, Town, connecting
from weftwork_network import Network
from weftwork_network.demo.cast import Cast
from weftwork_network.errors import ProgramError
from weftwork_network.programs import find_ca_server
from weftwork_network.progress import Silent


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The four departments with the product's own settings."""
    yield from _running(Network.create(tmp_path_factory.mktemp("net"), base_port=SHARED_PORT))


@pytest.fixture(scope="session")
def racing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The four departments, blocks of up to ten transactions that wait a second for each other."""
    yield from _running(
        Network.create(
            tmp_path_factory.mktemp("racing"),
            base_port=RACING_PORT,
            batch_timeout="1s",
            max_message_count=10,
        )
    )


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Two departments, one of which has two peers, with a chaincode that counts."""
    yield from paired(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two departments with the contracts of the conformance scenarios."""
    yield from staged(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def cast(network: Network) -> Iterator[Cast]:
    """The departments' users, each connected to their own department's peer of `network`."""
    with Cast(network) as opened:
        yield opened


@pytest.fixture(scope="session")
def racing_cast(racing: Network) -> Iterator[Cast]:
    """The departments' users on `racing`."""
    with Cast(racing) as opened:
        yield opened


@pytest.fixture(scope="session")
def connect(network: Network) -> Iterator[Connect]:
    """Connects a department's user to their own peer of `network`, each once."""
    yield from connecting(network)


@pytest.fixture
def town(connect: Connect) -> Town:
    """A flat of its own on `network`, still to be built."""
    return Town(connect)


@pytest.fixture(scope="session")
def racing_connect(racing: Network) -> Iterator[Connect]:
    """The same on `racing`."""
    yield from connecting(racing)


@pytest.fixture
def racing_town(racing_connect: Connect) -> Town:
    """A flat of its own on `racing`, still to be built."""
    return Town(racing_connect)


@pytest.fixture
def own_network(tmp_path: Path) -> Iterator[Callable[..., Network]]:
    """Makes a network for one test alone (not started), and deletes it afterwards."""
    made: list[Network] = []

    def make(**settings: object) -> Network:
        network = Network.create(tmp_path / "own", base_port=OWN_PORT, **settings)  # type: ignore[arg-type]
        made.append(network)
        return with_images(network)

    yield make
    for network in made:
        network.clean()


@pytest.fixture(scope="session", autouse=True)
def _rogues_are_importable() -> Iterator[None]:
    """Chaincode processes that a test starts may serve the changed contracts of this folder."""
    with pytest.MonkeyPatch.context() as patch:
        root = str(Path(__file__).parents[2])
        known = os.environ.get("PYTHONPATH")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [root, known])))
        yield


def _running(network: Network) -> Iterator[Network]:
    try:
        with_images(network).up()
        yield network
    finally:
        network.clean()


@pytest.fixture(scope="session")
def ca_program() -> Path:
    """The Fabric CA server, found or built; it alone of all programs needs a C compiler."""
    try:
        return find_ca_server(Silent())
    except ProgramError as error:
        if "C compiler" in str(error):
            pytest.skip(str(error))
        raise
