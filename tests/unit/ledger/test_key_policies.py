"""Keys with endorsement policies of their own: which policy rules a write, and from when on."""

import base64
from typing import Any

import pytest

from tests.unit.ledger.probing import A, B, C, Probed, deploy
from weftwork import CommitError, EndorseError, ValidationCode
from weftwork_chaincode import Policy, all_of, any_of
from weftwork_chaincode.testing import Collection, Ledger, PeersStop

VALID = ValidationCode.VALID
REFUTED = ValidationCode.ENDORSEMENT_POLICY_FAILURE
BOUND = [["put_state", "k", "0"], ["set_state_policy", "k", ["and", A, B]]]


def _code(ledger: Ledger, probe: Probed, *program: list, by: list[str]) -> ValidationCode:
    transaction = probe.plan(*program, endorsers=by).endorse()
    ledger.order(transaction)
    return ledger.commit().transaction(transaction.transaction_id).code


def test_a_new_key_is_under_the_chaincodes_policy_even_where_it_is_bound(
    ledger: Ledger, probe: Probed
) -> None:
    assert _code(ledger, probe, *BOUND, by=[C]) is VALID
    assert ledger.policy("probe", "k") == all_of(A, B)


def test_the_keys_own_policy_rules_in_place_of_the_chaincodes(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="OR('CMSP.peer')")
    assert _code(ledger, probe, *BOUND, by=[C]) is VALID
    write = ["put_state", "k", "1"]
    assert _code(ledger, probe, write, by=[C]) is REFUTED
    assert _code(ledger, probe, write, by=[A]) is REFUTED
    assert _code(ledger, probe, write, by=[A, B]) is VALID  # C did not endorse
    assert _code(ledger, probe, write, ["put_state", "free", "1"], by=[A, B]) is REFUTED
    assert _code(ledger, probe, write, ["put_state", "free", "1"], by=[A, B, C]) is VALID


def test_deleting_and_binding_anew_are_under_the_keys_policy_too(
    ledger: Ledger, probe: Probed
) -> None:
    _code(ledger, probe, *BOUND, by=[C])
    for write in (["delete_state", "k"], ["set_state_policy", "k", C]):
        assert _code(ledger, probe, write, by=[C]) is REFUTED
    assert _code(ledger, probe, ["set_state_policy", "k", C], by=[A, B]) is VALID
    assert ledger.state("probe", "k") == b"0"
    assert _code(ledger, probe, ["put_state", "k", "2"], by=[A, B]) is REFUTED
    assert _code(ledger, probe, ["put_state", "k", "2"], by=[C]) is VALID


def test_a_deleted_key_loses_its_policy(ledger: Ledger, probe: Probed) -> None:
    _code(ledger, probe, *BOUND, by=[C])
    assert _code(ledger, probe, ["delete_state", "k"], by=[A, B]) is VALID
    assert ledger.policy("probe", "k") is None
    assert _code(ledger, probe, ["put_state", "k", "1"], by=[C]) is VALID
    assert ledger.policy("probe", "k") is None


def test_a_write_keeps_the_policy(ledger: Ledger, probe: Probed) -> None:
    _code(ledger, probe, *BOUND, by=[C])
    _code(ledger, probe, ["put_state", "k", "1"], by=[A, B])
    assert ledger.policy("probe", "k") == all_of(A, B)


def test_binding_a_key_that_does_not_exist_does_nothing(ledger: Ledger, probe: Probed) -> None:
    assert _code(ledger, probe, _unread("k", A), by=[C]) is VALID
    assert ledger.policy("probe", "k") is None
    assert ledger.keys("probe") == []


def test_a_policy_set_before_in_the_block_refutes_later_writers(
    ledger: Ledger, probe: Probed
) -> None:
    probe.do(["put_state", "k", "0"])
    binding = probe.plan(["set_state_policy", "k", A])
    codes = ledger.conflict(binding, probe.plan(["put_state", "k", "1"], endorsers=[A]))
    assert codes == (VALID, REFUTED)  # even by one whom the new policy names


def test_even_by_one_that_turns_out_to_conflict(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    first = probe.plan(["put_state", "read", "1"]).endorse()
    binder = probe.plan(["get_state", "read"], ["set_state_policy", "k", A]).endorse()
    writer = probe.plan(["put_state", "k", "1"]).endorse()
    ledger.order(first, binder, writer)
    assert ledger.commit().codes == (VALID, ValidationCode.MVCC_READ_CONFLICT, REFUTED)


def test_but_not_by_one_that_was_not_endorsed_enough(ledger: Ledger, probe: Probed) -> None:
    _code(ledger, probe, *BOUND, by=[C])
    binder = probe.plan(["set_state_policy", "k", C], endorsers=[C])
    writer = probe.plan(["put_state", "k", "1"], endorsers=[A, B])
    assert ledger.conflict(binder, writer) == (REFUTED, VALID)


def _unread(key: str, mspid: str) -> list[Any]:
    """Sets a policy past the runtime, which reads the key before it does so."""
    value = base64.b64encode(any_of(mspid).encode()).decode()
    metadata = {"metakey": "VALIDATION_PARAMETER", "value": value}
    return ["raw", "PUT_STATE_METADATA", {"key": key, "metadata": metadata}]


def test_a_write_before_the_binding_in_the_block(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    writer, binder = probe.plan(["put_state", "k", "1"]), probe.plan(_unread("k", A))
    assert ledger.conflict(writer, binder) == (VALID, VALID)
    assert (ledger.state("probe", "k"), ledger.policy("probe", "k")) == (b"1", all_of(A))


def test_a_block_on_which_real_peers_end(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    deleter, binder = probe.plan(["delete_state", "k"]), probe.plan(_unread("k", A))
    with pytest.raises(PeersStop, match="deleted"):
        ledger.conflict(deleter, binder)


def test_the_runtime_reads_what_it_binds_so_that_they_do_not(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("secret", [A, B, C])])
    conflict = (VALID, ValidationCode.MVCC_READ_CONFLICT)
    probe.do(["put_state", "k", "0"], ["put_private", "secret", "p", "0"])
    deleter, binder = probe.plan(["delete_state", "k"]), probe.plan(["set_state_policy", "k", A])
    assert ledger.conflict(deleter, binder) == conflict
    deleter = probe.plan(["delete_private", "secret", "p"])
    binder = probe.plan(["set_private_policy", "secret", "p", A])
    assert ledger.conflict(deleter, binder) == conflict


def test_a_block_for_which_real_peers_wait_for_ever(ledger: Ledger) -> None:
    """The first chaincode's policy fails, so the second is never looked at, nor its binding."""
    alpha = deploy(ledger, "alpha", policy=f"AND('{A}.peer', '{B}.peer')")
    beta = deploy(ledger, "beta")
    beta.do(["put_state", "k", "0"])
    binding = [["get_state", "k"], ["set_state_policy", "k", A]]
    call = [["put_state", "x", "1"], ["invoke", "beta", binding]]
    binder = alpha.plan(*call, endorsers=[A]).endorse()
    ledger.order(binder, beta.plan(["put_state", "other", "1"]).endorse())
    assert ledger.commit().codes == (REFUTED, VALID)

    binder = alpha.plan(*call, endorsers=[A]).endorse()
    ledger.order(binder, beta.plan(["put_state", "k", "1"]).endorse())
    with pytest.raises(PeersStop, match="wait for ever"):
        ledger.commit()


def test_a_block_with_a_binding_that_was_ordered_before(ledger: Ledger, probe: Probed) -> None:
    binder = probe.plan(*BOUND).endorse()
    ledger.order(binder)
    ledger.commit()
    ledger.order(binder, probe.plan(["put_state", "k", "1"], endorsers=[A, B]).endorse())
    with pytest.raises(PeersStop, match="wait for ever"):
        ledger.commit()


def test_the_gateway_asks_those_whom_the_keys_policies_name(ledger: Ledger) -> None:
    probe = deploy(ledger, policy="OR('AMSP.peer')")
    probe.do(
        ["put_state", "b", "0"], ["set_state_policy", "b", B],
        ["put_state", "c", "0"], ["set_state_policy", "c", C],
    )  # fmt: skip
    assert probe.do(["put_state", "b", "1"]).endorsers == (B,)
    assert probe.do(["put_state", "b", "1"], ["put_state", "c", "1"]).endorsers == (B, C)
    assert probe.do(["put_state", "b", "1"], ["put_state", "new", "1"]).endorsers == (A, B)


def test_a_policy_that_names_nobody_locks_the_key(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"], ["set_state_policy", "k", "XMSP"])
    with pytest.raises(EndorseError, match="no peer combination can satisfy"):
        probe.do(["put_state", "k", "1"])
    assert _code(ledger, probe, ["put_state", "k", "1"], by=[A, B, C]) is REFUTED


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (b"\xff", "error in simulation: error unmarshalling SignaturePolicyEnvelope"),
        (b"\x12\x02\x08\x07", "no peer combination can satisfy"),  # signed by the seventh of none
    ],
)
def test_a_policy_that_is_none_locks_the_key(
    ledger: Ledger, probe: Probed, policy: bytes, words: str
) -> None:
    metadata = {"metakey": "VALIDATION_PARAMETER", "value": base64.b64encode(policy).decode()}
    probe.do(
        ["put_state", "k", "0"], ["raw", "PUT_STATE_METADATA", {"key": "k", "metadata": metadata}]
    )
    with pytest.raises(EndorseError, match=words):
        probe.do(["put_state", "k", "1"])


def test_private_keys_by_their_hash(ledger: Ledger) -> None:
    probe = deploy(
        ledger, collections=[Collection("ab", [A, B], endorsement_policy="OR('CMSP.peer')")]
    )
    put, bind = ["put_private", "ab", "k", "0"], ["set_private_policy", "ab", "k", ["and", A, B]]
    assert _code(ledger, probe, put, by=[A, B]) is REFUTED  # the collection's: C
    assert _code(ledger, probe, put, bind, by=[C]) is VALID
    assert _code(ledger, probe, put, by=[C]) is REFUTED
    assert _code(ledger, probe, ["set_private_policy", "ab", "k", C], by=[C]) is REFUTED
    assert _code(ledger, probe, put, by=[A, B]) is VALID
    assert probe.ask(["get_private_policy", "ab", "k"]) == [str(all_of(A, B))]
    # one that is only bound anew stays readable: its version goes with its hash's
    assert _code(ledger, probe, ["set_private_policy", "ab", "k", A], by=[A, B]) is VALID
    assert probe.ask(["get_private", "ab", "k"]) == ["0"]


def test_policies_are_checked_for_called_chaincodes_too(ledger: Ledger, probe: Probed) -> None:
    outer = deploy(ledger, "outer")
    _code(ledger, probe, *BOUND, by=[C])
    call = ["invoke", "probe", [["put_state", "k", "1"]]]
    with pytest.raises(CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        outer.do(call, endorsers=[C])
    assert outer.do(call, endorsers=[A, B]).code is VALID


def test_what_a_policy_reads_as(ledger: Ledger, probe: Probed) -> None:
    _code(ledger, probe, *BOUND, by=[C])
    found = ledger.policy("probe", "k")
    assert isinstance(found, Policy)
    assert probe.ask(["get_state_policy", "k"]) == [str(found)]
