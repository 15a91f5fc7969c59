"""A client that lies about which chaincode it calls, in the one place where Fabric lets it.

A proposal names the chaincode twice: in the header's extension, by which the peer routes, and in
the payload's spec, which no peer compares. Only the first may count as the caller.
"""

from collections.abc import Sequence

import pytest

import weftwork
from tests.integration.town import CHANNEL, Town
from weftwork.arguments import encode_arguments
from weftwork.proposals import ProposalBytes, build_proposal
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_protos import peer_pb2

PARTIES = [CIVIC, PROPERTY, ENERGY]


def lying(content: ProposalBytes, pretended: str) -> ProposalBytes:
    """The proposal with another chaincode's name in its payload; the header is left as it was."""
    proposal = peer_pb2.Proposal.FromString(content.proposal)
    payload = peer_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    invocation = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input)
    invocation.chaincode_spec.chaincode_id.name = pretended
    payload.input = invocation.SerializeToString()
    proposal.payload = payload.SerializeToString(deterministic=True)
    return ProposalBytes(content.transaction_id, content.channel, proposal.SerializeToString())


def spoofed(
    town: Town,
    who: tuple[str, str],
    function: str,
    *args: object,
    pretended: str,
    organizations: Sequence[str] = PARTIES,
) -> weftwork.Proposal:
    """A call of ``chaincode.function`` whose payload says that ``pretended`` is called."""
    chaincode, name = function.split(".")
    gateway = town.connect(*who)
    content = build_proposal(
        gateway.identity.creator, CHANNEL, chaincode, encode_arguments(name, args)
    )
    calls = gateway._calls  # the bytes are of the test's own making, the signing is the client's
    return weftwork.Proposal(calls, lying(content, pretended), name, organizations)


@pytest.fixture
def ready(town: Town) -> Town:
    """A case complete but for its end, nothing open: only the caller's name is wrong."""
    town.build({"2012-01": 241_000})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.all_steps(through="2012-01")
    return town


def test_the_true_call_is_what_the_lie_pretends(ready: Town) -> None:
    """Control: the same case, truly called, commits."""
    ready.cases.finalize(ready.case)
    assert ready.registry.read_right(ready.flat).title == 2


def test_a_transfer_that_pretends_to_come_from_a_case(ready: Town) -> None:
    agreement = ready.cases.read_agreement(ready.case)
    proposal = spoofed(
        ready,
        ("Property", "registrar"),
        "property.transfer",
        agreement.transfer,
        agreement.consents,
        pretended="casework",
    )
    with pytest.raises(weftwork.EndorseError) as refused:
        proposal.endorse()
    assert refused.value.refusals
    for refusal in refused.value.refusals:
        assert refusal.chaincode_status == 403
        assert refusal.reason.endswith("the client called property")


def test_a_settlement_that_pretends_to_come_from_a_case(ready: Town) -> None:
    proposal = spoofed(
        ready,
        ("Energy", "billing"),
        "electricity.settle",
        ready.account,
        ready.buyer,
        ready.case,
        "2012-01",
        pretended="casework",
    )
    with pytest.raises(weftwork.EndorseError) as refused:
        proposal.endorse()
    assert refused.value.refusals
    for refusal in refused.value.refusals:
        assert refusal.chaincode_status == 403
        assert refusal.reason.endswith("the client called electricity")
    assert ready.billing.read_account(ready.account).holder == ready.seller
