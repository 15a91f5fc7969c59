"""What the official client's tests say of streams of blocks, of all three kinds
(blockevents.test.ts).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

import weftwork
from tests.unit.client.conformance.conftest import OPTIONS
from tests.unit.client.conformance.requests import Sought
from tests.unit.client.conformance.stub import (
    DELIVER,
    DELIVER_FILTERED,
    DELIVER_PRIVATE,
    Failed,
    StubChannel,
)
from tests.unit.client.people import user
from weftwork.ledger import header_hash
from weftwork_protos import common_pb2, peer_pb2


def block(number: int) -> common_pb2.Block:
    previous = header_hash(number - 1, b"", b"") if number == 2 else b""
    return common_pb2.Block(
        header=common_pb2.BlockHeader(number=number, previous_hash=previous),
        data=common_pb2.BlockData(),
        metadata=common_pb2.BlockMetadata(metadata=[b"", b"", b""]),
    )


@dataclass(frozen=True)
class Kind:
    """One kind of stream: where it is asked for, and a message of it."""

    name: str
    path: str
    default: float | None
    message: Callable[[int], peer_pb2.DeliverResponse]
    number: Callable[[Any], int]

    def request(self, network: weftwork.Network, **options: Any) -> Any:
        return getattr(network, f"{self.name}_request")(**options)

    def events(self, network: weftwork.Network, **options: Any) -> Any:
        return getattr(network, self.name)(**options)


KINDS = [
    Kind(
        "block_events",
        DELIVER,
        16,
        lambda number: peer_pb2.DeliverResponse(block=block(number)),
        lambda event: event.number,
    ),
    Kind(
        "filtered_block_events",
        DELIVER_FILTERED,
        17,
        lambda number: peer_pb2.DeliverResponse(
            filtered_block=peer_pb2.FilteredBlock(channel_id="CHANNEL_NAME", number=number)
        ),
        lambda event: event.number,
    ),
    Kind(
        "block_and_private_data_events",
        DELIVER_PRIVATE,
        18,
        lambda number: peer_pb2.DeliverResponse(
            block_and_private_data=peer_pb2.BlockAndPrivateData(block=block(number))
        ),
        lambda event: event.block.number,
    ),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def checkpointed(block: int, transaction_id: str = "") -> weftwork.MemoryCheckpointer:
    checkpointer = weftwork.MemoryCheckpointer()
    if transaction_id:
        checkpointer.checkpoint_transaction(block, transaction_id)
    else:
        checkpointer.checkpoint_block(block)
    return checkpointer


# sends valid request: default position, start block, unset checkpoint with and without a start
# block, checkpointed block, checkpointed transaction in block zero
@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, None),
        ({"start_block": 418}, 418),
        ({"start_block": 418, "checkpoint": weftwork.MemoryCheckpointer()}, 418),
        ({"start_block": 418, "checkpoint": checkpointed(1)}, 2),
        ({"start_block": 418, "checkpoint": checkpointed(0, "transactionID")}, 0),
        ({"checkpoint": weftwork.MemoryCheckpointer()}, None),
    ],
    ids=["default", "start", "unset-and-start", "block", "transaction-in-zero", "unset"],
)
def test_the_request_says_where_to_begin(
    kind: Kind,
    channel: StubChannel,
    network: weftwork.Network,
    options: dict[str, Any],
    start: int | None,
) -> None:
    with kind.events(network, **options):
        pass
    sought = Sought.of(channel.last(kind.path).request)
    assert sought.channel == network.name
    assert (sought.mspid, sought.certificate) == (
        user().identity.mspid,
        user().identity.certificate,
    )
    begin = sought.seek.start
    if start is None:
        assert begin.WhichOneof("Type") == "next_commit"
    else:
        assert begin.WhichOneof("Type") == "specified"
        assert begin.specified.number == start
    assert sought.seek.stop.specified.number == 2**53 - 1


# throws with negative specified start block number
def test_a_negative_start_block_is_refused(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    with pytest.raises(ValueError, match="-1"):
        kind.events(network, start_block=-1)
    assert not channel.sent


# uses specified call options; uses default call options; default call options are not modified
def test_a_stream_has_its_own_timeout(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    with kind.request(network).events(timeout=1.5):
        pass
    assert channel.last(kind.path).timeout == pytest.approx(1.5, abs=0.2)
    with kind.events(network):
        pass
    assert channel.last(kind.path).timeout == pytest.approx(kind.default, abs=0.2)
    assert OPTIONS.block_events.timeout == 16


# throws GatewayError on call ServiceError
def test_a_refused_stream_is_an_error(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    failed = Failed(grpc.StatusCode.PERMISSION_DENIED, "ERROR_MESSAGE")
    channel.streams[kind.path] = [failed]
    with (
        kind.events(network, start_block=1) as events,
        pytest.raises(weftwork.GatewayError, match="ERROR_MESSAGE") as raised,
    ):
        next(events)
    assert raised.value.status == "PERMISSION_DENIED"
    assert raised.value.__cause__ is failed


# throws GatewayError on receive ServiceError
def test_a_broken_stream_is_an_error(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "ERROR_MESSAGE")
    channel.streams[kind.path] = [failed]
    with (
        kind.events(network, reconnect=False) as events,
        pytest.raises(weftwork.EventsError, match="ERROR_MESSAGE") as raised,
    ):
        next(events)
    assert raised.value.status == "UNAVAILABLE"
    assert raised.value.__cause__ is failed


# throws on receive of status message
def test_a_status_instead_of_a_block_is_an_error(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    answer = peer_pb2.DeliverResponse(status=common_pb2.SERVICE_UNAVAILABLE)
    channel.streams[kind.path] = [answer]
    with (
        kind.events(network, reconnect=False) as events,
        pytest.raises(weftwork.EventsError, match="SERVICE_UNAVAILABLE"),
    ):
        next(events)


# throws on receive of unexpected message type
def test_an_empty_message_is_an_error(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    channel.streams[kind.path] = [peer_pb2.DeliverResponse()]
    with kind.events(network, reconnect=False) as events, pytest.raises(weftwork.EventsError):
        next(events)


# receives events
def test_blocks_come_in_order(kind: Kind, channel: StubChannel, network: weftwork.Network) -> None:
    channel.streams[kind.path] = [kind.message(1), kind.message(2)]
    with kind.events(network, start_block=1) as events:
        assert [kind.number(next(events)) for _ in range(2)] == [1, 2]


# closing iterator cancels gRPC stream; resource clean-up cancels gRPC stream
@pytest.mark.parametrize("leave", ["close", "with"])
def test_leaving_cancels_the_stream(
    kind: Kind, channel: StubChannel, network: weftwork.Network, leave: str
) -> None:
    channel.streams[kind.path] = [kind.message(1), kind.message(2)]
    if leave == "close":
        kind.events(network).close()
    else:
        with kind.events(network):
            pass
    assert channel.opened
    assert all(stream.cancelled for stream in channel.opened)


# sends request with TLS client certificate hash
def test_the_request_is_bound_to_the_tls_client_certificate(
    kind: Kind, channel: StubChannel, network: weftwork.Network
) -> None:
    with kind.events(network):
        pass
    sought = Sought.of(channel.last(kind.path).request)
    assert sought.tls_certificate_hash == b"TLS_CLIENT_CERTIFICATE_HASH"


# The official clients each ask for blocks without end by the largest number they have.
@pytest.mark.parametrize("last", [2**53 - 1, 2**63 - 1, 2**64 - 1], ids=["Node", "Java", "Go"])
def test_without_end_is_understood_of_each_client(
    kind: Kind, gateway: weftwork.Gateway, network: weftwork.Network, last: int
) -> None:
    assert kind.request(network).stop_block is None
    data = kind.request(network, stop_block=last).to_bytes()
    assert getattr(gateway, f"{kind.name}_request")(data).stop_block is None
    data = kind.request(network, stop_block=7).to_bytes()
    assert getattr(gateway, f"{kind.name}_request")(data).stop_block == 7
