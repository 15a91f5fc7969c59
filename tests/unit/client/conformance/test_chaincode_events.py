"""What the official client's tests say of chaincode events (chaincodeevents.test.ts)."""

from typing import Any

import grpc
import pytest

import weftwork
from tests.unit.client.conformance.conftest import OPTIONS
from tests.unit.client.conformance.stub import CHAINCODE_EVENTS, Failed, StubChannel
from weftwork_protos import gateway_pb2, peer_pb2


def happened(number: int) -> peer_pb2.ChaincodeEvent:
    return peer_pb2.ChaincodeEvent(
        chaincode_id="CHAINCODE",
        tx_id=f"tx{number}",
        event_name=f"event{number}",
        payload=b"payload%d" % number,
    )


RESPONSES = [
    gateway_pb2.ChaincodeEventsResponse(block_number=1, events=[happened(1), happened(2)]),
    gateway_pb2.ChaincodeEventsResponse(block_number=2, events=[happened(3)]),
]


def fresh() -> weftwork.MemoryCheckpointer:
    return weftwork.MemoryCheckpointer()


def at_block(number: int) -> weftwork.MemoryCheckpointer:
    checkpointer = weftwork.MemoryCheckpointer()
    checkpointer.checkpoint_block(number)
    return checkpointer


def at_transaction(number: int, transaction_id: str) -> weftwork.MemoryCheckpointer:
    checkpointer = weftwork.MemoryCheckpointer()
    checkpointer.checkpoint_transaction(number, transaction_id)
    return checkpointer


def asked(channel: StubChannel) -> gateway_pb2.ChaincodeEventsRequest:
    signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(
        channel.last(CHAINCODE_EVENTS).request
    )
    assert signed.signature == b"SIGNATURE"
    return gateway_pb2.ChaincodeEventsRequest.FromString(signed.request)


# sends valid request: default position, start block, fresh checkpointer with and without a start
# block, checkpointed block, checkpointed transaction with and without a start block
@pytest.mark.parametrize(
    ("options", "start", "after"),
    [
        ({}, None, ""),
        ({"start_block": 418}, 418, ""),
        ({"start_block": 418, "checkpoint": fresh()}, 418, ""),
        ({"start_block": 418, "checkpoint": at_block(1)}, 2, ""),
        ({"start_block": 418, "checkpoint": at_transaction(1, "txn1")}, 1, "txn1"),
        ({"checkpoint": fresh()}, None, ""),
        ({"checkpoint": at_transaction(1, "txn1")}, 1, "txn1"),
    ],
    ids=[
        "default",
        "start",
        "fresh-and-start",
        "block",
        "transaction-and-start",
        "fresh",
        "transaction",
    ],
)
def test_the_request_says_where_to_begin(
    channel: StubChannel,
    network: weftwork.Network,
    options: dict[str, Any],
    start: int | None,
    after: str,
) -> None:
    # Of a request; a stream that may reconnect leaves out by itself what it knows already.
    with network.chaincode_events_request("CHAINCODE", **options).events():
        pass
    request = asked(channel)
    assert (request.channel_id, request.chaincode_id) == ("CHANNEL_NAME", "CHAINCODE")
    assert request.after_transaction_id == after
    if start is None:
        assert request.start_position.WhichOneof("Type") == "next_commit"
    else:
        assert request.start_position.WhichOneof("Type") == "specified"
        assert request.start_position.specified.number == start


# sends valid request with checkpointed chaincode event
def test_an_event_may_be_the_checkpoint(channel: StubChannel, network: weftwork.Network) -> None:
    channel.streams[CHAINCODE_EVENTS] = list(RESPONSES)
    checkpointer = fresh()
    with network.chaincode_events("CHAINCODE") as events:
        checkpointer.checkpoint_chaincode_event(next(events))
    with network.chaincode_events("CHAINCODE", checkpoint=checkpointer, reconnect=False):
        pass
    request = asked(channel)
    assert request.start_position.specified.number == 1
    assert request.after_transaction_id == "tx1"


# throws with negative specified start block number
def test_a_negative_start_block_is_refused(channel: StubChannel, network: weftwork.Network) -> None:
    with pytest.raises(ValueError, match="-1"):
        network.chaincode_events("CHAINCODE", start_block=-1)
    assert not channel.sent


# uses specified call options; uses default call options; default call options are not modified
def test_a_stream_has_its_own_timeout(channel: StubChannel, network: weftwork.Network) -> None:
    with network.chaincode_events_request("CHAINCODE").events(timeout=1.5):
        pass
    assert channel.last(CHAINCODE_EVENTS).timeout == pytest.approx(1.5, abs=0.2)
    with network.chaincode_events("CHAINCODE"):
        pass
    assert channel.last(CHAINCODE_EVENTS).timeout == pytest.approx(15, abs=0.2)
    assert OPTIONS.chaincode_events.timeout == 15


# throws GatewayError on call ServiceError, before the first event
def test_a_refused_stream_is_an_error(channel: StubChannel, network: weftwork.Network) -> None:
    failed = Failed(grpc.StatusCode.PERMISSION_DENIED, "ERROR_MESSAGE")
    channel.streams[CHAINCODE_EVENTS] = [failed]
    with (
        network.chaincode_events("CHAINCODE") as events,
        pytest.raises(weftwork.GatewayError, match="ERROR_MESSAGE") as raised,
    ):
        next(events)
    assert raised.value.status == "PERMISSION_DENIED"
    assert raised.value.__cause__ is failed


# returns events as AsyncIterable
def test_events_come_in_order(channel: StubChannel, network: weftwork.Network) -> None:
    channel.streams[CHAINCODE_EVENTS] = list(RESPONSES)
    with network.chaincode_events("CHAINCODE") as events:
        found = [next(events) for _ in range(3)]
    assert [
        (event.block_number, event.chaincode, event.name, event.transaction_id, event.payload)
        for event in found
    ] == [
        (1, "CHAINCODE", "event1", "tx1", b"payload1"),
        (1, "CHAINCODE", "event2", "tx2", b"payload2"),
        (2, "CHAINCODE", "event3", "tx3", b"payload3"),
    ]


# closing iterable cancels gRPC client stream; resource clean-up cancels gRPC client stream
@pytest.mark.parametrize("leave", ["close", "with"])
def test_leaving_cancels_the_stream(
    channel: StubChannel, network: weftwork.Network, leave: str
) -> None:
    channel.streams[CHAINCODE_EVENTS] = list(RESPONSES)
    if leave == "close":
        network.chaincode_events("CHAINCODE").close()
    else:
        with network.chaincode_events("CHAINCODE"):
            pass
    assert channel.opened
    assert all(stream.cancelled for stream in channel.opened)


# throws GatewayError on ServiceError while events are read
def test_a_broken_stream_is_an_error(channel: StubChannel, network: weftwork.Network) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "ERROR_MESSAGE")
    channel.streams[CHAINCODE_EVENTS] = [failed]
    with (
        network.chaincode_events("CHAINCODE", reconnect=False) as events,
        pytest.raises(weftwork.EventsError, match="ERROR_MESSAGE") as raised,
    ):
        next(events)
    assert raised.value.status == "UNAVAILABLE"
    assert raised.value.__cause__ is failed
