"""Custody against departments that cheat: their own peers run `RogueLogistics`, their envelopes are
ordered, and every peer must record ENDORSEMENT_POLICY_FAILURE. See docs/logistics.md.
"""

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import weftwork
from weftwork.departments import Logistics
from weftwork.ledger import ValidationCode
from weftwork_contracts.logistics.model import Custody, Draft, Item, Terms
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS, PROPERTY
from weftwork_network import Network
from weftwork_network.demo.cast import Cast

ROGUE = Path(__file__).with_name("rogue_logistics.py")
DEPARTMENTS = ("Logistics", "Energy", "Property", "Civic")


class Yard:
    """Goods with names of their own on a shared network, and the departments' people."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.desks = {
            LOGISTICS: cast.logistics_clerk,
            ENERGY: cast.energy_clerk,
            PROPERTY: cast.registrar,
            CIVIC: cast.officer,
        }
        tag = secrets.token_hex(4)
        self.consignment, self.item, self.offer = f"C-{tag}", f"M-{tag}", f"O-{tag}"

    def people(self, mspid: str) -> Logistics:
        return self.desks[mspid].logistics

    def level(self) -> None:
        """Wait until all peers are equally far, whichever endorses next."""
        deadline = time.monotonic() + 15
        while len({desk.network.info().height for desk in self.desks.values()}) > 1:
            assert time.monotonic() < deadline, "the peers stay apart"

    def do(self, mspid: str, function: str, *args: Any, **options: Any) -> Any:
        result = getattr(self.people(mspid), function)(*args, **options)
        self.level()
        return result

    def draft(self) -> Draft:
        return Draft(id=self.consignment, consignee=ENERGY, items=(Item(id=self.item),))

    def terms(self, to: str = ENERGY) -> Terms:
        deadline = int(time.time() * 1000) + 3_600_000
        return Terms(
            id=self.offer, consignment=self.consignment, to=to, items=(self.item,),
            deadline=deadline,
        )  # fmt: skip

    def tendered(self) -> "Yard":
        self.do(LOGISTICS, "create", self.consignment, consignee=ENERGY, items=[self.item])
        self.do(LOGISTICS, "tender", self.consignment)
        return self

    def offered(self) -> "Yard":
        self.tendered()
        self.do(LOGISTICS, "offer", self.consignment, to=ENERGY, items=[self.item],
                offer_id=self.offer)  # fmt: skip
        return self

    def held(self) -> Custody:
        return self.people(PROPERTY).trace(self.item).custody

    def attempt(self, endorsers: Sequence[str], function: str, *args: object) -> ValidationCode:
        """What all peers record of a transaction that only `endorsers` endorse."""
        contract = self.desks[endorsers[0]].network.contract("logistics")
        proposal = contract.proposal(function, *args, endorsing_organizations=list(endorsers))
        transaction = proposal.endorse()
        code = transaction.submit().status().code
        self.level()
        for desk in self.desks.values():
            assert desk.network.transaction(transaction.transaction_id).code is code
        return code


@pytest.fixture(scope="module")
def rogues(network: Network) -> Iterator[None]:
    """Every department runs the changed contract; which of them cheat is each test's choice."""
    shutil.copy(ROGUE, network.project.folder)
    for department in DEPARTMENTS:
        network.restart_chaincode(department, {"logistics": "rogue_logistics:RogueLogistics"})
    yield
    for department in DEPARTMENTS:
        network.restart_chaincode(department)


@pytest.fixture
def yard(rogues: None, cast: Cast) -> Yard:
    return Yard(cast)


REFUSED = ValidationCode.ENDORSEMENT_POLICY_FAILURE
VALID = ValidationCode.VALID


@pytest.mark.parametrize("alone", [LOGISTICS, ENERGY, CIVIC])
@pytest.mark.parametrize("receipts", [True, False])
def test_nobody_mints_alone(yard: Yard, alone: str, receipts: bool) -> None:
    assert yard.attempt([alone], "rogue_create", yard.draft(), receipts) is REFUSED


def test_no_two_mint_without_logistics(yard: Yard) -> None:
    assert yard.attempt([ENERGY, CIVIC], "rogue_create", yard.draft(), True) is REFUSED


def test_at_rest_only_holder_and_witness_together_write(yard: Yard) -> None:
    item = yard.tendered().item
    before = yard.held()
    for cheats, holder, receipts in (
        ([ENERGY], ENERGY, True),
        ([ENERGY], ENERGY, False),
        ([LOGISTICS], ENERGY, False),
        ([LOGISTICS], LOGISTICS, True),
        ([CIVIC], CIVIC, True),
        ([LOGISTICS, ENERGY], ENERGY, True),
        ([ENERGY, CIVIC], ENERGY, True),
        # holder and witness may write custody, but not the receipt of somebody else
        ([LOGISTICS, CIVIC], ENERGY, True),
    ):
        assert yard.attempt(cheats, "rogue_take", item, holder, receipts) is REFUSED
    for cheats in ([LOGISTICS], [ENERGY], [CIVIC], [ENERGY, CIVIC]):
        assert yard.attempt(cheats, "rogue_bind", item, cheats[0]) is REFUSED
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
        ([LOGISTICS, CIVIC], True),  # giver and witness forge the receiver's receipt
    ):
        assert yard.attempt(cheats, "rogue_accept", yard.offer, receipts) is REFUSED
    assert yard.held().holder == LOGISTICS


@pytest.mark.parametrize("state", ["EXPIRED", "WITHDRAWN", "REJECTED"])
def test_nobody_ends_an_offer_alone(yard: Yard, state: str) -> None:
    yard.offered()
    for cheat in (LOGISTICS, ENERGY, CIVIC, PROPERTY):
        assert yard.attempt([cheat], "rogue_end", yard.offer, state) is REFUSED
    assert yard.people(CIVIC).read_offer(yard.offer).state.value == "OFFERED"


def test_no_two_rewrite_a_closed_offer(yard: Yard) -> None:
    yard.offered()
    yard.do(ENERGY, "accept", yard.offer)
    for cheats in ([ENERGY, CIVIC], [LOGISTICS, CIVIC], [LOGISTICS, ENERGY]):
        assert yard.attempt(cheats, "rogue_end", yard.offer, "WITHDRAWN") is REFUSED


def test_honest_endorsers_refuse_what_cheats_would_do(yard: Yard) -> None:
    """Without the changed contract the same things are refused before anything is ordered."""
    yard.offered()
    with pytest.raises(weftwork.EndorseError, match="deadline"):
        yard.people(LOGISTICS).expire(yard.offer)
    with pytest.raises(weftwork.EndorseError, match="EnergyMSP"):
        yard.people(CIVIC).accept(yard.offer)


def test_silence_stops_nothing(yard: Yard) -> None:
    """What the policies must let pass: one party of three may stay away."""
    yard.offered()
    assert yard.attempt([LOGISTICS, CIVIC], "withdraw", yard.offer) is VALID
    second = Yard(yard.cast).offered()
    assert second.attempt([ENERGY, CIVIC], "accept", second.offer) is VALID
    assert second.held().holder == ENERGY
    assert not second.people(CIVIC).trace(second.item).forged


def test_what_two_colluding_departments_write_is_seen_to_be_forged(yard: Yard) -> None:
    yard.tendered()
    assert yard.attempt([LOGISTICS, CIVIC], "rogue_take", yard.item, ENERGY, False) is VALID
    told = yard.people(PROPERTY).trace(yard.item)
    assert told.forged
    assert [leg.holder for leg in told.legs if leg.forged] == [ENERGY]
    with pytest.raises(weftwork.EndorseError, match="forged"):
        yard.people(ENERGY).offer(yard.consignment, to=CIVIC, items=[yard.item])
    with pytest.raises(weftwork.EvaluateError, match="forged"):
        yard.people(PROPERTY).custody(yard.item)


def test_an_old_receipt_brings_nothing_back(yard: Yard) -> None:
    yard.offered()
    during = yard.held()
    yard.do(ENERGY, "accept", yard.offer)
    assert yard.attempt([ENERGY, CIVIC], "rogue_restore", during) is VALID
    assert yard.people(PROPERTY).trace(yard.item).forged
    with pytest.raises(weftwork.EndorseError, match="forged"):
        yard.people(LOGISTICS).offer(yard.consignment, to=CIVIC, items=[yard.item])
