"""Blocks and transactions decoded: every part, and bytes that are none."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.fake_gateway import Call, Outcome, transaction_payload
from tests.unit.client.people import user
from weftwork.errors import LedgerError
from weftwork.ledger import (
    ValidationCode,
    decode_block,
    decode_chain_info,
    decode_chaincode_events,
    decode_delivery,
    decode_transaction,
    header_hash,
)
from weftwork.proposals import build_proposal
from weftwork.responses import refusals_in
from weftwork_protos import common_pb2, configtx_pb2, peer_pb2, rwset_pb2


def envelope(outcome: Outcome | None = None) -> bytes:
    made = build_proposal(user().identity.creator, "crosswork", "cc", [b"f"], time_ns=1_500_000_000)
    proposal = peer_pb2.Proposal.FromString(made.proposal)
    payload = peer_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    call = Call(
        transaction_id=made.transaction_id,
        channel="crosswork",
        chaincode="cc",
        function="f",
        args=(),
        transient={},
        organizations=(),
        mspid="LogisticsMSP",
        seconds_left=None,
        payload=payload.input,
        header=proposal.header,
    )
    content = transaction_payload(call, outcome or Outcome(b"result"))
    return common_pb2.Envelope(payload=content, signature=b"s").SerializeToString()


def block(transactions: list[bytes], codes: bytes | None) -> bytes:
    metadata = [b"", b"", codes] if codes is not None else [b""]
    return common_pb2.Block(
        header=common_pb2.BlockHeader(number=7, previous_hash=b"p" * 32, data_hash=b"d" * 32),
        data=common_pb2.BlockData(data=transactions),
        metadata=common_pb2.BlockMetadata(metadata=metadata),
    ).SerializeToString()


def test_a_block_with_its_codes() -> None:
    first, second = envelope(), envelope()
    found = decode_block(block([first, second], bytes([0, 11])))
    assert found.number == 7
    assert [each.code for each in found.transactions] == [
        ValidationCode.VALID,
        ValidationCode.MVCC_READ_CONFLICT,
    ]
    assert [each.index for each in found.transactions] == [0, 1]
    assert [each.successful for each in found.transactions] == [True, False]
    assert found.transactions[0].timestamp.isoformat() == "1970-01-01T00:00:01.500000+00:00"
    assert found.transactions[0].result == b"result"
    assert found.transactions[0].kind == "ENDORSER_TRANSACTION"


def test_a_block_straight_from_ordering_is_not_validated() -> None:
    (only,) = decode_block(block([envelope()], None)).transactions
    assert only.code is ValidationCode.NOT_VALIDATED
    assert not only.successful


def test_codes_must_fit_the_transactions() -> None:
    with pytest.raises(LedgerError, match="block 7 has 1 transactions and 2 codes"):
        decode_block(block([envelope()], b"\0\0"))


def test_a_config_entry() -> None:
    header = common_pb2.ChannelHeader(type=common_pb2.CONFIG, channel_id="crosswork")
    payload = common_pb2.Payload(
        header=common_pb2.Header(channel_header=header.SerializeToString()),
        data=configtx_pb2.ConfigEnvelope(
            config=configtx_pb2.Config(sequence=3)
        ).SerializeToString(),
    )
    entry = common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString()
    found = decode_block(block([entry], b"\0"))
    (only,) = found.transactions
    assert (only.kind, only.transaction_id, only.creator) == ("CONFIG", "", None)
    assert only.rwset == ()
    assert found.config is not None
    assert found.config.sequence == 3


def test_an_unknown_code_keeps_its_number() -> None:
    (only,) = decode_block(block([envelope()], bytes([77]))).transactions
    assert (only.code, only.code.name) == (77, "CODE_77")
    assert not only.successful
    with pytest.raises(ValueError, match="256"):
        ValidationCode(256)


def test_codes_are_fabric_s() -> None:
    theirs = dict(peer_pb2.TxValidationCode.items())
    assert {code.name: code.value for code in ValidationCode} == theirs


def test_private_hashes_ranges_and_key_policies() -> None:
    public = rwset_pb2.KVRWSet(
        reads=[
            rwset_pb2.KVRead(key="a", version=rwset_pb2.Version(block_num=0, tx_num=0)),
            rwset_pb2.KVRead(key="b"),
        ],
        range_queries_info=[
            rwset_pb2.RangeQueryInfo(
                start_key="s",
                end_key="e",
                itr_exhausted=True,
                raw_reads=rwset_pb2.QueryReads(kv_reads=[rwset_pb2.KVRead(key="s1")]),
            )
        ],
        writes=[rwset_pb2.KVWrite(key="d", is_delete=True)],
        metadata_writes=[
            rwset_pb2.KVMetadataWrite(
                key="k",
                entries=[rwset_pb2.KVMetadataEntry(name="VALIDATION_PARAMETER", value=b"v")],
            )
        ],
    )
    hashed = rwset_pb2.HashedRWSet(
        hashed_writes=[
            rwset_pb2.KVWriteHash(key_hash=b"kh", value_hash=b"vh"),
            rwset_pb2.KVWriteHash(key_hash=b"kh2", is_purge=True),
        ],
        hashed_reads=[rwset_pb2.KVReadHash(key_hash=b"rh")],
    )
    part = rwset_pb2.NsReadWriteSet(
        namespace="cc",
        rwset=public.SerializeToString(),
        collection_hashed_rwset=[
            rwset_pb2.CollectionHashedReadWriteSet(
                collection_name="consent_AMSP",
                hashed_rwset=hashed.SerializeToString(),
                pvt_rwset_hash=b"ph",
            )
        ],
    )
    from weftwork.ledger import decode_rwset

    (found,) = decode_rwset(rwset_pb2.TxReadWriteSet(ns_rwset=[part]).SerializeToString())
    first, second = found.reads
    assert first.version is not None, "block 0, transaction 0 is a version too"
    assert (first.version.block_number, first.version.transaction_number) == (0, 0)
    assert second.version is None
    assert found.range_reads[0].reads[0].key == "s1"
    assert found.range_reads[0].exhausted
    assert found.writes[0].deleted
    assert found.metadata_writes[0].entries == (("VALIDATION_PARAMETER", b"v"),)
    (collection,) = found.collections
    assert (collection.collection, collection.private_rwset_hash) == ("consent_AMSP", b"ph")
    assert (collection.writes[0].key_hash, collection.writes[0].value_hash) == (b"kh", b"vh")
    assert collection.writes[1].purged


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**32, 2**63, 2**64 - 1])
def test_the_header_s_hash_is_of_its_der(number: int) -> None:
    # The same structure, put together by cryptography's own DER encoder's rules for integers.
    size = number.bit_length() // 8 + 1
    integer = b"\x02" + bytes([size]) + number.to_bytes(size, "big")
    octets = b"\x04\x20" + b"p" * 32 + b"\x04\x20" + b"d" * 32
    content = integer + octets
    der = b"\x30" + bytes([len(content)]) + content
    assert header_hash(number, b"p" * 32, b"d" * 32) == hashlib.sha256(der).digest()


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused_with_words(data: bytes) -> None:
    for decoder in (
        decode_block,
        decode_chain_info,
        decode_chaincode_events,
        decode_delivery,
        lambda found: decode_transaction(found, ValidationCode.VALID, block_number=1, index=2),
    ):
        with suppress(LedgerError):
            decoder(data)
    refusals_in(data)


def test_an_invalid_transaction_that_nobody_can_read_hides_no_other() -> None:
    """Ordering takes any payload, so any client can put one into a block."""
    first, second = decode_block(block([b"\xff", envelope()], b"\2\0")).transactions
    assert (first.kind, first.code, first.index) == ("UNREADABLE", ValidationCode.BAD_PAYLOAD, 0)
    assert (first.creator, first.rwset, second.result) == (None, (), b"result")


@pytest.mark.parametrize("damage", [b"", b"\xff", b"\x0a\x05abc"])
def test_a_damaged_transaction_names_its_place(damage: bytes) -> None:
    damaged = block([envelope(), damage + b"\x0a\xff"], b"\0\0")
    with pytest.raises(LedgerError, match="transaction 1 of block 7 cannot be read"):
        decode_block(damaged)
