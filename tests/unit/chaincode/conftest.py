"""What the tests of the runtime share: a listener whose engines echo."""

import pytest_asyncio

from tests.unit.chaincode.h2_peer import Echo
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_transport import H2Listener


@pytest_asyncio.fixture
async def echoing():
    running = []

    async def start(**limits):
        engines = []

        def accept(connection):
            engines.append(Echo(connection))
            return engines[-1]

        listener = H2Listener(accept, "127.0.0.1", 0, None, Limits(**limits))
        await listener.start()
        running.append(listener)
        return listener, engines

    yield start
    for listener in running:
        await listener.close()
