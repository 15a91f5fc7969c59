"""pytest's plugin: the fixture ``ledger``, a fresh one for each test.

``@pytest.mark.ledger(departments=["AMSP", "BMSP"], state_database="CouchDB")`` gives the options of
:class:`~weftwork_chaincode.testing.Ledger`. A package of its own, so that pytest's start imports
nothing of the ledger: that comes with the first test that asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weftwork_chaincode.testing.ledger import Ledger


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers", "ledger(departments, channel, batch, state_database): options of `ledger`"
    )


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An in-memory ledger of simulated departments."""
    from weftwork_chaincode.testing.ledger import Ledger

    marker: Any = request.node.get_closest_marker("ledger")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    made = Ledger(*marker.args, **marker.kwargs) if marker is not None else Ledger()
    with made:
        yield made
