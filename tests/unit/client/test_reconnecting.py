"""What breaks a stream for good and what for a while; closing, cancelling, time limits."""

import asyncio
import logging
import threading
import time

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Failure, FakeGateway
from tests.unit.client.memory_peer import (
    CHAINCODE,
    MemoryPeers,
    Session,
    events_of,
    gateway_of,
)
from tests.unit.client.people import user
from weftwork import Cursor, EventsError, Reconnect
from weftwork.reconnect import Backoff, is_transient
from weftwork_protos import gateway_pb2

CHANNEL = "crosswork"
AT_ONCE = Reconnect(first_pause=0, longest_pause=0)
DOWN = Failure(grpc.StatusCode.UNAVAILABLE, "the peer is leaving")


def answer(number: int, *ids: str) -> gateway_pb2.ChaincodeEventsResponse:
    return gateway_pb2.ChaincodeEventsResponse.FromString(events_of(number, ids))


@pytest.mark.parametrize(
    "status", ["INVALID_ARGUMENT", "PERMISSION_DENIED", "NOT_FOUND", "UNAUTHENTICATED"]
)
def test_a_refusal_is_raised_at_once(status: str) -> None:
    peers = MemoryPeers([["a"], ["b"]], [Session(answers=1, status=status)])
    stream = gateway_of(peers).network(CHANNEL).chaincode_events(CHAINCODE, start_block=0)
    assert next(stream).transaction_id == "a"
    with pytest.raises(EventsError, match=r"\(go on from cursor 0:a\)") as caught:
        next(stream)
    assert (caught.value.status, caught.value.cursor) == (status, Cursor(0, "a"))
    assert list(stream) == []
    again = gateway_of(peers).network(CHANNEL)
    cursor = caught.value.cursor
    assert [event.transaction_id for event in again.chaincode_events(CHAINCODE, checkpoint=cursor)]


def test_a_message_that_is_too_large_would_come_again() -> None:
    too_large = "CLIENT: Received message larger than max (5 vs. 4)"
    assert not is_transient(EventsError("RESOURCE_EXHAUSTED", too_large), 1)
    assert is_transient(EventsError("RESOURCE_EXHAUSTED", "too many requests"), 1)


def test_a_peer_that_is_behind_is_asked_again_where_another_was_further() -> None:
    """Deliver answers so to a start beyond its next block; see fileledger in Fabric."""
    behind = EventsError("NOT_FOUND", "the peer ended the stream")
    assert is_transient(behind, 2, read=True)
    assert not is_transient(behind, 2), "nothing was read: no such block may ever come"
    assert not is_transient(behind, 1, read=True), "no other peer it could be behind"


@pytest.mark.parametrize("peers", [1, 2])
def test_a_stream_that_moved_waits_for_a_peer_that_is_behind(peers: int) -> None:
    sessions = [Session(answers=1), Session(answers=0, status="NOT_FOUND"), Session()]
    memory = MemoryPeers([["a"], ["b"]], sessions, health=("memory:1", "memory:2")[:peers])
    stream = (
        gateway_of(memory)
        .network(CHANNEL)
        .chaincode_events(CHAINCODE, start_block=0, reconnect=AT_ONCE)
    )
    assert next(stream).transaction_id == "a"
    if peers == 2:
        assert next(stream).transaction_id == "b"
    else:
        with pytest.raises(EventsError, match="NOT_FOUND"):
            next(stream)


def test_blocks_before_a_snapshot_are_asked_of_another_peer_alone() -> None:
    words = "cannot serve block [0]. The ledger is bootstrapped from a snapshot"
    assert is_transient(EventsError("ABORTED", words), 2)
    assert not is_transient(EventsError("ABORTED", words), 1)
    assert is_transient(EventsError("ABORTED", "something else"), 1)


def test_a_break_is_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[EventsError, float]] = []
    settings = Reconnect(
        first_pause=0.01, longest_pause=0.01, on_break=lambda *given: told.append(given)
    )
    peers = MemoryPeers([["a"], ["b"]], [Session(answers=1), Session(answers=0)])
    network = gateway_of(peers).network(CHANNEL)
    with caplog.at_level(logging.INFO, "weftwork.events"):
        assert (
            len(list(network.chaincode_events(CHAINCODE, start_block=0, reconnect=settings))) == 2
        )
    assert [error.cursor for error, _ in told] == [Cursor(0, "a")] * 2
    assert all(0.005 <= pause <= 0.01 for _, pause in told)
    warned, _, info = [record.getMessage() for record in caplog.records]
    assert "UNAVAILABLE: the peer is gone (go on from cursor 0:a); read again in 0.01 s" in warned
    assert info == "events come again, from memory:1"


def test_pauses_grow_to_a_bound_and_patience_ends() -> None:
    now = 0.0
    backoff = Backoff(
        Reconnect(first_pause=1, longest_pause=5, jitter=0, patience=20), clock=lambda: now
    )
    pauses: list[float] = []
    while (pause := backoff.broke()) is not None:
        pauses.append(pause)
        now += pause
        backoff.opened()
    assert pauses == [1, 2, 4, 5, 5, 5]
    backoff.heard()
    assert backoff.broke() == 1


def test_a_silent_stream_that_lasted_has_worked() -> None:
    now = 0.0
    backoff = Backoff(Reconnect(first_pause=1, longest_pause=5, jitter=0), clock=lambda: now)
    assert [backoff.broke(), backoff.broke()] == [1, 2]
    backoff.opened()
    now += 60
    assert backoff.broke() == 1


def test_jitter_spreads_readers() -> None:
    pauses = {Backoff(Reconnect(first_pause=1, longest_pause=1)).broke() for _ in range(50)}
    assert len(pauses) > 10
    assert all(pause is not None and 0.5 <= pause <= 1 for pause in pauses)


def test_patience_ends_in_words() -> None:
    settings = Reconnect(first_pause=0.01, longest_pause=0.01, patience=0.05)
    peers = MemoryPeers([["a"]], [Session(answers=0)] * 100)
    stream = gateway_of(peers).network(CHANNEL).chaincode_events(
        CHAINCODE, start_block=0, reconnect=settings
    )  # fmt: skip
    with pytest.raises(EventsError, match=r"no peer has answered for 0.05 s .*cursor 0\)"):
        next(stream)


def test_a_time_limit_holds_over_all_streams(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    for _ in range(100):
        fake.events.put(DOWN)
    begun = time.monotonic()
    with pytest.raises(EventsError):
        next(gateway.network(CHANNEL).chaincode_events("c", start_block=1, timeout=0.5))
    assert 0.4 < time.monotonic() - begun < 5


def test_closing_ends_a_pause(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.events.put(DOWN)
    events = gateway.network(CHANNEL).chaincode_events(
        "c", reconnect=Reconnect(first_pause=60, longest_pause=60)
    )
    threading.Timer(0.3, events.close).start()
    begun = time.monotonic()
    assert list(events) == []
    assert time.monotonic() - begun < 5


async def test_async_closing_ends_a_pause(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.events.put(DOWN)
    events = async_gateway.network(CHANNEL).chaincode_events(
        "c", reconnect=Reconnect(first_pause=60, longest_pause=60)
    )
    asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(events.aclose()))
    async with asyncio.timeout(5):
        assert [event async for event in events] == []


async def test_a_reader_that_was_cancelled_reads_on(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.events.put(answer(3, "a", "b"))
    async with async_gateway.network(CHANNEL).chaincode_events("c", start_block=3) as events:
        assert (await anext(events)).transaction_id == "a"
        assert (await anext(events)).transaction_id == "b"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.3)
        fake.events.put(None)  # to the handler of the first stream, which waits for one
        await asyncio.sleep(0.2)
        fake.events.put(answer(3, "a", "b"))
        fake.events.put(answer(4, "c"))
        async with asyncio.timeout(5):
            assert (await anext(events)).transaction_id == "c"
    assert [request.start_position.specified.number for request in fake.event_requests] == [3, 3]


async def test_a_peers_break_mid_stream_async(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    for said in (answer(3, "a", "b"), DOWN, answer(3, "a", "b"), answer(4, "c"), None):
        fake.events.put(said)
    network = async_gateway.network(CHANNEL)
    async with asyncio.timeout(5):
        found = [event async for event in network.chaincode_events("c", start_block=3)]
    assert [event.transaction_id for event in found] == ["a", "b", "c"]


def test_a_gateway_closed_under_a_reader(fake: FakeGateway) -> None:
    clerk = user()
    gateway = weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer())
    events = gateway.network(CHANNEL).chaincode_events("c")
    threading.Timer(0.3, gateway.close).start()
    with pytest.raises(weftwork.ClosedError):
        next(events)


async def test_an_async_gateway_closed_under_a_reader(fake: FakeGateway) -> None:
    clerk = user()
    gateway = weftwork.aio.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer())
    events = gateway.network(CHANNEL).chaincode_events("c")
    asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(gateway.aclose()))
    async with asyncio.timeout(5):
        with pytest.raises(weftwork.ClosedError):
            await anext(events)


def test_a_request_signed_elsewhere_is_sent_as_it_is_and_cannot_be_moved() -> None:
    clerk = user()
    maker = gateway_of(MemoryPeers([[]])).network(CHANNEL)
    unsigned = maker.chaincode_events_request(CHAINCODE, start_block=0)
    assert unsigned.signature == b""
    peers = MemoryPeers([["a"], ["b"]], [Session(answers=1)])
    sender = weftwork.Gateway(peers, clerk.identity, None, weftwork.Options())  # type: ignore[arg-type]
    restored = sender.chaincode_events_request(unsigned.to_bytes(), b"signed elsewhere")
    assert (restored.chaincode, restored.channel, restored.start_block) == (CHAINCODE, CHANNEL, 0)
    assert restored.digest == unsigned.digest
    stream = restored.events()
    assert next(stream).transaction_id == "a"
    with pytest.raises(EventsError, match=r"signed elsewhere.*cursor 0:a\)") as caught:
        next(stream)
    further = sender.network(CHANNEL).chaincode_events_request(
        CHAINCODE, checkpoint=caught.value.cursor
    )
    again = sender.chaincode_events_request(further.to_bytes(), b"signed again")
    assert [event.transaction_id for event in again.events()] == ["b"]


@pytest.mark.parametrize(
    "kind",
    [
        "block_events_request",
        "filtered_block_events_request",
        "block_and_private_data_events_request",
    ],
)
def test_requests_for_blocks_travel_too(kind: str) -> None:
    clerk = user()
    peers = MemoryPeers([[], [], []], [Session(answers=1)])
    sender = weftwork.Gateway(peers, clerk.identity, None, weftwork.Options())  # type: ignore[arg-type]
    unsigned = getattr(sender.network(CHANNEL), kind)(start_block=1, stop_block=2)
    with pytest.raises(weftwork.SignatureError):
        unsigned.events()
    restored = getattr(sender, kind)(unsigned.to_bytes(), b"signed elsewhere")
    stream = restored.events()
    assert next(stream).number == 1
    with pytest.raises(EventsError, match=r"signed elsewhere.*cursor 2\)"):
        next(stream)


def test_a_restored_request_that_this_gateway_signs_goes_on() -> None:
    peers = MemoryPeers([["a"], ["b"]], [Session(answers=1)])
    gateway = gateway_of(peers)
    made = gateway.network(CHANNEL).chaincode_events_request(CHAINCODE, start_block=0)
    stream = gateway.chaincode_events_request(made.to_bytes()).events(reconnect=AT_ONCE)
    assert [event.transaction_id for event in stream] == ["a", "b"]


def test_bytes_that_are_no_request_are_refused() -> None:
    gateway = gateway_of(MemoryPeers([[]]))
    for restore in (gateway.chaincode_events_request, gateway.block_events_request):
        with pytest.raises(weftwork.LedgerError, match="these bytes are not"):
            restore(b"\xff\xff")
