"""Departments that cheat, on the ledger: the table that tests/integration/test_rogue_logistics.py
tries on real peers, with the same contract, attempts and outcomes.
"""

from collections.abc import Iterator, Sequence

import pytest

from tests.integration.rogue_logistics import RogueLogistics
from weftwork import EndorseError, ValidationCode
from weftwork_chaincode.testing import Collection, Ledger, identity
from weftwork_contracts.logistics.model import Custody, Draft, Item, Terms
from weftwork_contracts.parties import (
    CIVIC,
    ENERGY,
    LOGISTICS,
    PROPERTY,
    consent_collection,
    custodian_role,
)
from weftwork_model import decode

DEPARTMENTS = (LOGISTICS, ENERGY, PROPERTY, CIVIC)
REFUSED = ValidationCode.ENDORSEMENT_POLICY_FAILURE
VALID = ValidationCode.VALID


class Yard:
    """Goods of Logistics on a channel of four departments."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        others = ", ".join(f"'{mspid}.peer'" for mspid in DEPARTMENTS[1:])
        self.logistics = ledger.deploy(
            RogueLogistics(clock=lambda: ledger.now),
            policy=f"AND('{LOGISTICS}.peer', OR({others}))",
            collections=[
                Collection(
                    consent_collection(mspid), [mspid], endorsement_policy=f"OR('{mspid}.peer')"
                )
                for mspid in DEPARTMENTS
            ],
        )

    def do(self, mspid: str, function: str, *args: object) -> None:
        self.logistics.submit(function, *args, as_=identity(mspid, custodian_role(mspid)))

    def attempt(self, endorsers: Sequence[str], function: str, *args: object) -> ValidationCode:
        client = identity(endorsers[0], custodian_role(endorsers[0]))
        transaction = self.logistics.endorse(function, *args, as_=client, endorsers=endorsers)
        self.ledger.order(transaction)
        return self.ledger.commit().transaction(transaction.transaction_id).code

    def held(self) -> Custody:
        found = self.ledger.state("logistics", Custody.key_of("M-1"))
        assert found is not None
        return decode(found, Custody)

    def terms(self) -> Terms:
        later = self.ledger.now + 3_600_000
        return Terms(id="O-1", consignment="C-1", to=ENERGY, items=("M-1",), deadline=later)

    def tendered(self) -> "Yard":
        self.do(LOGISTICS, "create", DRAFT)
        self.do(LOGISTICS, "tender", "C-1")
        return self

    def offered(self) -> "Yard":
        self.tendered()
        self.do(LOGISTICS, "offer", self.terms())
        return self


DRAFT = Draft(id="C-1", consignee=ENERGY, items=(Item(id="M-1"),))


@pytest.fixture
def yard() -> Iterator[Yard]:
    with Ledger(DEPARTMENTS) as ledger:
        yield Yard(ledger)


@pytest.mark.parametrize("cheats", [[LOGISTICS], [ENERGY], [CIVIC], [ENERGY, CIVIC]])
@pytest.mark.parametrize("receipts", [True, False])
def test_nobody_mints_alone(yard: Yard, cheats: list[str], receipts: bool) -> None:
    assert yard.attempt(cheats, "rogue_create", DRAFT, receipts) is REFUSED


def test_at_rest_only_holder_and_witness_together_write(yard: Yard) -> None:
    before = yard.tendered().held()
    for cheats, holder, receipts in (
        ([ENERGY], ENERGY, True),
        ([ENERGY], ENERGY, False),
        ([LOGISTICS], ENERGY, False),
        ([LOGISTICS], LOGISTICS, True),
        ([CIVIC], CIVIC, True),
        ([LOGISTICS, ENERGY], ENERGY, True),
        ([ENERGY, CIVIC], ENERGY, True),
        ([LOGISTICS, CIVIC], ENERGY, True),
    ):
        assert yard.attempt(cheats, "rogue_take", "M-1", holder, receipts) is REFUSED
    for cheats in ([LOGISTICS], [ENERGY], [CIVIC], [ENERGY, CIVIC]):
        assert yard.attempt(cheats, "rogue_bind", "M-1", cheats[0]) is REFUSED
    assert yard.held() == before


def test_only_the_holder_offers(yard: Yard) -> None:
    yard.tendered()
    for cheats in ([ENERGY], [LOGISTICS], [ENERGY, CIVIC], [LOGISTICS, ENERGY]):
        assert yard.attempt(cheats, "rogue_offer", yard.terms(), LOGISTICS) is REFUSED
    assert yard.held().offered is None


def test_nobody_accepts_alone_nor_for_another(yard: Yard) -> None:
    yard.offered()
    for cheats, receipts in (
        ([ENERGY], True),
        ([LOGISTICS], False),
        ([CIVIC], False),
        ([LOGISTICS, CIVIC], True),
    ):
        assert yard.attempt(cheats, "rogue_accept", "O-1", receipts) is REFUSED
    assert yard.held().holder == LOGISTICS


@pytest.mark.parametrize("state", ["EXPIRED", "WITHDRAWN", "REJECTED"])
def test_nobody_ends_an_offer_alone(yard: Yard, state: str) -> None:
    yard.offered()
    for cheat in DEPARTMENTS:
        assert yard.attempt([cheat], "rogue_end", "O-1", state) is REFUSED


def test_no_two_rewrite_a_closed_offer(yard: Yard) -> None:
    yard.offered()
    yard.do(ENERGY, "accept", "O-1")
    for cheats in ([ENERGY, CIVIC], [LOGISTICS, CIVIC], [LOGISTICS, ENERGY]):
        assert yard.attempt(cheats, "rogue_end", "O-1", "WITHDRAWN") is REFUSED


def test_silence_stops_nothing(yard: Yard) -> None:
    yard.offered()
    assert yard.attempt([ENERGY, CIVIC], "accept", "O-1") is VALID
    assert yard.held().holder == ENERGY


def test_what_two_colluding_departments_write_is_seen_to_be_forged(yard: Yard) -> None:
    yard.tendered()
    assert yard.attempt([LOGISTICS, CIVIC], "rogue_take", "M-1", ENERGY, False) is VALID
    with pytest.raises(EndorseError, match="forged"):
        yard.do(ENERGY, "offer", Terms(**{**_fields(yard.terms()), "to": CIVIC}))


def _fields(terms: Terms) -> dict[str, object]:
    return {name: getattr(terms, name) for name in ("id", "consignment", "items", "deadline")}
