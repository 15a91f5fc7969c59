"""Every call of the official client fails as one kind of error (client.test.ts); so does ours."""

from collections.abc import Callable
from typing import Any

import pytest

import weftwork
from tests.unit.client.conformance.stub import (
    CHAINCODE_EVENTS,
    COMMIT_STATUS,
    DELIVER,
    DELIVER_FILTERED,
    DELIVER_PRIVATE,
    ENDORSE,
    EVALUATE,
    SUBMIT,
    Failed,
    StubChannel,
)


def transaction_of(network: weftwork.Network) -> weftwork.Transaction:
    return network.contract("CHAINCODE_NAME").proposal("f").endorse()


CALLS: dict[str, Callable[[weftwork.Network], Any]] = {
    EVALUATE: lambda network: network.contract("CHAINCODE_NAME").evaluate("f"),
    ENDORSE: lambda network: network.contract("CHAINCODE_NAME").submit("f"),
    # Step by step: a whole submit goes on asking the ledger where an answer was lost.
    SUBMIT: lambda network: transaction_of(network).submit(),
    COMMIT_STATUS: lambda network: transaction_of(network).submit().status(),
}


# throws GatewayError on gRPC error: evaluate, endorse, submit, commit status
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.rsplit("/", 1)[-1])
def test_a_failed_call_is_a_gateway_error(
    channel: StubChannel, network: weftwork.Network, path: str
) -> None:
    channel.answers[path] = Failed(text="GRPC_STATUS_ERROR")
    with pytest.raises(weftwork.GatewayError, match="GRPC_STATUS_ERROR"):
        CALLS[path](network)


STREAMS: dict[str, Callable[[weftwork.Network], Any]] = {
    CHAINCODE_EVENTS: lambda network: network.chaincode_events("CHAINCODE_NAME", reconnect=False),
    DELIVER: lambda network: network.block_events(reconnect=False),
    DELIVER_FILTERED: lambda network: network.filtered_block_events(reconnect=False),
    DELIVER_PRIVATE: lambda network: network.block_and_private_data_events(reconnect=False),
}


# throws GatewayError on gRPC error: chaincode events, block events, filtered, with private data
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.rsplit("/", 1)[-1])
def test_a_refused_stream_is_a_gateway_error(
    channel: StubChannel, network: weftwork.Network, path: str
) -> None:
    channel.streams[path] = [Failed(text="GRPC_STATUS_ERROR")]
    with (
        STREAMS[path](network) as events,
        pytest.raises(weftwork.GatewayError, match="GRPC_STATUS_ERROR"),
    ):
        next(events)
