"""The real network that the integration tests share: started once, stopped at the end.

`network` cuts blocks as the product does. `racing` waits for more transactions before it cuts one,
so that two that race can share a block. Tests that stop or kill things make a network of their own
with `own_network`, or leave the shared one as they found it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.demo.cast import Cast

SHARED_PORT = 17000
RACING_PORT = 18000
OWN_PORT = 19000


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
def cast(network: Network) -> Iterator[Cast]:
    """The departments' users, each connected to their own department's peer of `network`."""
    with Cast(network) as opened:
        yield opened


@pytest.fixture(scope="session")
def racing_cast(racing: Network) -> Iterator[Cast]:
    """The departments' users on `racing`."""
    with Cast(racing) as opened:
        yield opened


@pytest.fixture
def own_network(tmp_path: Path) -> Iterator[Callable[..., Network]]:
    """Makes a network for one test alone (not started), and deletes it afterwards."""
    made: list[Network] = []

    def make(**settings: object) -> Network:
        network = Network.create(tmp_path / "own", base_port=OWN_PORT, **settings)  # type: ignore[arg-type]
        made.append(network)
        return network

    yield make
    for network in made:
        network.clean()


def _running(network: Network) -> Iterator[Network]:
    try:
        network.up()
        yield network
    finally:
        network.clean()
