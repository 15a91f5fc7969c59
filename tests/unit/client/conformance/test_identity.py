"""What the official client's tests say of who acts and who signs (signingidentity.test.ts)."""

import dataclasses

import pytest

import weftwork
from tests.unit.client.conformance.conftest import Signing
from tests.unit.client.conformance.requests import Asked
from tests.unit.client.conformance.stub import EVALUATE, StubChannel
from tests.unit.client.people import user
from weftwork_protos import msp_pb2


# changes to returned identity do not modify signing identity
def test_an_identity_that_was_handed_out_cannot_be_changed(gateway: weftwork.Gateway) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        gateway.identity.mspid = "wrong"  # type: ignore[misc]
    assert isinstance(gateway.identity.certificate, bytes)


# changes to supplied identity do not modify signing identity
def test_what_was_supplied_may_change_later(channel: StubChannel, signer: Signing) -> None:
    certificate = bytearray(user().identity.certificate)
    identity = weftwork.Identity("MSP_ID", certificate)  # type: ignore[arg-type]
    gateway = weftwork.Gateway.on_channel(channel, identity, signer)
    certificate[:] = bytes(len(certificate))
    assert gateway.identity.certificate == user().identity.certificate
    gateway.network("CHANNEL_NAME").contract("CHAINCODE_NAME").evaluate("f")
    creator = Asked.evaluate(channel.last(EVALUATE).request).proposal.creator
    assert msp_pb2.SerializedIdentity.FromString(creator).id_bytes == user().identity.certificate


# creator returns a valid SerializedIdentity protobuf
def test_the_creator_is_a_serialized_identity() -> None:
    message = msp_pb2.SerializedIdentity.FromString(user().identity.creator)
    assert message.mspid == user().identity.mspid
    assert message.id_bytes == user().identity.certificate


# changes to returned creator do not modify signing identity
def test_the_creator_cannot_be_changed() -> None:
    identity = user().identity
    assert type(identity.creator) is bytes
    with pytest.raises(dataclasses.FrozenInstanceError):
        identity.creator = b""  # type: ignore[misc]
