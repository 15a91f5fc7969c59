"""The stub's calls beyond single keys: rows, pages, history, private data, and what they refuse."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import (
    Context,
    Contract,
    Invalid,
    KeyEndorsementPolicy,
    Response,
    all_of,
    any_of,
    create_composite_key,
    messages,
    split_composite_key,
    submit,
)
from weftwork_chaincode.batch import WriteBuffer
from weftwork_chaincode.called import _KEPT, CalledWrites
from weftwork_chaincode.testing import Bench, ScriptedPeer, identity
from weftwork_protos.chaincode_shim_pb2 import (
    GetHistoryForKey,
    GetQueryResult,
    GetStateByRange,
    GetStateMultiple,
    GetStateMultipleResult,
    QueryMetadata,
    QueryResponse,
    QueryResponseMetadata,
    QueryResultBytes,
    WriteBatchState,
    WriteRecord,
)
from weftwork_protos.msp_pb2 import MSPRole
from weftwork_protos.peer_pb2 import ChaincodeInput
from weftwork_protos.policies_pb2 import SignaturePolicyEnvelope
from weftwork_protos.rwset_pb2 import KV, KeyModification


async def started(function, *, batch=10, multi=10, **session):
    peer = ScriptedPeer(Raw(function), "cc:hash", **session)
    await peer.register(write_batch=batch, multi_get=multi)
    peer.start("t", "f")
    return peer


async def answer(peer):
    message = await peer.next()
    assert message.type == messages.COMPLETED, message
    return Response.decode(message.payload)


def rows(*keys, more=False, metadata=b""):
    results = [
        QueryResultBytes(resultBytes=KV(key=key, value=key.encode()).SerializeToString())
        for key in keys
    ]
    return QueryResponse(
        results=results, has_more=more, id="q", metadata=metadata
    ).SerializeToString()


# --- rows


async def test_rows_come_in_several_answers():
    async def scan(stub):
        return b",".join([row.value async for row in stub.range("a", "z")])

    peer = await started(scan)
    asked = GetStateByRange.FromString((await peer.next()).payload)
    assert (asked.startKey, asked.endKey, asked.metadata) == ("a", "z", b"")
    peer.send(messages.RESPONSE, "t", rows("a", "b", more=True))
    assert (await peer.next()).type == messages.QUERY_STATE_NEXT
    peer.send(messages.RESPONSE, "t", rows("c"))
    assert (await answer(peer)).payload == b"a,b,c"


async def test_a_page_has_a_bookmark_and_a_count():
    async def page(stub):
        found = await stub.range_page("a", "z", 3, "b")
        return f"{[row.key for row in found.rows]} {found.bookmark} {found.count}".encode()

    peer = await started(page)
    asked = GetStateByRange.FromString((await peer.next()).payload)
    paging = QueryMetadata.FromString(asked.metadata)
    assert (asked.startKey, paging.pageSize, paging.bookmark) == ("a", 3, "b")
    peer.send(messages.RESPONSE, "t", rows("b", "c", more=True))
    await peer.next()
    told = QueryResponseMetadata(fetched_records_count=3, bookmark="e").SerializeToString()
    peer.send(messages.RESPONSE, "t", rows("d", metadata=told))
    assert (await answer(peer)).payload == b"['b', 'c', 'd'] e 3"


async def test_the_first_page_leaves_composite_keys_out():
    async def page(stub):
        await stub.range_page("", "", 3)
        return b""

    peer = await started(page)
    assert GetStateByRange.FromString((await peer.next()).payload).startKey == "\x01"


async def test_a_composite_page():
    async def page(stub):
        await stub.composite_key_page("meter", ["north"], 5, "\x00meter\x00north\x00M7\x00")
        return b""

    peer = await started(page)
    asked = GetStateByRange.FromString((await peer.next()).payload)
    assert asked.startKey == "\x00meter\x00north\x00"
    assert asked.endKey == "\x00meter\x00north\x00\U0010ffff"
    assert QueryMetadata.FromString(asked.metadata).bookmark == "\x00meter\x00north\x00M7\x00"


@pytest.mark.parametrize("paged", [False, True])
async def test_a_rich_query(paged):
    async def ask(stub):
        if paged:
            return "".join([r.key for r in (await stub.query_page("{}", 7, "bm")).rows]).encode()
        return "".join([r.key async for r in stub.query("{}")]).encode()

    peer = await started(ask)
    message = await peer.next()
    assert message.type == messages.GET_QUERY_RESULT
    asked = GetQueryResult.FromString(message.payload)
    assert (asked.query, asked.collection) == ("{}", "")
    paging = QueryMetadata.FromString(asked.metadata)
    assert (paging.pageSize, paging.bookmark) == ((7, "bm") if paged else (0, ""))
    peer.send(messages.RESPONSE, "t", rows("x", "y"))
    assert (await answer(peer)).payload == b"xy"


async def test_history():
    async def past(stub):
        found = [change async for change in stub.history("k")]
        return repr(found).encode()

    peer = await started(past)
    message = await peer.next()
    assert message.type == messages.GET_HISTORY_FOR_KEY
    assert GetHistoryForKey.FromString(message.payload).key == "k"
    changes = [
        KeyModification(tx_id="t2", is_delete=True),
        KeyModification(tx_id="t1", value=b"v"),
    ]
    changes[1].timestamp.FromMilliseconds(1_700_000_000_123)
    results = [QueryResultBytes(resultBytes=change.SerializeToString()) for change in changes]
    peer.send(messages.RESPONSE, "t", QueryResponse(results=results).SerializeToString())
    assert (await answer(peer)).payload.decode() == (
        "[KeyModification(tx_id='t2', value=None, timestamp=0, deleted=True), "
        "KeyModification(tx_id='t1', value=b'v', timestamp=1700000000123, deleted=False)]"
    )


# --- private data


async def test_several_private_values_and_the_ones_that_are_missing():
    """A peer that lacks a value says so only when it is asked for that one alone."""

    async def several(stub):
        return repr(await stub.get_privates("c", ["a", "b", "c"])).encode()

    peer = await started(several)
    asked = GetStateMultiple.FromString((await peer.next()).payload)
    assert (list(asked.keys), asked.collection) == (["a", "b", "c"], "c")
    several_values = GetStateMultipleResult(values=[b"1", b"", b"3"]).SerializeToString()
    peer.send(messages.RESPONSE, "t", several_values)
    single = await peer.next()
    assert single.type == messages.GET_STATE
    peer.send(messages.ERROR, "t", b"private data matching public hash version is not available")
    refused = await answer(peer)
    assert refused.status == 500
    assert "not available" in refused.message


async def test_a_purge():
    async def purge(stub):
        await stub.put_private("c", "k", b"v")
        await stub.purge_private("c", "k")

    peer = await started(purge)
    batch = WriteBatchState.FromString((await peer.next()).payload)
    assert [record.type for record in batch.rec] == [WriteRecord.PURGE_PRIVATE_DATA]
    single = await started(purge, batch=0)
    assert (await single.next()).type == messages.PURGE_PRIVATE_DATA


# --- what is refused before the peer is asked


async def put(stub):
    await stub.put_state("k", b"v")


async def private_rows(stub):
    async for _ in stub.range_private("secrets", "", ""):
        pass


async def private_query(stub):
    async for _ in stub.query_private("secrets", "{}"):
        pass


async def page(stub):
    await stub.range_page("", "", 10)


async def query_page(stub):
    await stub.query_page("{}", 10)


@pytest.mark.parametrize("read", [private_rows, private_query, page, query_page])
@pytest.mark.parametrize("first", ["read", "write"])
async def test_rows_that_are_not_repeated_and_writes(read, first):
    async def both(stub):
        for step in (read, put) if first == "read" else (put, read):
            await step(stub)

    peer = await started(both)
    if first == "read":
        await peer.next()
        peer.send(messages.RESPONSE, "t", rows())
    refused = await answer(peer)
    name = "PrivateRangeWithWrites" if "private" in read.__name__ else "PagedReadInSubmit"
    assert refused.status == 500
    assert refused.message.startswith(name)


@pytest.mark.parametrize("read", [page, query_page])
async def test_a_page_in_a_submit_function(read):
    async def marked(stub):
        stub.function, stub.read_only = "list_all", False
        await read(stub)

    refused = await answer(await started(marked))
    assert refused.message.startswith("PagedReadInSubmit: list_all reads a page and writes")


@pytest.mark.parametrize("size", [0, -1, 100_001])
async def test_a_page_of_no_size(size):
    async def ask(stub):
        await stub.range_page("", "", size)

    refused = await answer(await started(ask))
    assert refused.status == 400
    assert "1 to 100000 rows" in refused.message


async def test_a_queried_document_that_was_written():
    async def both(stub):
        await stub.put_state("k", b"{}")
        async for _ in stub.query("{}"):
            pass

    peer = await started(both)
    await peer.next()
    peer.send(messages.RESPONSE, "t", rows("k"))
    assert (await answer(peer)).message.startswith("ReadAfterWrite")


async def test_committed_is_said_on_purpose():
    async def both(stub):
        await stub.put_state("k", b"new")
        await stub.put_private("c", "k", b"new")
        old = await stub.get_committed("k")
        return old + await stub.get_committed_private("c", "k")

    peer = await started(both)
    for value in (b"old", b"older"):
        assert (await peer.next()).type == messages.GET_STATE
        peer.send(messages.RESPONSE, "t", value)
    await peer.next()
    peer.send(messages.RESPONSE, "t")
    assert (await answer(peer)).payload == b"oldolder"


@pytest.mark.parametrize(
    ("value", "result", "refused"),
    [
        (b"a private value of some length", b"see: a private value of some length!", True),
        (b"short", b"short", True),
        (b"short", b"this short word", False),
        (b"a private value of some length", b"its hash", False),
    ],
)
@pytest.mark.parametrize("marked", [False, True, None])
async def test_a_private_value_in_a_result(value, result, refused, marked):
    async def leak(stub):
        stub.function, stub.read_only = "show", marked
        await stub.get_private("c", "k")
        return result

    peer = await started(leak)
    await peer.next()
    peer.send(messages.RESPONSE, "t", value)
    found = await answer(peer)
    if refused and marked is False:
        assert found.message.startswith("PrivateDataInResult: show is marked @submit")
        assert b"private value of" not in found.message.encode()
    else:
        assert found.payload == result


async def test_a_private_value_in_an_event():
    async def leak(stub):
        stub.read_only = False
        stub.set_event("e", await stub.get_private("c", "k"))

    peer = await started(leak)
    await peer.next()
    peer.send(messages.RESPONSE, "t", b"a private value of some length")
    assert (await answer(peer)).message.startswith("PrivateDataInResult")


# --- time


async def test_a_transaction_that_takes_too_long():
    async def slow(stub):
        await stub.get_state("k")

    peer = await started(slow, time_limit=0.1)
    assert (await peer.next()).type == messages.GET_STATE
    await asyncio.sleep(0.3)
    assert peer.session.running == 1, "the peer still owes an answer"
    peer.send(messages.RESPONSE, "t", b"v")
    refused = await answer(peer)
    assert refused.status == 500
    assert refused.message.startswith("DeadlineExceeded: the function was given up after 0.1 s")
    assert peer.session.running == 0


async def test_a_contract_that_does_not_want_to_end():
    async def stubborn(stub):
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(30)
        return b"done"

    refused = await answer(await started(stubborn, time_limit=0.1))
    assert refused.message.startswith("DeadlineExceeded")


# --- what the client signed


async def test_decorations():
    async def shown(stub):
        return repr(dict(stub.decorations)).encode()

    peer = await started(shown)
    assert (await answer(peer)).payload == b"{}"
    wire = ChaincodeInput(args=[b"f"], decorations={"host": b"peer0"})
    peer.send(messages.TRANSACTION, "t2", wire.SerializeToString())
    assert (await answer(peer)).payload == b"{'host': b'peer0'}"


async def test_what_the_client_signed():
    seen = {}

    class Look(Contract, name="look"):
        @submit
        async def f(self, ctx: Context) -> None:
            stub = ctx.stub
            seen["ns"], seen["ms"] = stub.timestamp_ns, stub.timestamp
            seen["signed"], seen["binding"] = stub.signed_proposal, stub.binding
            seen["creator"] = stub.creator

    bench = Bench({"cc": Look()})
    alice = identity("EnergyMSP", "clerk")
    await bench.submit("cc", "f", creator=alice, timestamp=1_700_000_000_123)
    assert (seen["ms"], seen["ns"]) == (1_700_000_000_123, 1_700_000_000_123_000_000)
    assert seen["creator"] == alice.creator
    assert alice.creator in seen["signed"].proposal
    assert len(seen["binding"]) == 32


# --- keys and policies


parts = st.text(
    st.characters(exclude_characters="\x00\U0010ffff", exclude_categories=("Cs",)), max_size=8
)


@given(parts.filter(bool), st.lists(parts, max_size=4))
def test_composite_keys_come_apart_again(kind, attributes):
    assert split_composite_key(create_composite_key(kind, *attributes)) == (kind, attributes)


@pytest.mark.parametrize("parts", [("",), ("a\x00",), ("a", "\U0010ffff"), ("a", "\ud800")])
def test_parts_that_no_key_can_hold(parts):
    with pytest.raises(Invalid):
        create_composite_key(*parts)


@pytest.mark.parametrize("key", ["", "plain", "\x00", "\x00open"])
def test_what_is_no_composite_key(key):
    with pytest.raises(Invalid):
        split_composite_key(key)


def test_a_key_policy_is_built_up():
    policy = KeyEndorsementPolicy()
    policy.add_orgs("peer", "B", "A")
    assert policy.policy() == all_of("A", "B")
    policy = KeyEndorsementPolicy(policy.policy().encode())
    policy.delete_orgs("A", "nobody")
    policy.add_orgs("member", "C")
    assert policy.list_orgs() == ["B", "C"]
    assert str(policy.policy()) == "AND('B.peer', 'C.member')"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: KeyEndorsementPolicy(any_of("A", "B")),
        lambda: KeyEndorsementPolicy().policy(),
        lambda: KeyEndorsementPolicy().add_orgs("admin", "A"),
        lambda: KeyEndorsementPolicy().add_orgs("peer", ""),
    ],
)
def test_key_policies_that_cannot_be(wrong):
    with pytest.raises(ValueError):
        wrong()


# --- calls of one transaction


def test_memory_of_called_writes_ends():
    now = [0.0]
    memory = CalledWrites(lambda: now[0])
    for key in ("a", "b"):
        writes = WriteBuffer()
        writes.put("", key, b"1")
        memory.remember(("ch", "t"), writes)
    found = memory.of(("ch", "t"))
    assert found is not None
    assert found.values == {("", "a"), ("", "b")}
    assert found.within("", "a", "b")
    assert not found.within("", "c", "")
    now[0] = _KEPT + 1
    assert memory.of(("ch", "t")) is None
    memory.remember(("ch", "t2"), WriteBuffer())
    assert len(memory) == 1


class Callee(Contract, name="callee"):
    @submit
    async def write(self, ctx: Context, key: str) -> None:
        await ctx.stub.put_state(key, b"v")
        await ctx.stub.set_state_policy("bound", all_of("A"))

    @submit
    async def read(self, ctx: Context, key: str) -> bytes:
        return await ctx.stub.get_state(key) or b""

    @submit
    async def scan(self, ctx: Context, key: str) -> None:
        async for _ in ctx.stub.range(key, ""):
            pass

    @submit
    async def bound(self, ctx: Context, key: str) -> None:
        await ctx.stub.get_state_policy(key)

    @submit
    async def committed(self, ctx: Context, key: str) -> bytes:
        return await ctx.stub.get_committed(key) or b"nothing"


class Caller(Contract, name="caller"):
    @submit
    async def both(self, ctx: Context, written: str, then: str, read: str) -> bytes:
        await ctx.call("callee", "write", written)
        return await ctx.call("callee", then, read)


@pytest.mark.parametrize(
    ("written", "then", "read", "refused"),
    [
        ("k", "read", "k", True),
        ("k", "read", "other", False),
        ("k", "scan", "a", True),
        ("k", "scan", "l", False),
        ("k", "bound", "bound", True),
        ("k", "bound", "k", False),
        ("k", "committed", "k", False),
    ],
)
async def test_a_second_call_reads_what_the_first_wrote(written, then, read, refused):
    """Fabric would answer with the value from before the transaction."""
    bench = Bench({"caller": Caller(), "callee": Callee()})
    result = await bench.submit("caller", "both", written, then, read)
    if refused:
        assert "ReadAfterWrite" in result.message
    else:
        assert result.ok, result.message


# --- the parts that are easily forgotten


@pytest.mark.parametrize(("start", "sent"), [("", "\x01"), ("a", "a")])
async def test_a_private_range_leaves_composite_keys_out_as_a_public_one_does(start, sent):
    async def scan(stub):
        return repr([row.key async for row in stub.range_private("c", start, "")]).encode()

    peer = await started(scan)
    asked = GetStateByRange.FromString((await peer.next()).payload)
    assert (asked.startKey, asked.endKey, asked.collection) == (sent, "", "c")
    peer.send(messages.RESPONSE, "t", rows("b"))
    assert (await answer(peer)).payload == b"['b']"


async def test_a_page_of_all_composite_keys():
    async def page(stub):
        found = await stub.all_composite_keys_page(5, "\x00meter\x00M7\x00")
        return repr([row.key for row in found.rows]).encode()

    peer = await started(page)
    asked = GetStateByRange.FromString((await peer.next()).payload)
    assert (asked.startKey, asked.endKey) == ("\x00", "\x00\U0010ffff")
    paging = QueryMetadata.FromString(asked.metadata)
    assert (paging.pageSize, paging.bookmark) == (5, "\x00meter\x00M7\x00")
    peer.send(messages.RESPONSE, "t", rows("\x00other\x00"))
    assert (await answer(peer)).payload == repr(["\x00other\x00"]).encode()


@pytest.mark.parametrize(("policy", "why"), [(b"", "nobody could ever satisfy"), ("A", "not str")])
@pytest.mark.parametrize("collection", ["", "c"])
async def test_a_policy_that_would_lock_the_key(policy, why, collection):
    async def bind(stub):
        if collection:
            await stub.set_private_policy(collection, "k", policy)
        else:
            await stub.set_state_policy("k", policy)

    refused = await answer(await started(bind))
    assert refused.status == 400
    assert why in refused.message


def test_organisations_in_a_policy_are_in_the_order_of_their_names():
    """As fabric-chaincode-go's statebased has them, also where one name begins another."""
    envelope = SignaturePolicyEnvelope.FromString(all_of("Org-B", "Org", "OrgA").encode())
    named = [MSPRole.FromString(one.principal).msp_identifier for one in envelope.identities]
    assert named == ["Org", "Org-B", "OrgA"]
    assert [rule.signed_by for rule in envelope.rule.n_out_of.rules] == [0, 1, 2]
