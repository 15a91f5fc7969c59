"""Golden vectors: our bytes are the official Node client's, with the same nonce and clock.

``tests/vectors/vectors.json`` holds what that client made; its README says how.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
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
    StubChannel,
)
from weftwork.proposals import (
    chaincode_events_request,
    deliver_payload,
    envelope,
    signed_chaincode_events_request,
)
from weftwork_protos import gateway_pb2

FOLDER = Path(__file__).parents[3] / "vectors"
DELIVERS = {"blocks": DELIVER, "filtered": DELIVER_FILTERED, "private": DELIVER_PRIVATE}
VECTORS = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))


def signed(digest: bytes) -> bytes:
    return hashlib.sha256(b"signature of " + digest).digest()


@cache
def identity(name: str) -> weftwork.Identity:
    given = VECTORS["identities"][name]
    return weftwork.Identity(given["mspid"], (FOLDER / given["file"]).read_bytes())


def value(given: str | dict[str, str]) -> str | bytes:
    return given if isinstance(given, str) else bytes.fromhex(given["hex"])


def plain(encoded: str) -> bytes:
    return base64.b64decode(encoded)


def named(kind: str) -> Any:
    return pytest.mark.parametrize(
        "vector",
        [
            pytest.param(
                vector, id=re.sub(r"\W+", "-", f"{vector.get('kind', '')} {vector['name']}")
            )
            for vector in VECTORS[kind]
        ],
    )


def digest_of(vector: dict[str, Any], message: bytes) -> bytes:
    kind = vector["hash"]
    return message if kind == "none" else hashlib.new(kind, message).digest()


def sign_for(vector: dict[str, Any]) -> Callable[[bytes], bytes]:
    return lambda message: signed(digest_of(vector, message))


def start(vector: dict[str, Any]) -> tuple[int | None, str]:
    """Where a stream begins, as the checkpoint says or else the start block."""
    checkpoint = vector["checkpoint"] or {}
    if "block" not in checkpoint:
        return vector["start_block"], ""
    if "transaction_id" in checkpoint:
        return checkpoint["block"], checkpoint["transaction_id"]
    return checkpoint["block"] + 1, ""


def gateway_for(vector: dict[str, Any], channel: StubChannel) -> weftwork.Gateway:
    options = weftwork.Options(
        hash=weftwork.Hash(vector["hash"]),
        tls_certificate_hash=bytes.fromhex(vector["tls_certificate_hash"]),
    )
    return weftwork.Gateway.on_channel(
        channel, identity(vector["identity"]), signed, options=options
    )


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Any:
    def hold(vector: dict[str, Any]) -> None:
        nonce = bytes.fromhex(vector.get("nonce", ""))
        monkeypatch.setattr("weftwork.proposals.secrets.token_bytes", lambda size: nonce)
        monkeypatch.setattr("weftwork.proposals.time.time_ns", lambda: vector["time_ms"] * 10**6)

    return hold


@named("transactions")
def test_a_transaction_is_the_same_bytes(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    expected = vector["expected"]
    channel = StubChannel()
    channel.answers[EVALUATE] = gateway_pb2.EvaluateResponse()
    channel.answers[ENDORSE] = plain(vector["endorsed"])
    channel.answers[COMMIT_STATUS] = gateway_pb2.CommitStatusResponse(
        result=vector["code"], block_number=vector["block"]
    )
    gateway = gateway_for(vector, channel)
    contract = gateway.network(vector["channel"]).contract(vector["chaincode"], vector["contract"])
    proposal = contract.proposal(
        vector["function"],
        *map(value, vector["arguments"]),
        transient={key: value(given) for key, given in vector["transient"].items()},
        endorsing_organizations=vector["organizations"],
    )
    assert proposal.transaction_id == expected["transaction_id"]
    assert proposal.to_bytes() == plain(expected["proposal"])
    assert proposal.digest == plain(expected["proposal_digest"])
    proposal.evaluate()
    assert proposal.to_bytes() == plain(expected["signed_proposal"])
    transaction = proposal.endorse()
    assert transaction.to_bytes() == plain(expected["transaction"])
    assert transaction.digest == plain(expected["transaction_digest"])
    assert transaction.result == plain(expected["result"])
    commit = transaction.submit()
    assert transaction.to_bytes() == plain(expected["signed_transaction"])
    assert commit.to_bytes() == plain(expected["commit"])
    assert commit.digest == plain(expected["commit_digest"])
    status = commit.status()
    assert commit.to_bytes() == plain(expected["signed_commit"])
    assert (status.code, status.block_number) == (vector["code"], vector["block"])
    for path in (EVALUATE, ENDORSE, SUBMIT, COMMIT_STATUS):
        assert channel.last(path).request == plain(expected[path]), path


@named("transactions")
def test_what_the_node_client_serialized_is_restored(vector: dict[str, Any]) -> None:
    expected = vector["expected"]
    channel = StubChannel()
    channel.answers[EVALUATE] = gateway_pb2.EvaluateResponse()
    channel.answers[ENDORSE] = plain(vector["endorsed"])
    channel.answers[COMMIT_STATUS] = gateway_pb2.CommitStatusResponse(
        result=vector["code"], block_number=vector["block"]
    )
    gateway = gateway_for(vector, channel)
    for kind in ("proposal", "transaction", "commit"):
        restore = getattr(gateway, kind)
        for form in (kind, f"signed_{kind}"):
            restored = restore(plain(expected[form]))
            assert restored.transaction_id == expected["transaction_id"]
            assert restored.digest == plain(expected[f"{kind}_digest"])
            assert restored.to_bytes() == plain(expected[form])
        signature = signed(plain(expected[f"{kind}_digest"]))
        assert restore(plain(expected[kind]), signature).to_bytes() == restored.to_bytes()
    gateway.proposal(plain(expected["proposal"])).evaluate()
    gateway.proposal(plain(expected["signed_proposal"])).endorse()
    transaction = gateway.transaction(plain(expected["signed_transaction"]))
    assert transaction.result == plain(expected["result"])
    transaction.submit()
    status = gateway.commit(plain(expected["commit"])).status()
    assert (status.code, status.block_number) == (vector["code"], vector["block"])
    for path in (EVALUATE, ENDORSE, SUBMIT, COMMIT_STATUS):
        assert channel.last(path).request == plain(expected[path]), path


@named("chaincode_events")
def test_a_chaincode_events_request_is_the_same_bytes(vector: dict[str, Any]) -> None:
    start_block, after = start(vector)
    request = chaincode_events_request(
        vector["channel"],
        vector["chaincode"],
        identity(vector["identity"]).creator,
        start_block=start_block,
        after_transaction_id=after,
    )
    expected = vector["expected"]
    assert signed_chaincode_events_request(request, b"") == plain(expected["request"])
    signature = sign_for(vector)(request)
    wire = signed_chaincode_events_request(request, signature)
    assert wire == plain(expected["signed_request"]) == plain(expected[CHAINCODE_EVENTS])


@named("block_events")
def test_a_seek_envelope_is_the_same_bytes(vector: dict[str, Any]) -> None:
    start_block, _ = start(vector)
    payload = deliver_payload(
        vector["channel"],
        identity(vector["identity"]).creator,
        start_block=start_block,
        tls_certificate_hash=bytes.fromhex(vector["tls_certificate_hash"]),
        time_ns=vector["time_ms"] * 10**6,
    )
    expected = vector["expected"]
    assert envelope(payload, b"") == plain(expected["request"])
    wire = envelope(payload, sign_for(vector)(payload))
    assert wire == plain(expected["signed_request"]) == plain(expected[DELIVERS[vector["kind"]]])
