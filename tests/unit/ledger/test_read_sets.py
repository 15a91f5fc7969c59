"""The bytes of read/write sets, against what Fabric's source says of them."""

import hashlib

from tests.unit.ledger.probing import Probed, deploy
from weftwork_chaincode.testing import Collection, Ledger, merkle
from weftwork_protos import rwset_pb2


def _rows(count: int) -> list[rwset_pb2.KVRead]:
    return [rwset_pb2.KVRead(key=f"k{number:05}") for number in range(count)]


def _leaves(rows: list[rwset_pb2.KVRead]) -> list[bytes]:
    groups = [rows[start : start + 51] for start in range(0, len(rows), 51)]
    encoded = [rwset_pb2.QueryReads(kv_reads=group).SerializeToString() for group in groups]
    return [hashlib.sha256(data).digest() for data in encoded]


def test_the_summary_of_one_level() -> None:
    rows = _rows(120)
    found = merkle.summary(rows)
    assert (found.max_degree, found.max_level) == (50, 1)
    assert list(found.max_level_hashes) == _leaves(rows)


def test_the_summary_of_two_levels() -> None:
    rows = _rows(51 * 51 + 60)  # one full group of hashes, and two hashes left
    found = merkle.summary(rows)
    leaves = _leaves(rows)
    assert found.max_level == 2
    assert list(found.max_level_hashes) == [
        hashlib.sha256(b"".join(leaves[:51])).digest(),
        hashlib.sha256(b"".join(leaves[51:])).digest(),
    ]
    # a single hash that is left goes up as it is
    found = merkle.summary(rows[: 51 * 51 + 10])
    assert found.max_level_hashes[1] == _leaves(rows[51 * 51 : 51 * 51 + 10])[0]


def test_ranges_of_fifty_and_of_more_rows(probe: Probed) -> None:
    probe.do(["put_many", "k", 51, "v"])
    few = probe.plan(["range_of", "k", "k050"]).endorse().endorsed.answer.results
    more = probe.plan(["range_of", "k", "l"]).endorse().endorsed.answer.results
    told = []
    for results in (few, more):
        parts = rwset_pb2.TxReadWriteSet.FromString(results.encode({})).ns_rwset
        [info] = rwset_pb2.KVRWSet.FromString(parts[-1].rwset).range_queries_info
        told.append((info.WhichOneof("reads_info"), len(info.raw_reads.kv_reads)))
    assert told == [("raw_reads", 50), ("reads_merkle_hashes", 0)]


def test_what_an_invocation_reads_of_the_definitions(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("c", ["AMSP"])])
    fields = "namespaces/fields/probe/"
    plain = probe.plan(["get_state", "k"]).endorse().rwset
    private = probe.plan(["put_private", "c", "k", "v"]).endorse().rwset
    assert [read.key for read in plain[0].reads] == [fields + "Sequence"]
    assert [read.key for read in private[0].reads] == [
        fields + "Collections",
        fields + "EndorsementInfo",
        fields + "Sequence",
        fields + "ValidationInfo",
        "namespaces/metadata/probe",
    ]
    assert {read.version.block_number for read in private[0].reads if read.version} == {1}


def test_the_private_set_is_bound_by_its_hash(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("c", ["AMSP"])])
    transaction = probe.plan(
        ["put_private", "c", "b", "2"], ["put_private", "c", "a", "1"], ["get_private", "c", "x"]
    ).endorse()
    [hashed] = transaction.rwset[1].collections
    private = transaction.endorsed.answer.private["probe", "c"]
    assert hashed.private_rwset_hash == hashlib.sha256(private).digest()
    assert [write.key for write in rwset_pb2.KVRWSet.FromString(private).writes] == ["a", "b"]
    # sorted by the keys, not by their hashes
    assert [write.key_hash for write in hashed.writes] == [
        hashlib.sha256(key).digest() for key in (b"a", b"b")
    ]
    assert hashed.reads[0].version is None
