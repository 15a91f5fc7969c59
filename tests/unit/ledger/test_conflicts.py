"""Reads and ranges against what is committed: MVCC and phantoms, within and across blocks."""

import pytest

from tests.unit.ledger.probing import Probed, deploy
from weftwork import CommitError, ValidationCode
from weftwork_chaincode.testing import Collection, Ledger

VALID = ValidationCode.VALID
MVCC = ValidationCode.MVCC_READ_CONFLICT
PHANTOM = ValidationCode.PHANTOM_READ_CONFLICT


def _both_orders(ledger: Ledger, probe: Probed, writer: list, reader: list) -> list:
    """The reader's code after the writer in one block, and after it across blocks."""
    reader = [*reader, ["put_state", "mark", "1"]]
    first = ledger.conflict(probe.plan(writer), probe.plan(*reader))
    late = probe.plan(*reader).endorse()
    probe.do(["put_state", "between", "1"], writer)
    ledger.order(late)
    ledger.commit()
    assert first[0] is VALID
    return [first[1], ledger.status(late.transaction_id).code]


def test_a_key_that_was_read_and_then_written(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    writer, reader = ["put_state", "k", "1"], [["get_state", "k"]]
    assert _both_orders(ledger, probe, writer, reader) == [MVCC, MVCC]


def test_a_key_that_was_read_as_absent_and_then_made(ledger: Ledger, probe: Probed) -> None:
    assert _both_orders(ledger, probe, ["put_state", "k", "1"], [["get_state", "k"]])[0] is MVCC


def test_a_key_that_was_read_and_then_deleted(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    reader = probe.plan(["get_states", ["k", "other"]], ["put_state", "mark", "1"])
    assert ledger.conflict(probe.plan(["delete_state", "k"]), reader) == (VALID, MVCC)
    assert ledger.state("probe", "k") is None


def test_a_key_whose_policy_was_set(ledger: Ledger, probe: Probed) -> None:
    probe.do(["put_state", "k", "0"])
    reader = probe.plan(["get_state", "k"], ["put_state", "mark", "1"])
    assert ledger.conflict(probe.plan(["set_state_policy", "k", "AMSP"]), reader) == (VALID, MVCC)


def test_blind_writes_of_one_key_do_not_conflict(ledger: Ledger, probe: Probed) -> None:
    codes = ledger.conflict(
        probe.plan(["put_state", "k", "1"]), probe.plan(["put_state", "k", "2"])
    )
    assert codes == (VALID, VALID)
    assert ledger.state("probe", "k") == b"2"


def test_a_private_key_by_its_hash(ledger: Ledger) -> None:
    probe = deploy(ledger, collections=[Collection("c", ["AMSP"])])
    probe.do(["put_private", "c", "k", "0"])
    for reader in (["get_private_hash", "c", "k"], ["get_private", "c", "k"]):
        plan = probe.plan(reader, ["put_state", "mark", "1"])
        writer = probe.plan(["put_private", "c", "k", "1"])
        assert ledger.conflict(writer, plan) == (VALID, MVCC)


@pytest.mark.parametrize(
    "writer",
    [["put_state", "b5", "new"], ["put_state", "b1", "other"], ["delete_state", "b1"]],
    ids=["inserted", "updated", "deleted"],
)
def test_a_range(ledger: Ledger, probe: Probed, writer: list) -> None:
    probe.do(["put_state", "b1", "1"], ["put_state", "b9", "9"])
    codes = _both_orders(ledger, probe, writer, [["range_of", "b", "c"]])
    assert codes[0] is PHANTOM


def test_a_range_across_blocks(ledger: Ledger, probe: Probed) -> None:
    late = probe.plan(["range_of", "b", "c"], ["put_state", "mark", "1"]).endorse()
    probe.do(["put_state", "b5", "new"])
    ledger.order(late)
    assert ledger.commit().codes == (PHANTOM,)
    with pytest.raises(CommitError, match="PHANTOM_READ_CONFLICT"):
        ledger.channel.check(late.transaction_id)


def test_a_key_that_came_and_went_within_the_block(ledger: Ledger, probe: Probed) -> None:
    program = ["range_of", "b", "c"], ["put_state", "mark", "1"]
    several = [
        probe.plan(*one).endorse()
        for one in ([["put_state", "b5", "1"]], [["delete_state", "b5"]], program)
    ]
    ledger.order(*several)
    assert ledger.commit().codes == (VALID, VALID, VALID)


def test_two_ranges_with_one_end(ledger: Ledger, probe: Probed) -> None:
    reader = probe.plan(["range_of", "m", "z"], ["range_of", "a", "z"])
    assert ledger.conflict(probe.plan(["put_state", "b", "1"]), reader) == (VALID, PHANTOM)


def test_the_end_of_a_range_is_not_of_it(ledger: Ledger, probe: Probed) -> None:
    reader = probe.plan(["range_of", "b", "c"], ["put_state", "mark", "1"])
    assert ledger.conflict(probe.plan(["put_state", "c", "1"]), reader) == (VALID, VALID)


def test_a_range_that_was_left_early_counts_as_far_as_the_peer_took_it(
    ledger: Ledger, probe: Probed
) -> None:
    # The first answer holds 100 rows, and the peer has taken one more from the database.
    probe.do(["put_many", "b", 120, "x"])
    mark = ["put_state", "mark", "1"]
    for key, code in (("b100", PHANTOM), ("b101", VALID), ("b0995", PHANTOM), ("b1005", VALID)):
        reader = probe.plan(["range_of", "b", "c", 3], mark)
        assert ledger.conflict(probe.plan(["put_state", key, "new"]), reader) == (VALID, code), key
        probe.do(["delete_state", "b0995"])


def test_a_range_that_a_called_chaincode_read(ledger: Ledger, probe: Probed) -> None:
    other = deploy(ledger, "other")
    reader = other.plan(["invoke", "probe", [["range_of", "b", "c"]]])
    assert ledger.conflict(probe.plan(["put_state", "b1", "1"]), reader) == (VALID, PHANTOM)


def test_what_is_found_invalid_writes_nothing(ledger: Ledger, probe: Probed) -> None:
    first, second, third = (
        probe.plan(["get_state", "k"], ["put_state", key, "1"]).endorse()
        for key in ("k", "second", "k")
    )
    blind = probe.plan(["put_state", "blind", "1"]).endorse()
    ledger.order(first, second, third, blind)
    assert ledger.commit().codes == (VALID, MVCC, MVCC, VALID)
    assert ledger.keys("probe") == ["blind", "k"]


def test_an_endorsement_from_before_an_upgrade(ledger: Ledger, probe: Probed) -> None:
    old = probe.plan(["put_state", "k", "1"]).endorse()
    deploy(ledger, version="2.0")
    ledger.order(old)
    assert ledger.commit().codes == (MVCC,)


def test_one_transaction_twice(ledger: Ledger, probe: Probed) -> None:
    once = probe.plan(["put_state", "k", "1"]).endorse()
    ledger.order(once, once)
    assert ledger.commit().codes == (VALID, ValidationCode.DUPLICATE_TXID)
    ledger.order(once)
    assert ledger.commit().codes == (ValidationCode.DUPLICATE_TXID,)
    assert ledger.status(once.transaction_id).code is VALID
