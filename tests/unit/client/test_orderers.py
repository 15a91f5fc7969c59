"""An orderer's own services: what is asked, and what is made of its answers."""

import pytest

import weftwork.aio.admin
from tests.unit.client.people import server_tls, user
from weftwork.admin import Orderer
from weftwork.errors import LedgerError, OrdererError
from weftwork.ledger.codes import ValidationCode
from weftwork.orderers import broadcast_answer, delivered, seek_payload, signed_payload
from weftwork.profile import Endpoint
from weftwork.responses import processed_transaction
from weftwork.snapshots import join_status, pending
from weftwork_protos import common_pb2, orderer_pb2, peer_pb2

NOBODY = Endpoint("o", "127.0.0.1", 9, server_tls().certificate)


def test_an_orderer_that_is_not_there_is_named() -> None:
    clerk = user()
    with (
        Orderer(NOBODY, clerk.identity, clerk.signer(), timeout=5) as orderer,
        pytest.raises(OrdererError, match=r"127\.0\.0\.1:9 could not order an envelope: no answer"),
    ):
        orderer.broadcast(b"")


async def test_async_too() -> None:
    clerk = user()
    async with weftwork.aio.admin.Orderer(
        NOBODY, clerk.identity, clerk.signer(), timeout=5
    ) as orderer:
        with pytest.raises(OrdererError, match="could not give the newest block of c: no answer"):
            await orderer.block_bytes("c")


def seek(number: int | None, last: int | None = None) -> orderer_pb2.SeekInfo:
    payload = common_pb2.Payload.FromString(seek_payload("c", b"me", number, last))
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    assert (header.type, header.channel_id) == (common_pb2.DELIVER_SEEK_INFO, "c")
    return orderer_pb2.SeekInfo.FromString(payload.data)


def test_a_block_that_is_not_there_is_not_waited_for() -> None:
    for asked in (seek(None), seek(3), seek(3, 5)):
        assert asked.behavior == orderer_pb2.SeekInfo.FAIL_IF_NOT_READY
    assert seek(None).start.WhichOneof("Type") == seek(None).stop.WhichOneof("Type") == "newest"
    assert (seek(3).start.specified.number, seek(3).stop.specified.number) == (3, 3)
    assert (seek(3, 5).start.specified.number, seek(3, 5).stop.specified.number) == (3, 5)


def test_a_file_to_be_signed_names_nobody() -> None:
    unsigned = common_pb2.Payload.FromString(signed_payload(2, "c", b"", b"data"))
    assert unsigned.header.signature_header == b""
    signed = common_pb2.Payload.FromString(signed_payload(2, "c", b"me", b"data"))
    header = common_pb2.SignatureHeader.FromString(signed.header.signature_header)
    assert (header.creator, len(header.nonce)) == (b"me", 24)


def test_answers_are_read() -> None:
    refused = orderer_pb2.BroadcastResponse(status=common_pb2.FORBIDDEN)
    assert broadcast_answer(refused.SerializeToString()) == (403, "FORBIDDEN")
    told = orderer_pb2.BroadcastResponse(status=common_pb2.BAD_REQUEST, info="no")
    assert broadcast_answer(told.SerializeToString()) == (400, "no")
    ended = orderer_pb2.DeliverResponse(status=common_pb2.SUCCESS)
    assert delivered(ended.SerializeToString()) == 200
    block = common_pb2.Block(header=common_pb2.BlockHeader(number=7))
    sent = orderer_pb2.DeliverResponse(block=block)
    assert delivered(sent.SerializeToString()) == block.SerializeToString()
    envelope = common_pb2.Envelope(payload=b"p")
    found = peer_pb2.ProcessedTransaction(transactionEnvelope=envelope, validationCode=11)
    assert processed_transaction(found.SerializeToString()) == (
        envelope.SerializeToString(),
        ValidationCode.MVCC_READ_CONFLICT,
    )


@pytest.mark.parametrize(
    "read", [broadcast_answer, delivered, processed_transaction, pending, join_status]
)
def test_what_cannot_be_read_is_told(read: object) -> None:
    assert callable(read)
    with pytest.raises(LedgerError):
        read(b"\xff")
