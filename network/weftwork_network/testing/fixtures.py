"""The pytest fixture `fabric_network`, for a conftest.py that names this module.

    pytest_plugins = ["weftwork_network.testing.fixtures"]

Not an entry point of pytest: then every pytest of an environment that has Weftwork installed would
import it, whether it tests with a network or not.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from weftwork_network.testing.fabric_network import FabricNetwork


@pytest.fixture(scope="session")
def fabric_network_options() -> dict[str, Any]:
    """What `fabric_network` is asked to be: arguments of `FabricNetwork`. Yours replaces it."""
    return {}


@pytest.fixture(scope="session")
def fabric_network(
    request: pytest.FixtureRequest, fabric_network_options: dict[str, Any]
) -> Iterator[FabricNetwork]:
    """A network for the whole session; with pytest-xdist one a worker, unless it is shared.

    Its folder is kept when a test has failed, and the test report says where.
    """
    network = FabricNetwork(**fabric_network_options).start()
    folder = network.folder
    try:
        yield network
    finally:
        network.stop(failed=bool(request.session.testsfailed))
        if folder.exists():
            print(f"the network's logs are kept below {folder / '.weftwork' / 'logs'}")
