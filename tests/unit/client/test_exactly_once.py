"""Each event once, in order, none left out: whatever breaks, wherever, however often."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import weftwork
from tests.unit.client.memory_peer import CHAINCODE, MemoryPeers, Session, gateway_of
from weftwork import Cursor, FilteredBlock, Network, Reconnect
from weftwork.ledger import ChaincodeEvent
from weftwork.progress import BlockProgress, ChaincodeProgress

AT_ONCE = Reconnect(first_pause=0, longest_pause=0)

ledgers = st.lists(st.integers(0, 3), min_size=1, max_size=7).map(
    lambda sizes: [
        [f"tx{number}-{place}" for place in range(size)] for number, size in enumerate(sizes)
    ]
)


def breaks(height: int) -> st.SearchStrategy[list[Session]]:
    """Streams that break after some answers, at peers that may be behind."""
    session = st.builds(
        Session,
        answers=st.integers(0, 3),
        height=st.one_of(st.none(), st.integers(0, height)),
        status=st.sampled_from(["UNAVAILABLE", "ABORTED", "INTERNAL", "UNKNOWN", "CANCELLED"]),
    )
    return st.lists(session, max_size=5)


def all_of(blocks: list[list[str]]) -> list[str]:
    return list(chain.from_iterable(blocks))


def network_of(peers: MemoryPeers) -> Network:
    return gateway_of(peers).network("crosswork")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_chaincode_events_from_a_block(data: st.DataObject) -> None:
    ledger = data.draw(ledgers)
    start = data.draw(st.integers(0, len(ledger) - 1))
    peers = MemoryPeers(ledger, data.draw(breaks(len(ledger))))
    stream = network_of(peers).chaincode_events(CHAINCODE, start_block=start, reconnect=AT_ONCE)
    assert [event.transaction_id for event in stream] == all_of(ledger[start:])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_chaincode_events_after_a_stored_cursor(data: st.DataObject) -> None:
    """A consumer that dies anywhere goes on from the cursor in its database."""
    ledger = data.draw(ledgers)
    stored: str | None = None
    handled: list[str] = []
    while True:
        peers = MemoryPeers(ledger, data.draw(breaks(len(ledger))))
        lives_for = data.draw(st.integers(1, 4))
        stream = network_of(peers).chaincode_events(
            CHAINCODE,
            start_block=0,
            checkpoint=Cursor.parse(stored) if stored else None,
            reconnect=AT_ONCE,
        )
        for event, _ in zip(stream, range(lives_for), strict=False):
            handled.append(event.transaction_id)
            stored = str(event.cursor)
        stream.close()
        if len(handled) >= len(all_of(ledger)):
            break
    assert handled == all_of(ledger)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_chaincode_events_from_the_next_commit(data: st.DataObject) -> None:
    """What was committed while the stream was broken counts from when it was first opened."""
    ledger = data.draw(ledgers)
    begun = data.draw(st.integers(1, len(ledger)))
    first = Session(answers=0, height=begun)
    peers = MemoryPeers(ledger, [first, *data.draw(breaks(len(ledger)))])
    stream = network_of(peers).chaincode_events(CHAINCODE, reconnect=AT_ONCE)
    assert [event.transaction_id for event in stream] == all_of(ledger[begun:])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_blocks(data: st.DataObject) -> None:
    ledger = data.draw(ledgers)
    last = len(ledger) - 1
    start = data.draw(st.integers(0, last))
    stop = data.draw(st.one_of(st.none(), st.integers(start, last)))
    kind = data.draw(
        st.sampled_from(["block_events", "filtered_block_events", "block_and_private_data_events"])
    )
    peers = MemoryPeers(ledger, data.draw(breaks(len(ledger))))
    stream = getattr(network_of(peers), kind)(start_block=start, stop_block=stop, reconnect=AT_ONCE)
    end = last if stop is None else stop
    found = list(stream)
    assert [block.number for block in found] == list(range(start, end + 1))
    assert [block.cursor for block in found] == [Cursor(block.number + 1) for block in found]


def test_a_stream_that_goes_on_asks_for_the_whole_block() -> None:
    peers = MemoryPeers([[], ["a", "b"], ["c"]], [Session(answers=1)])
    stream = network_of(peers).chaincode_events(CHAINCODE, start_block=0, reconnect=AT_ONCE)
    assert [event.transaction_id for event in stream] == ["a", "b", "c"]
    again = peers.opened[1]
    assert again.start_position.specified.number == 1
    assert not again.after_transaction_id


def test_the_official_request_where_nothing_is_opened_again() -> None:
    peers = MemoryPeers([["a", "b"]])
    stream = network_of(peers).chaincode_events(
        CHAINCODE, checkpoint=Cursor(0, "a"), reconnect=False
    )
    assert [event.transaction_id for event in stream] == ["b"]
    (asked,) = peers.opened
    assert (asked.start_position.specified.number, asked.after_transaction_id) == (0, "a")


def test_another_ledger_is_told() -> None:
    """A channel made anew, or a backup, behind the same address: silence would be worse."""
    peers = MemoryPeers([["a"], ["b"]], [Session(answers=1), Session(forked=True)])
    stream = network_of(peers).chaincode_events(CHAINCODE, start_block=0, reconnect=AT_ONCE)
    assert next(stream).transaction_id == "a"
    with pytest.raises(weftwork.EventsError, match=r"DATA_LOSS.*block 0 has no event") as caught:
        next(stream)
    assert caught.value.cursor == Cursor(0, "a")
    assert list(stream) == []


def test_a_stored_cursor_of_another_ledger_is_told() -> None:
    peers = MemoryPeers([["a"], ["b"]])
    stream = network_of(peers).chaincode_events(CHAINCODE, checkpoint=Cursor(0, "gone"))
    with pytest.raises(weftwork.EventsError, match="is not the one that was read before"):
        next(stream)


def test_blocks_of_another_ledger_are_told() -> None:
    peers = MemoryPeers([[], [], []], [Session(answers=2), Session(forked=True)])
    stream = network_of(peers).block_events(start_block=0, reconnect=AT_ONCE)
    assert [next(stream).number, next(stream).number] == [0, 1]
    with pytest.raises(weftwork.EventsError, match="does not follow block 1") as caught:
        next(stream)
    assert caught.value.cursor == Cursor(2)


def test_a_peer_that_begins_too_early_brings_nothing_twice() -> None:
    events = [ChaincodeEvent(number, f"tx{number}", CHAINCODE, "e", b"") for number in range(4)]
    reader = ChaincodeProgress(Cursor(2))
    assert [reader.fresh([event]) for event in events] == [[], [], [events[2]], [events[3]]]
    blocks = [FilteredBlock("crosswork", number, ()) for number in range(4)]
    assert BlockProgress[FilteredBlock](Cursor(2), None).fresh(blocks) == blocks[2:]


def test_a_peer_that_leaves_a_block_out_is_told() -> None:
    reader = BlockProgress[FilteredBlock](Cursor(2), None)
    with pytest.raises(weftwork.EventsError, match="block 2 was left out before 3"):
        reader.fresh([FilteredBlock("crosswork", 3, ())])
