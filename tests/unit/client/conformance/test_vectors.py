"""Golden vectors: our bytes are the official Node client's, with the same nonce and clock.

``tests/vectors/vectors.json`` holds what that client made; its README says how.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import weftwork
import weftwork.aio
from tests.unit.client.conformance.stub import (
    CHAINCODE_EVENTS,
    COMMIT_STATUS,
    DELIVER,
    DELIVER_FILTERED,
    DELIVER_PRIVATE,
    ENDORSE,
    EVALUATE,
    SUBMIT,
    AsyncStubChannel,
    StubChannel,
)
from weftwork_protos import gateway_pb2

FOLDER = Path(__file__).parents[3] / "vectors"
SEEKS = {
    "blocks": ("block_events_request", DELIVER),
    "filtered": ("filtered_block_events_request", DELIVER_FILTERED),
    "private": ("block_and_private_data_events_request", DELIVER_PRIVATE),
}
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


def position(vector: dict[str, Any]) -> dict[str, Any]:
    """Where a stream begins."""
    given: dict[str, Any] = {"start_block": vector["start_block"]}
    if vector["checkpoint"] is not None:
        given["checkpoint"] = checkpointer = weftwork.MemoryCheckpointer()
        block = vector["checkpoint"].get("block")
        transaction_id = vector["checkpoint"].get("transaction_id")
        if transaction_id is not None:
            checkpointer.checkpoint_transaction(block, transaction_id)
        elif block is not None:
            checkpointer.checkpoint_block(block)
    return given


def options_for(vector: dict[str, Any]) -> weftwork.Options:
    return weftwork.Options(
        hash=weftwork.Hash(vector["hash"]),
        tls_certificate_hash=bytes.fromhex(vector["tls_certificate_hash"]),
    )


def gateway_for(vector: dict[str, Any], channel: StubChannel) -> weftwork.Gateway:
    who = identity(vector["identity"])
    return weftwork.Gateway.on_channel(channel, who, signed, options=options_for(vector))


def async_gateway_for(vector: dict[str, Any], channel: StubChannel) -> weftwork.aio.Gateway:
    who = identity(vector["identity"])
    return weftwork.aio.Gateway.on_channel(channel, who, signed, options=options_for(vector))


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


@named("transactions")
async def test_the_async_client_sends_the_same_bytes(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    expected = vector["expected"]
    channel = AsyncStubChannel()
    channel.answers[EVALUATE] = gateway_pb2.EvaluateResponse()
    channel.answers[ENDORSE] = plain(vector["endorsed"])
    channel.answers[COMMIT_STATUS] = gateway_pb2.CommitStatusResponse(
        result=vector["code"], block_number=vector["block"]
    )
    network = async_gateway_for(vector, channel).network(vector["channel"])
    proposal = network.contract(vector["chaincode"], vector["contract"]).proposal(
        vector["function"],
        *map(value, vector["arguments"]),
        transient={key: value(given) for key, given in vector["transient"].items()},
        endorsing_organizations=vector["organizations"],
    )
    await proposal.evaluate()
    commit = await (await proposal.endorse()).submit()
    await commit.status()
    assert commit.to_bytes() == plain(expected["signed_commit"])
    for path in (EVALUATE, ENDORSE, SUBMIT, COMMIT_STATUS):
        assert channel.last(path).request == plain(expected[path]), path


@named("chaincode_events")
def test_a_chaincode_events_request_is_the_same_bytes(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    channel = StubChannel()
    gateway = gateway_for(vector, channel)
    network = gateway.network(vector["channel"])
    request = network.chaincode_events_request(vector["chaincode"], **position(vector))
    same_request(request, vector["expected"], channel, CHAINCODE_EVENTS)
    restored_request(gateway.chaincode_events_request, vector["expected"], channel)


@named("block_events")
def test_a_seek_envelope_is_the_same_bytes(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    method, path = SEEKS[vector["kind"]]
    channel = StubChannel()
    gateway = gateway_for(vector, channel)
    request = getattr(gateway.network(vector["channel"]), method)(**position(vector))
    same_request(request, vector["expected"], channel, path)
    restored_request(getattr(gateway, method), vector["expected"], channel)


def same_request(request: Any, expected: dict[str, str], channel: StubChannel, path: str) -> None:
    assert request.to_bytes() == plain(expected["request"])
    assert request.digest == plain(expected["digest"])
    with request.events(reconnect=False):
        pass
    assert request.to_bytes() == plain(expected["signed_request"])
    assert [(sent.path, sent.request) for sent in channel.sent] == [(path, plain(expected[path]))]


def restored_request(restore: Any, expected: dict[str, str], channel: StubChannel) -> None:
    """What the Node client serialized is understood, signed here or there."""
    for form in ("request", "signed_request"):
        restored = restore(plain(expected[form]))
        assert restored.digest == plain(expected["digest"])
        assert restored.to_bytes() == plain(expected[form])
        with restored.events(reconnect=False):
            pass
        assert channel.sent[-1].request == plain(expected["signed_request"])
    there = restore(plain(expected["request"]), signed(plain(expected["digest"])))
    assert there.to_bytes() == plain(expected["signed_request"])


@named("chaincode_events")
async def test_the_async_client_asks_for_events_so_too(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    channel = AsyncStubChannel()
    network = async_gateway_for(vector, channel).network(vector["channel"])
    request = network.chaincode_events_request(vector["chaincode"], **position(vector))
    async with request.events(reconnect=False):
        pass
    assert channel.last(CHAINCODE_EVENTS).request == plain(vector["expected"][CHAINCODE_EVENTS])


@named("block_events")
async def test_the_async_client_asks_for_blocks_so_too(vector: dict[str, Any], still: Any) -> None:
    still(vector)
    method, path = SEEKS[vector["kind"]]
    channel = AsyncStubChannel()
    network = async_gateway_for(vector, channel).network(vector["channel"])
    async with getattr(network, method)(**position(vector)).events(reconnect=False):
        pass
    assert channel.last(path).request == plain(vector["expected"][path])
