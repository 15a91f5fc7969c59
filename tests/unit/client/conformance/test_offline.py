"""What the official client's tests say of signing elsewhere (offlinesign.test.ts).

Everything that is signed goes out as bytes, comes back with a signature that another made, and
keeps it through further bytes; unsigned, and with no signer, it is refused in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import weftwork
from tests.unit.client.conformance.conftest import OPTIONS
from tests.unit.client.conformance.requests import Asked, Sought
from tests.unit.client.conformance.stub import (
    CHAINCODE_EVENTS,
    COMMIT_STATUS,
    DELIVER,
    DELIVER_FILTERED,
    DELIVER_PRIVATE,
    ENDORSE,
    EVALUATE,
    SUBMIT,
    StubChannel,
)
from tests.unit.client.people import user
from weftwork_protos import gateway_pb2

ELSEWHERE = b"MY_SIGNATURE"
ORGANIZATIONS = ["org3", "org5"]


@pytest.fixture
def gateway(channel: StubChannel) -> weftwork.Gateway:
    """A gateway that cannot sign."""
    return weftwork.Gateway.on_channel(channel, user().identity, None, options=OPTIONS)


def proposal(gateway: weftwork.Gateway) -> weftwork.Proposal:
    contract = gateway.network("CHANNEL_NAME").contract("CHAINCODE_NAME")
    return contract.proposal("TRANSACTION_NAME", endorsing_organizations=ORGANIZATIONS)


def transaction(gateway: weftwork.Gateway) -> weftwork.Transaction:
    return gateway.proposal(proposal(gateway).to_bytes(), b"SIGNATURE").endorse()


def commit(gateway: weftwork.Gateway) -> weftwork.Commit:
    return gateway.transaction(transaction(gateway).to_bytes(), b"SIGNATURE").submit()


def stream(request: Any) -> None:
    with request.events():
        pass


def submitted(request: bytes) -> bytes:
    return gateway_pb2.SubmitRequest.FromString(request).prepared_transaction.signature


def asked_status(request: bytes) -> bytes:
    return gateway_pb2.SignedCommitStatusRequest.FromString(request).signature


def asked_events(request: bytes) -> bytes:
    return gateway_pb2.SignedChaincodeEventsRequest.FromString(request).signature


@dataclass(frozen=True)
class Kind:
    """Something that is signed: how it is made, restored and sent, and where its signature goes."""

    name: str
    make: Callable[[weftwork.Gateway], Any]
    restored_by: str
    send: Callable[[Any], Any]
    path: str
    signature: Callable[[bytes], bytes]

    def restore(self, gateway: weftwork.Gateway, data: bytes, signature: bytes = b"") -> Any:
        return getattr(gateway, self.restored_by)(data, signature)

    def sent(self, channel: StubChannel) -> bytes:
        return self.signature(channel.last(self.path).request)


def requesting(method: str, *args: str) -> Callable[[weftwork.Gateway], Any]:
    return lambda gateway: getattr(gateway.network("CHANNEL_NAME"), method)(*args)


EVALUATED = Kind(
    "evaluate",
    proposal,
    "proposal",
    lambda made: made.evaluate(),
    EVALUATE,
    lambda request: Asked.evaluate(request).signature,
)
ENDORSED = Kind(
    "endorse",
    proposal,
    "proposal",
    lambda made: made.endorse(),
    ENDORSE,
    lambda request: Asked.endorse(request).signature,
)
SUBMITTED = Kind(
    "submit", transaction, "transaction", lambda made: made.submit(), SUBMIT, submitted
)
COMMITTED = Kind(
    "commit", commit, "commit", lambda made: made.status(), COMMIT_STATUS, asked_status
)
STREAMED = [
    Kind(
        method.removesuffix("_request"),
        requesting(method, *args),
        method,
        stream,
        path,
        signature,
    )
    for method, args, path, signature in [
        ("chaincode_events_request", ("CHAINCODE_NAME",), CHAINCODE_EVENTS, asked_events),
        ("block_events_request", (), DELIVER, lambda request: Sought.of(request).signature),
        (
            "filtered_block_events_request",
            (),
            DELIVER_FILTERED,
            lambda request: Sought.of(request).signature,
        ),
        (
            "block_and_private_data_events_request",
            (),
            DELIVER_PRIVATE,
            lambda request: Sought.of(request).signature,
        ),
    ]
]
CALLED = [EVALUATED, ENDORSED, SUBMITTED, COMMITTED, *STREAMED]
every_kind = pytest.mark.parametrize("kind", CALLED, ids=lambda kind: kind.name)
transactional = pytest.mark.parametrize(
    "kind", [ENDORSED, SUBMITTED, COMMITTED], ids=["proposal", "transaction", "commit"]
)


# throws with no signer and no explicit signing
@every_kind
def test_without_a_signer_nothing_unsigned_is_sent(
    gateway: weftwork.Gateway, channel: StubChannel, kind: Kind
) -> None:
    made = kind.make(gateway)
    channel.sent.clear()
    with pytest.raises(weftwork.SignatureError):
        kind.send(made)
    assert not channel.sent


# uses offline signature
@every_kind
def test_a_signature_made_elsewhere_is_sent(
    gateway: weftwork.Gateway, channel: StubChannel, kind: Kind
) -> None:
    unsigned = kind.make(gateway)
    assert unsigned.signature == b""
    signed = kind.restore(gateway, unsigned.to_bytes(), ELSEWHERE)
    assert signed.signature == ELSEWHERE
    kind.send(signed)
    assert kind.sent(channel) == ELSEWHERE


# retains signature
@every_kind
def test_bytes_keep_the_signature(
    gateway: weftwork.Gateway, channel: StubChannel, kind: Kind
) -> None:
    signed = kind.restore(gateway, kind.make(gateway).to_bytes(), ELSEWHERE)
    kind.send(kind.restore(gateway, signed.to_bytes()))
    assert kind.sent(channel) == ELSEWHERE


# retains endorsing orgs
@pytest.mark.parametrize(
    ("kind", "read"),
    [(EVALUATED, Asked.evaluate), (ENDORSED, Asked.endorse)],
    ids=["evaluate", "endorse"],
)
def test_bytes_keep_the_organizations(
    gateway: weftwork.Gateway, channel: StubChannel, kind: Kind, read: Callable[[bytes], Asked]
) -> None:
    kind.send(kind.restore(gateway, kind.make(gateway).to_bytes(), ELSEWHERE))
    assert read(channel.last(kind.path).request).organizations == ("org3", "org5")


# keeps same transaction ID: proposal, transaction, commit
@transactional
def test_bytes_keep_the_transaction_id(gateway: weftwork.Gateway, kind: Kind) -> None:
    unsigned = kind.make(gateway)
    signed = kind.restore(gateway, unsigned.to_bytes(), b"SIGNATURE")
    assert signed.transaction_id == unsigned.transaction_id != ""


# keeps same digest: proposal, transaction, commit, and each of the event requests
@pytest.mark.parametrize("kind", CALLED[1:], ids=lambda kind: kind.name)
def test_a_signature_leaves_the_digest(gateway: weftwork.Gateway, kind: Kind) -> None:
    unsigned = kind.make(gateway)
    signed = kind.restore(gateway, unsigned.to_bytes(), b"SIGNATURE")
    assert signed.digest == unsigned.digest != b""


# keeps same digest during deserialization
@pytest.mark.parametrize("kind", CALLED[1:], ids=lambda kind: kind.name)
def test_bytes_keep_the_digest(gateway: weftwork.Gateway, kind: Kind) -> None:
    unsigned = kind.make(gateway)
    assert kind.restore(gateway, unsigned.to_bytes()).digest == unsigned.digest != b""
