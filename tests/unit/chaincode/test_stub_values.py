"""What a value may be, and how large: from one byte to what one message can carry."""

import hashlib

import pytest

from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import Response, messages
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE
from weftwork_protos import common_pb2, peer_pb2
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


async def test_the_only_write_of_a_batch_is_named_without_asking_again():
    async def put(stub):
        await stub.put_private("secrets", "k", b"v")

    peer = await started(put)
    assert (await peer.next()).type == messages.WRITE_BATCH_STATE
    peer.send(messages.ERROR, "t", b"no such collection")
    refused = await answer(peer)
    assert "refused a write of the key in secrets: no such collection" in refused.message


def invoking(chaincode):
    """A proposal that invokes a chaincode."""
    called = peer_pb2.ChaincodeID(name=chaincode)
    extension = peer_pb2.ChaincodeHeaderExtension(chaincode_id=called).SerializeToString()
    channel_header = common_pb2.ChannelHeader(type=3, extension=extension).SerializeToString()
    header = common_pb2.Header(channel_header=channel_header).SerializeToString()
    return peer_pb2.Proposal(header=header).SerializeToString()


@pytest.mark.parametrize(("invoked", "refused"), [("callee", True), ("caller", False)])
async def test_a_called_chaincode_may_give_a_private_value_to_its_caller(invoked, refused):
    """What it returns does not go on the chain; what the invoked chaincode returns does."""
    value = b"a private value of some length"

    async def show(stub):
        stub.function, stub.read_only = "show", False
        return await stub.get_private("c", "k")

    peer = ScriptedPeer(Raw(show), "cc:hash", chaincode="callee")
    await peer.register()
    peer.start("t", "show", proposal=invoking(invoked))
    await peer.next()
    peer.send(messages.RESPONSE, "t", value)
    found = await answer(peer)
    if refused:
        assert found.message.startswith("PrivateDataInResult: show is marked @submit")
    else:
        assert found.payload == value
