"""What a peer's Deliver service answers, as typed values."""

import hashlib

import pytest

from weftwork.errors import LedgerError
from weftwork.ledger import (
    BlockAndPrivateData,
    FilteredBlock,
    FilteredEvent,
    ValidationCode,
    Write,
    as_json,
    decode_block,
    decode_delivery,
)
from weftwork_protos import common_pb2, peer_pb2, rwset_pb2


def delivered(**content: object) -> bytes:
    return peer_pb2.DeliverResponse(**content).SerializeToString()  # type: ignore[arg-type]


def block(number: int) -> common_pb2.Block:
    return common_pb2.Block(
        header=common_pb2.BlockHeader(number=number, data_hash=b"h"),
        metadata=common_pb2.BlockMetadata(metadata=[b""] * 5),
    )


def test_a_filtered_block() -> None:
    message = peer_pb2.FilteredBlock(channel_id="crosswork", number=300)
    first = message.filtered_transactions.add(
        txid="a", type=common_pb2.ENDORSER_TRANSACTION, tx_validation_code=peer_pb2.VALID
    )
    event = first.transaction_actions.chaincode_actions.add().chaincode_event
    event.chaincode_id, event.tx_id, event.event_name = "logistics", "a", "offered"
    second = message.filtered_transactions.add(
        txid="b",
        type=common_pb2.ENDORSER_TRANSACTION,
        tx_validation_code=peer_pb2.MVCC_READ_CONFLICT,
    )
    second.transaction_actions.chaincode_actions.add()
    message.filtered_transactions.add(type=common_pb2.CONFIG)

    found = decode_delivery(delivered(filtered_block=message))

    assert isinstance(found, FilteredBlock)
    assert (found.channel, found.number, str(found.cursor)) == ("crosswork", 300, "301")
    assert [each.kind for each in found.transactions] == ["ENDORSER_TRANSACTION"] * 2 + ["CONFIG"]
    assert [each.successful for each in found.transactions] == [True, False, True]
    assert found.transactions[0].events == (FilteredEvent("logistics", "offered", "a"),)
    assert found.transactions[1].events == ()
    conflicting = found.transaction("b")
    assert conflicting is not None
    assert conflicting.code is ValidationCode.MVCC_READ_CONFLICT
    assert found.transaction("c") is None
    assert found.raw == message.SerializeToString()


def test_a_block_keeps_its_own_bytes() -> None:
    raw = block(7).SerializeToString()
    found = decode_delivery(delivered(block=block(7)))
    assert found == decode_block(raw)
    assert (found.raw, str(found.cursor)) == (raw, "8")
    assert "raw" not in as_json(found)  # type: ignore[operator]


def test_a_large_block_has_a_long_length() -> None:
    large = block(7)
    large.metadata.metadata.append(b"x" * 100_000)
    found = decode_delivery(delivered(block=large))
    assert not isinstance(found, str)
    assert found.raw == large.SerializeToString()


def test_private_data_by_transaction_and_collection() -> None:
    content = rwset_pb2.KVRWSet(
        writes=[
            rwset_pb2.KVWrite(key="rate", value=b"12"),
            rwset_pb2.KVWrite(key="old", is_delete=True),
        ],
        metadata_writes=[
            rwset_pb2.KVMetadataWrite(
                key="rate", entries=[rwset_pb2.KVMetadataEntry(name="VALIDATION", value=b"p")]
            )
        ],
    ).SerializeToString()
    message = peer_pb2.BlockAndPrivateData(block=block(9))
    for place in (3, 1):
        space = message.private_data_map[place].ns_pvt_rwset.add(namespace="energy")
        space.collection_pvt_rwset.add(collection_name="rates", rwset=content)

    found = decode_delivery(delivered(block_and_private_data=message))

    assert isinstance(found, BlockAndPrivateData)
    assert (found.number, str(found.cursor)) == (9, "10")
    assert [each.transaction for each in found.private] == [1, 3]
    one = found.private[0]
    assert (one.namespace, one.collection) == ("energy", "rates")
    assert one.writes == (Write("rate", b"12", False), Write("old", b"", True))
    assert one.metadata_writes[0].entries == (("VALIDATION", b"p"),)
    assert (one.raw, one.hash) == (content, hashlib.sha256(content).digest())


def test_a_status_ends_a_stream() -> None:
    assert decode_delivery(delivered(status=common_pb2.SUCCESS)) == "SUCCESS"
    assert decode_delivery(delivered(status=common_pb2.FORBIDDEN)) == "FORBIDDEN"
    assert decode_delivery(b"\x08\xe7\x07") == "STATUS_999"


@pytest.mark.parametrize(
    "answer", [b"\xff", b"\x12\x05ab", b"\x12\x81", b"\x1a\x02\xff\xff", b"\x22\x02\xff\xff"]
)
def test_what_is_no_delivery_is_refused(answer: bytes) -> None:
    with pytest.raises(LedgerError):
        decode_delivery(answer)
