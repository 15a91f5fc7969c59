"""A fake gateway per test, and connections to it, sync and async."""

from collections.abc import AsyncIterator, Iterator

import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from tests.unit.client.provable import Channel
from weftwork.proof import Proof


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    gateway.bind()
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(fake: FakeGateway) -> Iterator[weftwork.Gateway]:
    clerk = user()
    with weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer()) as connected:
        yield connected


@pytest.fixture
async def async_gateway(fake: FakeGateway) -> AsyncIterator[weftwork.aio.Gateway]:
    clerk = user()
    async with weftwork.aio.connect_endpoint(
        fake.endpoint, clerk.identity, clerk.signer()
    ) as connected:
        yield connected


@pytest.fixture(scope="session")
def channel() -> Channel:
    """A channel in memory whose transactions are proved."""
    return Channel()


@pytest.fixture(scope="session")
def bft() -> Channel:
    """The same under BFT."""
    return Channel(bft=True)


@pytest.fixture(scope="session")
def proof(channel: Channel) -> Proof:
    """A proof that holds."""
    return channel.proof()
