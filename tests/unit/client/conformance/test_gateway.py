"""What the official client's tests say of a gateway and a network (gateway and network.test.ts)."""

from typing import Any

import pytest

import weftwork
from tests.unit.client.conformance.conftest import Signing
from tests.unit.client.conformance.stub import StubChannel
from tests.unit.client.people import user


# connect throws if no client connection supplied; throws if no identity supplied
@pytest.mark.parametrize("missing", ["channel", "identity"])
def test_a_gateway_needs_channel_and_identity(
    channel: StubChannel, signer: Signing, missing: str
) -> None:
    given: dict[str, Any] = {"channel": channel, "identity": user().identity, "signer": signer}
    with pytest.raises(weftwork.ArgumentError, match=f"{missing} is None"):
        weftwork.Gateway.on_channel(**{**given, missing: None})
    del given[missing]
    with pytest.raises(TypeError, match=missing):
        weftwork.Gateway.on_channel(**given)


# getNetwork returns correctly named network
def test_a_network_has_its_name(gateway: weftwork.Gateway) -> None:
    assert gateway.network("CHANNEL_NAME").name == "CHANNEL_NAME"


# getIdentity returns supplied identity
def test_a_gateway_tells_its_identity(gateway: weftwork.Gateway) -> None:
    assert gateway.identity.mspid == user().identity.mspid
    assert gateway.identity.certificate == user().identity.certificate


# close does not close supplied gRPC client
def test_closing_leaves_the_applications_channel_open(
    gateway: weftwork.Gateway, channel: StubChannel
) -> None:
    gateway.close()
    assert not channel.closed


# close called by resource clean-up
def test_leaving_the_block_closes(gateway: weftwork.Gateway, channel: StubChannel) -> None:
    with gateway as entered:
        contract = entered.network("CHANNEL_NAME").contract("CHAINCODE_NAME")
        contract.evaluate("TRANSACTION_NAME")
    with pytest.raises(weftwork.ClosedError):
        contract.evaluate("TRANSACTION_NAME")
    assert not channel.closed


# getContract returns correctly named default contract, and a non-default one
@pytest.mark.parametrize("name", ["", "CONTRACT_NAME"])
def test_a_contract_has_its_names(network: weftwork.Network, name: str) -> None:
    contract = network.contract("CHAINCODE_NAME", name)
    assert (contract.chaincode, contract.name) == ("CHAINCODE_NAME", name)
    assert network.contract("CHAINCODE_NAME").name == ""
