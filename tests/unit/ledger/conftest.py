"""A ledger of three departments with the probe on it."""

from collections.abc import Iterator

import pytest

from tests.unit.ledger.probing import EACH, Probed, deploy
from weftwork_chaincode.testing import Ledger


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger(EACH) as made:
        yield made


@pytest.fixture
def probe(ledger: Ledger) -> Probed:
    """Any one department endorses."""
    return deploy(ledger)
