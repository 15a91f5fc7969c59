"""The settlement lock in both orders, across blocks and inside one.

A bill that is ordered before the final transaction invalidates it; a bill that was simulated
before and is ordered after is itself invalid.
"""

import secrets

import pytest

from tests.integration.town import DOCUMENT, Town
from weftwork import Commit, Transaction, ValidationCode
from weftwork_contracts.parties import CIVIC, ENERGY


def ready(town: Town) -> Town:
    """A case whose final transaction would commit, and a month that could be billed."""
    town.build({"2012-01": 241_000, "2012-02": 500_000})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.all_steps(through="2012-01")
    return town


def endorsed_bill(town: Town) -> Transaction:
    contract = town.network("Energy", "billing").contract("electricity")
    proposal = contract.proposal(
        "bill",
        town.account,
        "2012-02",
        1,
        transient={"salt": secrets.token_bytes(32)},
        endorsing_organizations=[ENERGY, CIVIC],
    )
    return proposal.endorse()


def endorsed_final(town: Town) -> Transaction:
    contract = town.network("Civic", "officer").contract("casework")
    return contract.proposal("finalize", town.case).endorse()


def outcome(commit: Commit) -> tuple[ValidationCode, int]:
    status = commit.status()
    return status.code, status.block_number


def test_a_bill_ordered_before_invalidates_the_settlement(town: Town) -> None:
    ready(town)
    bill, final = endorsed_bill(town), endorsed_final(town)
    billed, in_block = outcome(bill.submit())
    town.level()
    settled, later = outcome(final.submit())
    assert (billed, settled) == (ValidationCode.VALID, ValidationCode.PHANTOM_READ_CONFLICT)
    assert later > in_block
    town.level()
    assert town.billing.read_account(town.account).holder == town.seller
    assert town.registry.read_right(town.flat).title == 1
    # the way on: that month is the buyer's, so the bill is credited
    town.billing.credit(bill.transaction_id, reason=DOCUMENT)
    town.cases.finalize(town.case)
    assert town.billing.read_account(town.account).holder == town.buyer


def test_a_bill_simulated_before_and_ordered_after_is_invalid(town: Town) -> None:
    ready(town)
    bill, final = endorsed_bill(town), endorsed_final(town)
    settled, in_block = outcome(final.submit())
    town.level()
    billed, later = outcome(bill.submit())
    assert (settled, billed) == (ValidationCode.VALID, ValidationCode.MVCC_READ_CONFLICT)
    assert later > in_block
    town.level()
    assert town.billing.open_entries(town.account) == []
    assert town.registry.read_right(town.flat).title == 2


@pytest.mark.parametrize(
    ("bill_first", "codes"),
    [
        (True, (ValidationCode.VALID, ValidationCode.PHANTOM_READ_CONFLICT)),
        (False, (ValidationCode.VALID, ValidationCode.MVCC_READ_CONFLICT)),
    ],
)
def test_both_orders_inside_one_block(
    racing_town: Town, bill_first: bool, codes: tuple[ValidationCode, ValidationCode]
) -> None:
    town = ready(racing_town)
    bill, final = endorsed_bill(town), endorsed_final(town)
    first, second = (bill, final) if bill_first else (final, bill)
    commits = first.submit(), second.submit()
    (won, block), (lost, same) = (outcome(commit) for commit in commits)
    assert (won, lost) == codes
    assert block == same
    recorded = town.network("Civic", "officer").block(block)
    order = [transaction.transaction_id for transaction in recorded.transactions]
    assert order.index(first.transaction_id) < order.index(second.transaction_id)
