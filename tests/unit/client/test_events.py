"""Event streams: order, start, leaving, breaking, sync and async."""

import asyncio
import threading
import time

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Failure, FakeGateway, Outcome
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2

CHANNEL = "crosswork"


def block_of_events(number: int, *names: str) -> gateway_pb2.ChaincodeEventsResponse:
    return gateway_pb2.ChaincodeEventsResponse(
        block_number=number,
        events=[
            peer_pb2.ChaincodeEvent(
                chaincode_id="logistics",
                tx_id=f"tx-{name}",
                event_name=name,
                payload=name.encode(),
            )
            for name in names
        ],
    )


def test_events_come_in_order_and_end_with_the_stream(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.events.put(block_of_events(3, "a", "b"))
    fake.events.put(block_of_events(4))
    fake.events.put(block_of_events(5, "c"))
    fake.events.put(None)
    with gateway.network(CHANNEL).chaincode_events("logistics", start_block=3) as events:
        found = list(events)
    assert [(event.block_number, event.name) for event in found] == [(3, "a"), (3, "b"), (5, "c")]
    assert found[0].transaction_id == "tx-a"
    assert (found[0].chaincode, found[0].payload) == ("logistics", b"a")
    (request,) = fake.event_requests
    assert (request.channel_id, request.chaincode_id) == (CHANNEL, "logistics")
    assert request.start_position.specified.number == 3


def test_the_start_is_the_next_commit_unless_said(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.events.put(None)
    fake.events.put(None)
    network = gateway.network(CHANNEL)
    assert list(network.chaincode_events("c")) == []
    assert list(network.chaincode_events("c", start_block=0, after_transaction_id="tx")) == []
    first, second = fake.event_requests
    assert first.start_position.WhichOneof("Type") == "next_commit"
    assert second.start_position.WhichOneof("Type") == "specified"
    assert second.start_position.specified.number == 0
    assert second.after_transaction_id == "tx"


def test_leaving_stops_the_stream_at_the_server(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.events.put(block_of_events(1, "a"))
    with gateway.network(CHANNEL).chaincode_events("logistics") as events:
        assert next(events).name == "a"
    assert fake.streams_ended.wait(5)


def test_closing_from_another_thread_ends_the_iteration(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    events = gateway.network(CHANNEL).chaincode_events("logistics")
    threading.Timer(0.3, events.close).start()
    begun = time.monotonic()
    assert list(events) == []
    assert time.monotonic() - begun < 5


def test_a_broken_stream_is_an_events_error(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.events.put(block_of_events(1, "a"))
    fake.events.put(Failure(grpc.StatusCode.UNAVAILABLE, "the peer is leaving"))
    events = gateway.network(CHANNEL).chaincode_events("logistics", reconnect=False)
    assert next(events).name == "a"
    with pytest.raises(weftwork.EventsError, match="the peer is leaving") as caught:
        next(events)
    assert caught.value.status == "UNAVAILABLE"
    assert str(caught.value).endswith("(go on from cursor 1:tx-a)")
    assert list(events) == []


def test_a_timeout_ends_the_stream_with_an_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    with pytest.raises(weftwork.EventsError) as caught:
        next(gateway.network(CHANNEL).chaincode_events("logistics", timeout=0.2))
    assert caught.value.status == "DEADLINE_EXCEEDED"


async def test_async_events(fake: FakeGateway, async_gateway: weftwork.aio.Gateway) -> None:
    fake.events.put(block_of_events(3, "a", "b"))
    network = async_gateway.network(CHANNEL)
    async with network.chaincode_events("logistics") as events:
        assert (await anext(events)).name == "a"
        assert (await anext(events)).name == "b"
        asyncio.get_running_loop().call_later(0.2, lambda: asyncio.ensure_future(events.aclose()))
        async with asyncio.timeout(5):
            assert [event async for event in events] == []
    assert fake.streams_ended.wait(5)


async def test_a_cancelled_reader_is_cancelled(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    events = async_gateway.network(CHANNEL).chaincode_events("logistics")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(events), 0.3)
    await events.aclose()


def test_blocks_as_they_are_delivered(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["f"] = lambda call: Outcome(b"")
    network = gateway.network(CHANNEL)
    for _ in range(3):
        network.contract("c").submit("f")
    with network.block_events(start_block=1, stop_block=2) as blocks:
        found = list(blocks)
    assert [block.number for block in found] == [1, 2]
    assert found[0].transactions[0].transaction_id == fake.submitted[0]


def test_a_refused_delivery_is_an_events_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.deliveries.put(peer_pb2.DeliverResponse(status=common_pb2.FORBIDDEN))
    with pytest.raises(weftwork.EventsError, match="FORBIDDEN"):
        next(gateway.network(CHANNEL).block_events())


def test_a_refused_request_for_blocks_names_the_hash_that_it_may_lack(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    """A peer says BAD_REQUEST and no more, whatever it is that it cannot take."""
    fake.deliveries.put(peer_pb2.DeliverResponse(status=common_pb2.BAD_REQUEST))
    with pytest.raises(weftwork.EventsError, match=r"Options\.tls_certificate_hash") as caught:
        next(gateway.network(CHANNEL).block_events())
    assert caught.value.status == "BAD_REQUEST"
