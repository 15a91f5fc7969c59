"""Who is asked to endorse, and what a client hears where it does not go well."""

import pytest

from tests.differential.probe import Probe
from tests.unit.ledger.probing import ALICE, BOB, CAROL, A, B, C, Probed, deploy
from weftwork import CommitError, EndorseError, EvaluateError
from weftwork_chaincode import ChaincodeError, Response, Stub
from weftwork_chaincode.testing import Collection, Ledger, identity

PUT = ["put_state", "k", "1"]


class Forgetful:
    """Another version of the probe: it answers and writes nothing."""

    async def invoke(self, stub: Stub) -> Response:
        return Response(200, payload=b"[]")


class Broken:
    async def invoke(self, stub: Stub) -> Response:
        raise ChaincodeError("this version is withdrawn")


def test_the_smallest_group_with_the_clients_own_department(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="OutOf(2, 'AMSP.peer', 'BMSP.peer', 'CMSP.peer')")
    assert probe.do(PUT, as_=CAROL).endorsers == (C, A)
    assert probe.do(PUT, as_=ALICE).endorsers == (A, B)


def test_the_default_policy_is_most_departments(ledger: Ledger) -> None:
    probe = Probed(ledger.deploy(Probe))
    assert probe.do(PUT).endorsers == (A, B)
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        probe.do(PUT, endorsers=[A])
    assert probe.do(PUT, endorsers=[C, B]).endorsers == (C, B)


def test_one_department_too_few(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="AND('AMSP.peer', 'BMSP.peer')")
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE") as caught:
        probe.do(PUT, endorsers=[B])
    assert caught.value.block_number == ledger.height - 1
    assert ledger.state("probe", "k") is None


def test_a_policy_of_clients_or_of_one_department_twice_is_met_by_no_peer(ledger: Ledger) -> None:
    for policy in ("OR('AMSP.client')", "AND('AMSP.peer', 'AMSP.member')"):
        probe = deploy(ledger, policy=policy)
        with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
            probe.do(PUT, endorsers=[A])
        with pytest.raises(EndorseError, match="no peer combination can satisfy") as caught:
            probe.do(PUT)
        assert caught.value.endorsers_unknown


def test_departments_that_run_different_code(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="AND('AMSP.peer', 'BMSP.peer')", variants={B: Forgetful})
    with pytest.raises(EndorseError) as caught:
        probe.do(PUT)
    error = caught.value
    assert error.status == "ABORTED"
    assert error.message == (
        "failed to collect enough transaction endorsements, see attached details for more info"
    )
    assert [str(refusal) for refusal in error.refusals] == [
        "BMSP (peer.b:7051): ProposalResponsePayloads do not match"
    ]
    assert error.refusals[0].differs
    assert ledger.height == 2


def test_another_group_is_tried_where_one_department_refuses(ledger: Ledger) -> None:
    probe = deploy(
        ledger,
        policy="OutOf(2, 'AMSP.peer', 'BMSP.peer', 'CMSP.peer')",
        variants={B: Broken},
    )
    assert probe.do(PUT).endorsers == (A, C)
    with pytest.raises(EndorseError) as caught:
        probe.do(PUT, endorsers=[A, B])
    [refusal] = caught.value.refusals
    assert refusal.message == "chaincode response 500, ChaincodeError: this version is withdrawn"
    assert refusal.chaincode_status == 500


def test_a_department_that_refused_is_not_asked_again(ledger: Ledger) -> None:
    probe = deploy(
        ledger,
        policy="OutOf(2, 'AMSP.peer', 'BMSP.peer', 'CMSP.peer')",
        variants={B: Broken, C: Broken},
    )
    with pytest.raises(EndorseError) as caught:
        probe.do(PUT)
    assert [refusal.mspid for refusal in caught.value.refusals] == [B, C]


def test_a_refusal_of_the_first_that_is_asked(ledger: Ledger, probe: Probed) -> None:
    with pytest.raises(EndorseError) as caught:
        probe.do(["fail", "not you"], as_=BOB)
    error = caught.value
    assert (error.status, error.message) == (
        "ABORTED",
        "failed to endorse transaction, see attached details for more info",
    )
    assert [(one.mspid, one.message) for one in error.refusals] == [
        (B, "chaincode response 403, Forbidden: not you")
    ]


def test_a_refusal_of_an_evaluation(ledger: Ledger, probe: Probed) -> None:
    with pytest.raises(EvaluateError) as caught:
        probe.ask(["fail", "not you"])
    error = caught.value
    text = "chaincode response 403, Forbidden: not you"
    assert (error.status, error.message) == (
        "UNKNOWN",
        f"evaluate call to endorser returned error: {text}",
    )
    assert [one.message for one in error.refusals] == [text]


def test_a_chaincode_that_is_not_there(ledger: Ledger) -> None:
    nobody = Probed(ledger.chaincode("nobody"))
    with pytest.raises(EndorseError) as caught:
        nobody.do(PUT)
    assert caught.value.message == (
        "no combination of peers can be derived which satisfy the endorsement policy: No metadata "
        "was found for chaincode nobody in channel crosswork"
    )
    with pytest.raises(EndorseError, match="failed to find any endorsing peers for org") as caught:
        nobody.do(PUT, endorsers=[A])
    assert caught.value.status == "UNAVAILABLE"
    with pytest.raises(EvaluateError, match="no peers available to evaluate chaincode nobody"):
        nobody.ask(PUT)


def test_a_department_that_does_not_run_it(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="OutOf(2, 'AMSP.peer', 'BMSP.peer')", installed=[B, C])
    with pytest.raises(EndorseError, match="required chaincodes are not installed on sufficient"):
        probe.do(PUT)
    probe = deploy(ledger, installed=[B, C])
    assert probe.do(PUT, as_=ALICE).endorsers == (B,)
    assert probe.ask(["get_state", "k"], as_=ALICE) == ["1"]
    with pytest.raises(EndorseError, match="retry specifying endorsing organization"):
        probe.do(PUT, as_=ALICE, transient={"secret": b"1"})


def test_a_clock_that_is_off(ledger: Ledger, probe: Probed) -> None:
    quarter = 15 * 60 * 1000
    assert probe.do(PUT, timestamp=ledger.now + quarter).code.name == "VALID"
    with pytest.raises(EndorseError) as caught:
        probe.do(PUT, timestamp=ledger.now - quarter - 1000)
    [refusal] = caught.value.refusals
    assert refusal.message == (
        "request unauthorized due to incorrect timestamp 2025-12-31T23:44:59Z, peer time "
        "2026-01-01T00:00:00Z, peer.authentication.timewindow 15m0s"
    )
    with pytest.raises(EvaluateError, match="UNAVAILABLE"):
        probe.ask(["get_state", "k"], timestamp=ledger.now + quarter + 1000)


def test_a_client_of_no_department(probe: Probed) -> None:
    with pytest.raises(EndorseError) as caught:
        probe.do(PUT, as_=identity("XMSP"))
    assert "creator org unknown" in caught.value.refusals[0].message
    with pytest.raises(EvaluateError, match="FAILED_PRECONDITION"):
        probe.ask(["get_state", "k"], as_=identity("XMSP"))


def test_an_id_that_the_chain_has(ledger: Ledger, probe: Probed) -> None:
    plan = probe.plan(PUT)
    plan.submit()
    with pytest.raises(EndorseError) as caught:
        plan.submit()
    assert caught.value.refusals[0].message.startswith(
        f"duplicate transaction found [{plan.transaction_id}]. Creator [0a04414d5350"
    )


def test_every_chaincode_of_a_transaction_is_asked_for(ledger: Ledger) -> None:
    deploy(ledger, "inner", policy="OR('BMSP.peer')")
    outer = deploy(ledger, "outer", policy="OR('AMSP.peer')")
    assert outer.do(PUT, ["invoke", "inner", [PUT]]).endorsers == (A, B)
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        outer.do(PUT, ["invoke", "inner", [PUT]], endorsers=[A])
    # one that is only read is asked for as well, and not validated
    read = ["invoke", "inner", [["get_state", "k"]]]
    assert outer.do(PUT, read).endorsers == (A, B)
    assert outer.do(PUT, read, endorsers=[A]).endorsers == (A,)


def test_a_chaincode_that_only_calls_is_not_asked_for(ledger: Ledger) -> None:
    # Discovery goes by what was read and written, validation also by what was invoked.
    deploy(ledger, "inner", policy="OR('BMSP.peer')")
    outer = deploy(ledger, "outer", policy="OR('AMSP.peer')")
    call = ["invoke", "inner", [PUT]]
    assert outer.plan(call).endorse().endorsers == (B,)
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        outer.do(call)
    assert outer.do(call, endorsers=[A, B]).code.name == "VALID"


def test_transient_data_goes_to_members_alone(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="OR('CMSP.peer')", collections=[Collection("ab", [A, B])])
    secret = ["put_transient", "ab", "k", "secret"]
    with pytest.raises(EndorseError) as caught:
        probe.do(secret, transient={"secret": b"1"})
    assert caught.value.message == (
        "requires endorsement from organisation(s) that are not in the distribution policy of the "
        "private data collection(s): [ab]; retry specifying trusted endorsing organizations to "
        "protect transient data"
    )
    assert probe.do(secret, transient={"secret": b"1"}, endorsers=[C]).endorsers == (C,)
    probe = deploy(ledger, policy="OR('XMSP.peer')", collections=[Collection("ab", [A, B])])
    with pytest.raises(EndorseError, match="no peer combination can satisfy"):
        probe.do(secret, transient={"secret": b"1"})
