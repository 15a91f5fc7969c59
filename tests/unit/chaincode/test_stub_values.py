"""What a value may be, and how large: from one byte to what one message can carry."""

import hashlib

import pytest

from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import Response, messages
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE
from weftwork_protos.chaincode_shim_pb2 import PutState, WriteBatchState

LARGE = 30_000_000


async def started(function, *, batch=10):
    peer = ScriptedPeer(Raw(function), "cc:hash")
    await peer.register(write_batch=batch, multi_get=batch)
    peer.start("t", "f")
    return peer


async def answer(peer):
    message = await peer.next()
    assert message.type == messages.COMPLETED, message.type
    return Response.decode(message.payload)


@pytest.mark.parametrize("value", [bytearray(b"v"), memoryview(b"v"), "v", 1, ["v"]])
@pytest.mark.parametrize("collection", ["", "c"])
async def test_what_is_not_bytes_is_refused_at_the_write(value, collection):
    """It could change before it is sent; taken for something else, it would delete the key."""

    async def put(stub):
        if collection:
            await stub.put_private(collection, "k", value)
        else:
            await stub.put_state("k", value)

    refused = await answer(await started(put))
    kind = type(value).__name__
    assert refused == Response(400, f"Invalid: the value of the key must be bytes, not {kind}")


@pytest.mark.parametrize("batch", [0, 10])
async def test_a_value_of_30_megabytes_goes_both_ways(batch):
    large = bytes(range(256)) * (LARGE // 256)

    async def copy(stub):
        value = await stub.get_state("from")
        await stub.put_state("to", value)
        return hashlib.sha256(value).digest()

    peer = await started(copy, batch=batch)
    assert (await peer.next()).type == messages.GET_STATE
    peer.send(messages.RESPONSE, "t", large)
    written = await peer.next()
    if batch:
        (record,) = WriteBatchState.FromString(written.payload).rec
    else:
        record = PutState.FromString(written.payload)
    assert record.value == large
    peer.send(messages.RESPONSE, "t")
    assert (await answer(peer)).payload == hashlib.sha256(large).digest()


async def test_a_value_that_no_message_can_carry_is_refused_in_words():
    async def put(stub):
        await stub.put_state("k", bytes(MAX_MESSAGE_SIZE))

    refused = await answer(await started(put))
    assert refused.status == 500
    assert "over the peer's limit of 104857600 bytes: split the value" in refused.message
