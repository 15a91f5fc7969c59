"""Handoffs on a real network: every department's gateway finds by itself who must endorse."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import weftwork
from weftwork_contracts.logistics.model import ConsignmentState, OfferState, Terms
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS, PROPERTY
from weftwork_network.demo.cast import Cast


class Yard:
    """A consignment of two items for Civic, with names of its own."""

    def __init__(self, cast: Cast) -> None:
        tag = secrets.token_hex(4)
        self.consignment, self.tag = f"C-{tag}", tag
        self.items = [f"M-{tag}", f"L-{tag}"]
        self.desks = {
            LOGISTICS: cast.logistics_clerk,
            ENERGY: cast.energy_clerk,
            PROPERTY: cast.registrar,
            CIVIC: cast.officer,
        }

    def do(self, mspid: str, function: str, *args: Any, **options: Any) -> Any:
        """Call it, and wait until all peers have it."""
        result = getattr(self.desks[mspid].logistics, function)(*args, **options)
        until = time.monotonic() + 15
        while len({desk.network.info().height for desk in self.desks.values()}) > 1:
            assert time.monotonic() < until, "the peers stay apart"
        return result

    def offer(self, giver: str, to: str, number: int, **options: Any) -> str:
        options = {"items": self.items, "offer_id": f"O-{self.tag}-{number}"} | options
        return self.do(giver, "offer", self.consignment, to=to, **options).id


@pytest.fixture
def yard(cast: Cast) -> Yard:
    made = Yard(cast)
    made.do(LOGISTICS, "create", made.consignment, consignee=CIVIC, items=made.items)
    made.do(LOGISTICS, "tender", made.consignment)
    return made


def test_from_hand_to_hand_to_the_consignee(yard: Yard) -> None:
    legs = [(LOGISTICS, ENERGY), (ENERGY, PROPERTY), (PROPERTY, CIVIC)]
    for number, (giver, receiver) in enumerate(legs):
        offer = yard.offer(giver, receiver, number)
        yard.do(receiver, "accept", offer)
    yard.do(CIVIC, "deliver", yard.consignment)
    closed = yard.do(LOGISTICS, "close", yard.consignment)
    assert closed.state is ConsignmentState.CLOSED
    for item in yard.items:
        told = yard.desks[ENERGY].logistics.trace(item)
        assert [leg.holder for leg in told.legs] == [LOGISTICS, ENERGY, PROPERTY, CIVIC]
        assert not told.forged
        assert yard.desks[PROPERTY].logistics.custody(item).holder == CIVIC


def test_each_way_an_offer_ends_without_a_move(yard: Yard) -> None:
    assert yard.do(CIVIC, "reject", yard.offer(LOGISTICS, CIVIC, 1), "no room").reason == "no room"
    withdrawn = yard.do(LOGISTICS, "withdraw", yard.offer(LOGISTICS, CIVIC, 2))
    assert withdrawn.state is OfferState.WITHDRAWN

    soon = datetime.now(UTC) + timedelta(seconds=3)
    offer = yard.offer(LOGISTICS, ENERGY, 3, deadline=soon)
    with pytest.raises(weftwork.EndorseError, match="deadline") as early:
        yard.do(LOGISTICS, "expire", offer)
    assert early.value.refusals[0].mspid == LOGISTICS
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 0.1)
    with pytest.raises(weftwork.EndorseError, match="deadline"):
        yard.do(ENERGY, "accept", offer)
    assert yard.do(LOGISTICS, "expire", offer).state is OfferState.EXPIRED
    assert yard.desks[CIVIC].logistics.custody(yard.items[0]).holder == LOGISTICS


def test_a_second_try_is_told_from_a_new_offer(yard: Yard) -> None:
    yard.offer(LOGISTICS, ENERGY, 1)
    with pytest.raises(weftwork.EndorseError, match="AlreadyExists: offer"):
        yard.offer(LOGISTICS, ENERGY, 1)
    with pytest.raises(weftwork.EndorseError, match="AlreadyExists: consignment"):
        yard.do(LOGISTICS, "create", yard.consignment, consignee=CIVIC, items=yard.items)


def test_a_department_that_is_not_there_is_offered_nothing(yard: Yard) -> None:
    with pytest.raises(weftwork.EndorseError, match="NowhereMSP takes no part here"):
        yard.offer(LOGISTICS, "NowhereMSP", 1)
    with pytest.raises(weftwork.EndorseError, match="NowhereMSP takes no part here"):
        yard.do(LOGISTICS, "create", yard.tag, consignee="NowhereMSP", items=["X-" + yard.tag])


def test_two_offers_of_one_item_at_once_make_one(yard: Yard) -> None:
    """Both are endorsed on the same state; the ledger takes one."""
    contract = yard.desks[LOGISTICS].network.contract("logistics")
    endorsed = [contract.proposal("offer", _terms(yard, number)).endorse() for number in (1, 2)]
    codes = sorted(commit.status().code for commit in [each.submit() for each in endorsed])
    assert codes[0] is weftwork.ValidationCode.VALID
    # In one block the second meets a key whose policy the first has just changed, and Fabric does
    # not say which policy should judge it; in the next block it meets a changed value.
    assert codes[1] in (
        weftwork.ValidationCode.ENDORSEMENT_POLICY_FAILURE,
        weftwork.ValidationCode.MVCC_READ_CONFLICT,
    )


def _terms(yard: Yard, number: int) -> Terms:
    return Terms(
        id=f"O-{yard.tag}-{number}",
        consignment=yard.consignment,
        to=ENERGY,
        items=tuple(yard.items),
        deadline=int(time.time() * 1000) + 3_600_000,
    )
