"""The rules by themselves, as a client runs them."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from tests.unit.contracts.logistics.scene import HOUR
from weftwork_contracts.faults import RuleError
from weftwork_contracts.logistics import rules
from weftwork_contracts.logistics.model import Consignment, Draft, Item, Offer, Terms
from weftwork_contracts.parties import CIVIC, DEPARTMENTS, ENERGY, LOGISTICS, PROPERTY, witness
from weftwork_model import encode, replace


def open_offer() -> tuple[Consignment, Offer]:
    draft = Draft(id="C-1", consignee=ENERGY, items=(Item(id="M-1"),))
    consignment, custody = rules.create(draft, LOGISTICS, 0)
    consignment = rules.tender(consignment, 1)
    terms = Terms(id="O-1", consignment="C-1", to=ENERGY, items=("M-1",), deadline=HOUR)
    return consignment, rules.offer(terms, consignment, custody, LOGISTICS, 2)[0]


def accepted(offer: Offer) -> Offer:
    return rules.accept(offer, None, 3)[0]


def rejected(offer: Offer) -> Offer:
    return rules.reject(offer, "no", 3)


def withdrawn(offer: Offer) -> Offer:
    return rules.withdraw(offer, 3)


def expired(offer: Offer) -> Offer:
    return rules.expire(offer, HOUR + 1)


Ending = Callable[[Offer], Offer]

ENDINGS: list[Ending] = [accepted, rejected, withdrawn, expired]


@pytest.mark.parametrize("first", ENDINGS)
@pytest.mark.parametrize("second", ENDINGS)
def test_an_offer_closes_once(first: Ending, second: Ending) -> None:
    closed = first(open_offer()[1])
    with pytest.raises(RuleError, match="closed"):
        second(closed)


def test_a_receipt_proves_one_custody() -> None:
    _, offer = open_offer()
    _, (moved,) = rules.accept(offer, None, 3)
    before = offer.items[0]
    for held in (before, moved):
        from_ledger = sha256(encode(rules.receipt(held))).digest()
        assert rules.is_receipted(held, from_ledger)
        assert not rules.is_receipted(replace(held, quantity=2), from_ledger)
        assert not rules.is_receipted(held, None)
    assert rules.came_from(moved, rules.accept(offer, None, 3)[0]) == before
    assert rules.came_from(moved, rules.accept(offer, None, 4)[0]) is None
    assert rules.came_from(moved, rules.withdraw(offer, 3)) is None


@pytest.mark.parametrize("giver", DEPARTMENTS)
@pytest.mark.parametrize("receiver", DEPARTMENTS)
def test_nobody_witnesses_their_own_handoff(giver: str, receiver: str) -> None:
    vouching = witness(giver, receiver)
    assert vouching not in (giver, receiver)
    if CIVIC not in (giver, receiver):
        assert vouching == CIVIC
    elif PROPERTY not in (giver, receiver):
        assert vouching == PROPERTY
