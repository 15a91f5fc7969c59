"""A client's GOAWAY: what came before it is kept, what comes after it does no harm."""

import asyncio

from tests.unit.chaincode.h2_peer import DATA, GOAWAY, PING, RawClient, frame
from weftwork_chaincode.grpc_framing import prefix


async def test_a_goodbye_after_a_message_does_not_lose_it(echoing):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        await client.open()
        last = frame(DATA, 0, 1, prefix(b"last") + b"last")
        await client.write(last + frame(GOAWAY, 0, 0, bytes(8)))
        await client.goodbye()
    assert engines[0].received == [b"last"]
    assert len(engines[0].lost) == 1


async def test_what_a_client_sends_after_its_goodbye_does_not_reset_the_connection(echoing):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        await client.open()
        told = []

        def lost(reason):
            told.append(reason)  # the goodbye has been read, and nothing is closed yet
            client.writer.write(frame(PING, 0, 0, bytes(8)))

        engines[0].connection_lost = lost
        await client.write(frame(GOAWAY, 0, 0, bytes(8)))
        while await asyncio.wait_for(client.reader.read(1 << 20), 5):  # raises where it is reset
            pass
        assert len(told) == 1
