"""What the official client's tests say of a proposal, evaluated and endorsed (proposal.test.ts)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

import weftwork
from tests.unit.client.conformance.conftest import OPTIONS, Signing
from tests.unit.client.conformance.requests import Asked
from tests.unit.client.conformance.stub import ENDORSE, EVALUATE, Failed, StubChannel
from tests.unit.client.people import user


@dataclass(frozen=True)
class Stage:
    """Evaluate or endorse: what is called, and how its request is read."""

    path: str
    read: Callable[[bytes], Asked]
    whole: str
    step: str
    error: type[weftwork.GatewayError]
    default: float | None

    def call(self, contract: weftwork.Contract, *args: Any, **options: Any) -> bytes:
        return getattr(contract, self.whole)(*args, **options)

    def send(self, proposal: weftwork.Proposal, **options: Any) -> Any:
        return getattr(proposal, self.step)(**options)

    def asked(self, channel: StubChannel) -> Asked:
        return self.read(channel.last(self.path).request)


STAGES = [
    Stage(EVALUATE, Asked.evaluate, "evaluate", "evaluate", weftwork.EvaluateError, 11),
    Stage(ENDORSE, Asked.endorse, "submit", "endorse", weftwork.EndorseError, 12),
]


@pytest.fixture(params=STAGES, ids=["evaluate", "endorse"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return request.param


# throws on evaluate error; throws on endorse error, with transaction id, code and cause
def test_a_failure_is_typed(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "ERROR_MESSAGE")
    channel.answers[stage.path] = failed
    proposal = contract.proposal("TRANSACTION_NAME")
    with pytest.raises(stage.error, match="ERROR_MESSAGE") as raised:
        stage.send(proposal)
    assert raised.value.transaction_id == proposal.transaction_id
    assert raised.value.status == "UNAVAILABLE"
    assert raised.value.__cause__ is failed


# returns result (evaluate)
def test_the_result_is_returned(contract: weftwork.Contract) -> None:
    assert contract.evaluate("TRANSACTION_NAME") == b"TX_RESULT"


# includes channel name in proposal
def test_the_proposal_names_the_channel(
    stage: Stage, channel: StubChannel, network: weftwork.Network, contract: weftwork.Contract
) -> None:
    stage.call(contract, "TRANSACTION_NAME")
    assert stage.asked(channel).proposal.channel == network.name == "CHANNEL_NAME"


# includes chaincode name in proposal
def test_the_proposal_names_the_chaincode(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.call(contract, "TRANSACTION_NAME")
    assert stage.asked(channel).proposal.chaincode == contract.chaincode == "CHAINCODE_NAME"


# includes transaction name in proposal for default smart contract, and for a named one
@pytest.mark.parametrize(
    ("name", "first"), [("", b"MY_TRANSACTION"), ("MY_CONTRACT", b"MY_CONTRACT:MY_TRANSACTION")]
)
def test_the_first_argument_is_the_function(
    stage: Stage, channel: StubChannel, network: weftwork.Network, name: str, first: bytes
) -> None:
    stage.call(network.contract("CHAINCODE_NAME", name), "MY_TRANSACTION")
    assert stage.asked(channel).proposal.arguments == (first,)


# includes string arguments in proposal; includes bytes arguments in proposal
@pytest.mark.parametrize(
    "given", [("one", "two", "three"), (b"one", b"two", b"three")], ids=["text", "bytes"]
)
def test_arguments_follow_as_they_are(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract, given: tuple[object, ...]
) -> None:
    stage.call(contract, "TRANSACTION_NAME", *given)
    assert stage.asked(channel).proposal.arguments[1:] == (b"one", b"two", b"three")


# includes bytes transient data in proposal; includes string transient data in proposal
@pytest.mark.parametrize(
    "given",
    [{"uno": b"one", "dos": b"two"}, {"uno": "one", "dos": "two"}],
    ids=["bytes", "text"],
)
def test_transient_data_travels(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract, given: dict[str, Any]
) -> None:
    stage.call(contract, "TRANSACTION_NAME", transient=given)
    assert stage.asked(channel).proposal.transient == {"uno": b"one", "dos": b"two"}


# sets endorsing orgs
def test_the_organizations_are_named(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.call(contract, "TRANSACTION_NAME", endorsing_organizations=["org1"])
    assert stage.asked(channel).organizations == ("org1",)


# uses signer
def test_the_signer_signs(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract, signer: Signing
) -> None:
    signer.signature = b"MY_SIGNATURE"
    stage.call(contract, "TRANSACTION_NAME")
    assert stage.asked(channel).signature == b"MY_SIGNATURE"


# uses signer with newProposal
def test_the_signer_signs_what_was_restored(
    stage: Stage,
    channel: StubChannel,
    gateway: weftwork.Gateway,
    contract: weftwork.Contract,
    signer: Signing,
) -> None:
    signer.signature = b"MY_SIGNATURE"
    stage.send(gateway.proposal(contract.proposal("TRANSACTION_NAME").to_bytes()))
    assert stage.asked(channel).signature == b"MY_SIGNATURE"


# uses identity
def test_the_creator_is_the_identity(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.call(contract, "TRANSACTION_NAME")
    assert stage.asked(channel).proposal.creator == user().identity.creator


# includes channel name in request
def test_the_request_names_the_channel(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.call(contract, "TRANSACTION_NAME")
    assert stage.asked(channel).channel == "CHANNEL_NAME"


# includes transaction ID in request
def test_the_request_names_the_transaction(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    proposal = contract.proposal("TRANSACTION_NAME")
    stage.send(proposal)
    asked = stage.asked(channel)
    assert proposal.transaction_id
    assert asked.transaction_id == asked.proposal.transaction_id == proposal.transaction_id


# includes transaction ID in request: the endorsed transaction and its commit keep it
def test_each_step_keeps_the_transaction_id(contract: weftwork.Contract) -> None:
    proposal = contract.proposal("TRANSACTION_NAME")
    transaction = proposal.endorse()
    commit = transaction.submit()
    ids = {proposal.transaction_id, transaction.transaction_id, commit.transaction_id}
    assert len(ids) == 1


# uses specified call options
def test_a_call_has_its_own_timeout(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.send(contract.proposal("TRANSACTION_NAME"), timeout=1.5)
    assert channel.last(stage.path).timeout == 1.5


# uses default call options
def test_a_call_has_the_gateways_timeout(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.send(contract.proposal("TRANSACTION_NAME"))
    assert channel.last(stage.path).timeout == stage.default


# default call options are not modified
def test_a_calls_timeout_is_its_own_alone(
    stage: Stage, channel: StubChannel, contract: weftwork.Contract
) -> None:
    stage.send(contract.proposal("TRANSACTION_NAME"), timeout=1.5)
    assert (OPTIONS.evaluate.timeout, OPTIONS.endorse.timeout) == (11, 12)
    stage.send(contract.proposal("TRANSACTION_NAME"))
    assert channel.last(stage.path).timeout == stage.default
