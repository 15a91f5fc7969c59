"""Collections: who has the values, who may read and write, what all have, and for how long."""

import hashlib

import pytest

from tests.unit.ledger.probing import ALICE, BOB, CAROL, A, B, C, Probed, deploy
from weftwork import CommitError, EndorseError, PolicyError
from weftwork_chaincode.testing import Collection, Ledger

PUT = ["put_private", "ab", "k", "v"]
HASH = hashlib.sha256(b"v").hexdigest()


@pytest.fixture
def private(ledger: Ledger) -> Probed:
    return deploy(ledger, collections=[Collection("ab", [A, B]), Collection("c", [C])])


def test_members_have_the_value_and_everybody_its_hash(ledger: Ledger, private: Probed) -> None:
    private.do(PUT)
    assert [ledger.private(mspid, "probe", "ab", "k") for mspid in (A, B, C)] == [b"v", b"v", None]
    assert private.ask(["get_private", "ab", "k"], as_=BOB) == ["v"]
    for client in (ALICE, CAROL):
        assert private.ask(["get_private_hash", "ab", "k"], as_=client) == [HASH]


def test_a_peer_without_the_value_says_so(private: Probed) -> None:
    private.do(PUT)
    [error] = private.ask(["get_private", "ab", "k"], as_=CAROL)
    assert error.startswith("PeerError: GET_STATE failed: transaction ID: ")
    assert error.endswith(
        "private data matching public hash version is not available. Public hash version = "
        "{BlockNum: 2, TxNum: 0}, Private data version = <nil>"
    )


def test_a_peer_that_is_no_member_may_endorse_a_write(ledger: Ledger, private: Probed) -> None:
    assert private.do(PUT, endorsers=[C]).endorsers == (C,)
    assert ledger.private(A, "probe", "ab", "k") == b"v"


def test_unless_nobody_is_sent_a_copy(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("ab", [A, B], maximum_peer_count=0)])
    probe.do(PUT, endorsers=[C])
    assert ledger.private(A, "probe", "ab", "k") is None
    assert probe.ask(["get_private_hash", "ab", "k"]) == [HASH]
    probe.do(PUT, endorsers=[A])
    assert ledger.private(B, "probe", "ab", "k") == b"v"


def test_copies_that_must_be_there_before_a_peer_endorses(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("ab", [A, B], required_peer_count=2)])
    with pytest.raises(EndorseError, match="required to disseminate to at least 2 peers, but know"):
        probe.do(PUT)


def test_the_chain_holds_hashes_alone(ledger: Ledger, private: Probed) -> None:
    private.do(["put_private", "ab", "the-key", "the-value"], endorsers=[A])
    block = ledger.blocks[-1]
    sets = block.decode().transactions[0].rwset
    [part] = next(one for one in sets if one.namespace == "probe").collections
    assert part.writes[0].key_hash == hashlib.sha256(b"the-key").digest()
    assert part.writes[0].value_hash == hashlib.sha256(b"the-value").digest()
    rwset = block.transactions[0].endorsed.answer
    assert b"the-value" not in rwset.results.encode(rwset.private)


def test_clients_who_are_no_members(ledger: Ledger) -> None:
    probe = deploy(
        ledger,
        collections=[
            Collection("read", [A, B], member_only_read=True),
            Collection("write", [A, B], member_only_write=True),
        ],
    )
    words = "access permission on privatedata in chaincodeName:probe collectionName: "
    asked = probe.simulated(["get_private", "read", "k"], ["get_private", "write", "k"], as_=CAROL)
    assert asked[0].endswith(f"tx creator does not have read {words}read")
    assert asked[1] is None
    with pytest.raises(EndorseError) as caught:
        probe.do(["put_private", "write", "k", "v"], as_=CAROL)
    assert caught.value.refusals[0].message.endswith(f"tx creator does not have write {words}write")
    probe.do(["put_private", "read", "k", "v"], as_=CAROL)
    probe.do(["put_private", "write", "k", "v"], as_=BOB)
    # hashes are for all
    assert probe.ask(["get_private_hash", "read", "k"], as_=CAROL) == [HASH]


def test_a_collection_that_is_not_declared(private: Probed) -> None:
    told = private.simulated(["get_private", "no", "k"], ["get_private_hash", "no", "k"])
    assert told[0].endswith("collection crosswork/probe/no could not be found")
    assert told[1].endswith(
        "collection [no] not defined in the collection config for chaincode [probe]"
    )
    private.do(["put_private", f"_implicit_org_{A}", "k", "v"])
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        private.do(["put_private", f"_implicit_org_{A}", "k", "v"], endorsers=[B])


def test_a_collections_own_policy_rules_its_writes(ledger: Ledger) -> None:
    consent = Collection("consent", [B], endorsement_policy="OR('BMSP.peer')")
    probe = deploy(ledger, policy="OR('AMSP.peer')", collections=[consent])
    write = ["put_private", "consent", "k", "v"]
    assert probe.do(write).endorsers == (B,)
    for one in (A, C):
        with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
            probe.do(write, endorsers=[one])
    # a public write beside it needs the chaincode's as well
    assert probe.do(write, ["put_state", "k", "v"]).endorsers == (A, B)
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        probe.do(write, ["put_state", "k", "v"], endorsers=[B])


def test_who_reads_in_clear_must_be_a_member(ledger: Ledger, private: Probed) -> None:
    private.do(PUT)
    assert private.do(
        ["get_private", "ab", "k"], ["put_state", "seen", "1"], as_=BOB
    ).endorsers == (B,)
    private = deploy(ledger, policy="OR('CMSP.peer')", collections=[Collection("ab", [A, B])])
    with pytest.raises(EndorseError, match="no peer combination can satisfy"):
        private.do(["get_private", "ab", "k"], ["put_state", "seen", "1"])


@pytest.mark.parametrize("gone", ["delete_private", "purge_private"])
def test_deleted_and_purged(ledger: Ledger, private: Probed, gone: str) -> None:
    private.do(PUT, ["set_private_policy", "ab", "k", A])
    transaction = private.plan([gone, "ab", "k"]).endorse()
    [part] = [one for one in transaction.rwset if one.namespace == "probe"]
    assert part.collections[0].writes[0].purged == (gone == "purge_private")
    ledger.order(transaction)
    ledger.commit()
    assert private.ask(["get_private", "ab", "k"], ["get_private_hash", "ab", "k"]) == [None, None]
    assert private.ask(["get_private_policy", "ab", "k"]) == [None]
    assert ledger.private(B, "probe", "ab", "k") is None


def test_only_private_data_is_purged(private: Probed) -> None:
    [error] = private.simulated(["raw", "PURGE_PRIVATE_DATA", {"key": "k"}])
    assert error.endswith("only applicable for private data")


def test_block_to_live(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("ab", [A, B], block_to_live=2)])
    probe.do(PUT)
    probe.do(["put_state", "1", "1"])
    probe.do(["put_private", "ab", "again", "v"], [*PUT[:2], "fresh", "v"])
    assert probe.ask(["get_private", "ab", "k"]) == ["v"]
    late = probe.plan(["get_private_hash", "ab", "k"], ["put_state", "seen", "1"]).endorse()
    probe.do(["put_state", "2", "1"])  # the third block after it takes it away
    both = [["get_private", "ab", "k"], ["get_private_hash", "ab", "k"]]
    assert probe.ask(*both) == [None, None]
    assert ledger.private(B, "probe", "ab", "k") is None
    assert probe.ask(["get_private", "ab", "again"]) == ["v"]
    ledger.order(late)
    assert ledger.commit().codes[0].name == "MVCC_READ_CONFLICT"


def test_a_rewritten_value_lives_longer(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("ab", [A, B], block_to_live=1)])
    probe.do(PUT)
    probe.do(["put_private", "ab", "k", "w"])
    probe.do(["put_state", "1", "1"])
    assert probe.ask(["get_private", "ab", "k"]) == ["w"]
    probe.do(["put_state", "2", "1"])
    assert probe.ask(["get_private", "ab", "k"]) == [None]


def test_a_write_in_the_very_block_that_ends_it_stays(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("ab", [A, B], block_to_live=1)])
    probe.do(PUT)
    probe.do(["put_state", "1", "1"])
    probe.do(["put_private", "ab", "k", "w"])
    assert probe.ask(["get_private", "ab", "k"]) == ["w"]


def test_queries_of_private_data_and_writes(private: Probed) -> None:
    # past the runtime's own guards: what the peer says, in both orders
    rows = ["raw", "GET_STATE_BY_RANGE", {"collection": "ab", "startKey": "a", "endKey": "z"}]
    put = ["raw", "PUT_STATE", {"key": "k", "value": "dg=="}]
    told = private.simulated(put, rows)
    assert told[1].endswith(
        "unsuppored transaction. Queries on pvt data is supported only in a read-only transaction"
    )
    told = private.simulated(rows, put)
    assert told[1].endswith(
        "unsuppored transaction. Transaction has already performed queries on pvt data. Writes are "
        "not allowed"
    )


def test_private_ranges_are_of_values_that_the_peer_has(private: Probed) -> None:
    private.do(PUT, ["put_private", "ab", "l", "w"])
    rows = ["range_private", "ab", "a", "z"]
    assert private.ask(rows) == [[["k", "v"], ["l", "w"]]]
    assert private.ask(rows, as_=CAROL) == [[]]
    assert private.ask(["get_privates", "ab", ["l", "no"]]) == [["w", None]]


def test_private_ranges_are_not_repeated(ledger: Ledger, private: Probed) -> None:
    reader = private.plan(["range_private", "ab", "a", "z"])
    codes = ledger.conflict(private.plan(PUT), reader)
    assert [code.name for code in codes] == ["VALID", "VALID"]


def test_a_definition_that_cannot_be_used(ledger: Ledger) -> None:
    with pytest.raises(PolicyError):
        deploy(ledger, policy="AMSP")
    with pytest.raises(ValueError, match="declared twice"):
        deploy(ledger, collections=[Collection("c", [A]), Collection("c", [B])])
    with pytest.raises(ValueError, match="XMSP is no department"):
        deploy(ledger, installed=["XMSP"])
    assert ledger.height == 1
