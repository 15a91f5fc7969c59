"""What each transaction does and refuses, over the real engine and a state in memory."""

import json
from typing import Any

import pytest

from tests.unit.contracts.logistics.scene import HARBOUR, HOUR, Scene
from weftwork_chaincode.testing import TxResult
from weftwork_contracts.logistics.model import (
    Consignment,
    ConsignmentState,
    Custody,
    Document,
    Draft,
    Item,
    Offer,
    OfferState,
    Receipt,
    Reservation,
    Trace,
)
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS, PROPERTY
from weftwork_model import encode, replace


def assert_refused(result: TxResult, status: int, words: str) -> None:
    assert result.status == status, result.message
    assert words in result.message


async def test_from_draft_to_closed() -> None:
    scene = Scene()
    items = (Item(id="M-1"), Item(id="P-1", quantity=200, manifest="a" * 64))
    draft = Draft(id="C-1", consignee=CIVIC, items=items)
    created = (await scene.do(LOGISTICS, "create", draft)).returns(Consignment)
    assert created.state is ConsignmentState.DRAFT
    await scene.do(LOGISTICS, "tender", "C-1")
    await scene.offered(items=("M-1", "P-1"))
    accepted = (await scene.do(ENERGY, "accept", "O-1")).returns(Offer)
    assert accepted.state is OfferState.ACCEPTED
    assert scene.held("P-1").holder == ENERGY
    assert_refused(await scene.run(CIVIC, "deliver", "C-1"), 400, "not held by CivicMSP")
    await scene.offered(giver=ENERGY, to=CIVIC, id="O-2", items=("P-1", "M-1"))
    doubt = Reservation(remark="seal broken", documents=(Document(name="photo", sha256="b" * 64),))
    await scene.do(CIVIC, "accept_with_reservation", "O-2", doubt)
    assert_refused(await scene.run(LOGISTICS, "close", "C-1"), 400, "TENDERED, not DELIVERED")
    await scene.do(CIVIC, "deliver", "C-1")
    closed = (await scene.do(LOGISTICS, "close", "C-1")).returns(Consignment)
    assert closed.state is ConsignmentState.CLOSED
    told = (await scene.do(PROPERTY, "trace", "P-1")).returns(Trace)
    assert [leg.holder for leg in told.legs] == [LOGISTICS, ENERGY, CIVIC]
    assert [leg.offer for leg in told.legs] == [None, "O-1", "O-2"]
    assert not told.forged
    assert (told.custody.quantity, told.custody.manifest) == (200, "a" * 64)
    held = (await scene.do(ENERGY, "custody", "M-1")).returns(Custody)
    assert (held.holder, held.leg) == (CIVIC, 2)
    read = (await scene.do(ENERGY, "read_offer", "O-2")).returns(Offer)
    assert (read.state, read.reservation) == (OfferState.ACCEPTED_WITH_RESERVATION, doubt)
    assert (await scene.do(ENERGY, "read", "C-1")).returns(Consignment) == closed


OTHERS = (ENERGY, PROPERTY, CIVIC, HARBOUR)


@pytest.mark.parametrize("mspid", OTHERS)
async def test_only_logistics_creates_tenders_and_closes(mspid: str) -> None:
    scene = Scene()
    draft = Draft(id="C-1", consignee=ENERGY, items=(Item(id="M-1"),))
    assert_refused(await scene.run(mspid, "create", draft), 403, LOGISTICS)
    await scene.do(LOGISTICS, "create", draft)
    assert_refused(await scene.run(mspid, "tender", "C-1"), 403, LOGISTICS)
    assert_refused(await scene.run(mspid, "close", "C-1"), 403, LOGISTICS)


@pytest.mark.parametrize("role", [None, "admin", "auditor", "meter-operator"])
async def test_the_role_must_fit(role: str | None) -> None:
    scene = Scene()
    draft = Draft(id="C-1", consignee=ENERGY, items=(Item(id="M-1"),))
    assert_refused(await scene.run(LOGISTICS, "create", draft, role=role), 403, "clerk")
    await scene.tendered()
    assert_refused(await scene.run(LOGISTICS, "offer", scene.terms(), role=role), 403, "clerk")
    await scene.offered()
    assert_refused(await scene.run(ENERGY, "accept", "O-1", role=role), 403, "clerk")
    assert_refused(await scene.run(LOGISTICS, "withdraw", "O-1", role=role), 403, "clerk")


@pytest.mark.parametrize("mspid", OTHERS)
async def test_only_the_holder_offers_and_withdraws(mspid: str) -> None:
    scene = Scene()
    await scene.tendered()
    to = LOGISTICS
    assert_refused(await scene.run(mspid, "offer", scene.terms(to=to)), 400, "held by LogisticsMSP")
    await scene.offered()
    assert_refused(await scene.run(mspid, "withdraw", "O-1"), 403, LOGISTICS)
    scene.set_time(scene.bench.now + HOUR + 1)
    assert_refused(await scene.run(mspid, "expire", "O-1"), 403, LOGISTICS)


@pytest.mark.parametrize("mspid", [LOGISTICS, PROPERTY, CIVIC, HARBOUR])
async def test_only_the_receiver_accepts_and_rejects(mspid: str) -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    doubt = Reservation(remark="x")
    assert_refused(await scene.run(mspid, "accept", "O-1"), 403, ENERGY)
    assert_refused(await scene.run(mspid, "accept_with_reservation", "O-1", doubt), 403, ENERGY)
    assert_refused(await scene.run(mspid, "reject", "O-1", "no"), 403, ENERGY)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"to": LOGISTICS}, 400, "to itself"),
        ({"items": ("M-1", "M-1")}, 400, "twice"),
        ({"items": ("M-9",)}, 404, "M-9"),
        ({"items": ("X-1",)}, 400, "travels in consignment C-2"),
        ({"consignment": "C-9"}, 404, "C-9"),
        ({"consignment": "C-3"}, 400, "DRAFT"),
        ({"deadline": 0}, 400, "deadline"),
    ],
    ids=str,
)
async def test_offers_that_are_refused(changes: dict[str, Any], status: int, words: str) -> None:
    scene = Scene()
    await scene.tendered()
    await scene.tendered(Item(id="X-1"), id="C-2")
    draft = Draft(id="C-3", consignee=ENERGY, items=(Item(id="Y-1"),))
    await scene.do(LOGISTICS, "create", draft)
    result = await scene.run(LOGISTICS, "offer", scene.terms(**changes))
    assert_refused(result, status, words)


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"items": []}, "$.items"), ({"id": "O 1"}, "$.id"), ({"place": ""}, "$.place")],
    ids=str,
)
async def test_terms_that_are_none(changes: dict[str, Any], path: str) -> None:
    scene = Scene()
    await scene.tendered()
    sent = json.loads(encode(scene.terms())) | changes
    result = await scene.run(LOGISTICS, "offer", json.dumps(sent))
    assert_refused(result, 400, f"argument terms: {path}")


async def test_the_same_again_is_told_apart_from_new() -> None:
    scene = Scene()
    draft = Draft(id="C-1", consignee=ENERGY, items=(Item(id="M-1"), Item(id="L-1")))
    await scene.do(LOGISTICS, "create", draft)
    assert_refused(await scene.run(LOGISTICS, "create", draft), 409, "C-1")
    other = Draft(id="C-2", consignee=ENERGY, items=(Item(id="M-1"),))
    assert_refused(await scene.run(LOGISTICS, "create", other), 409, "M-1")
    twice = Draft(id="C-2", consignee=ENERGY, items=(Item(id="Z"), Item(id="Z")))
    assert_refused(await scene.run(LOGISTICS, "create", twice), 400, "twice")
    await scene.do(LOGISTICS, "tender", "C-1")
    assert_refused(await scene.run(LOGISTICS, "tender", "C-1"), 400, "TENDERED")
    terms = scene.terms()
    await scene.do(LOGISTICS, "offer", terms)
    assert_refused(await scene.run(LOGISTICS, "offer", terms), 409, "O-1")
    await scene.do(ENERGY, "accept", "O-1")
    assert_refused(await scene.run(LOGISTICS, "offer", terms), 409, "O-1")


ENDINGS: list[tuple[str, str, tuple[object, ...]]] = [
    (ENERGY, "accept", ()),
    (ENERGY, "accept_with_reservation", (Reservation(remark="x"),)),
    (ENERGY, "reject", ("no",)),
    (LOGISTICS, "withdraw", ()),
    (LOGISTICS, "expire", ()),
]


@pytest.mark.parametrize("first", range(5))
@pytest.mark.parametrize("second", range(5))
async def test_an_offer_closes_once(first: int, second: int) -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    for number, (mspid, function, args) in enumerate((ENDINGS[first], ENDINGS[second])):
        late = HOUR + 1 if function == "expire" else 0
        scene.clock += late
        result = await scene.run(mspid, function, "O-1", *args, timestamp=scene.bench.now + late)
        scene.clock -= late
        if number == 0:
            assert result.ok, result.message
        else:
            assert_refused(result, 400, "closed")


async def test_an_item_stands_in_one_open_offer() -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    again = scene.terms(id="O-2", items=("L-1",))
    assert_refused(await scene.run(LOGISTICS, "offer", again), 400, "offer O-1, which is open")
    await scene.do(ENERGY, "reject", "O-1", "wrong gate")
    await scene.do(LOGISTICS, "offer", again)
    await scene.do(ENERGY, "accept", "O-2")
    assert scene.held("M-1").holder == LOGISTICS
    assert scene.held("L-1").holder == ENERGY


@pytest.mark.parametrize(
    ("client", "peer", "ok"),
    [(HOUR + 1, HOUR + 1, True), (HOUR, HOUR + 1, False), (HOUR + 1, HOUR, False)],
)
async def test_a_deadline_is_claimed_when_client_and_peer_agree_that_it_passed(
    client: int, peer: int, ok: bool
) -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    start = scene.bench.now
    scene.bench.now, scene.clock = start + client, start + peer
    result = await scene.run(LOGISTICS, "expire", "O-1")
    assert result.ok == ok, result.message
    assert scene.held("M-1").holder == LOGISTICS
    if not ok:
        assert_refused(result, 400, "deadline")


@pytest.mark.parametrize(("client", "peer"), [(HOUR + 1, HOUR), (HOUR, HOUR + 1)])
async def test_nothing_is_accepted_after_the_deadline(client: int, peer: int) -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    start = scene.bench.now
    scene.bench.now, scene.clock = start + client, start + peer
    assert_refused(await scene.run(ENERGY, "accept", "O-1"), 400, "deadline")


async def test_times_never_go_back() -> None:
    scene = Scene()
    await scene.tendered()
    start = scene.bench.now
    scene.bench.now = start - 5_000
    made = await scene.offered()
    assert made.made == start
    closed = (await scene.do(ENERGY, "accept", "O-1")).returns(Offer)
    assert closed.closed == scene.held("M-1").since == start


async def test_a_holder_without_a_receipt_is_forged() -> None:
    scene = Scene()
    await scene.tendered()
    scene.forge(replace(scene.held("M-1"), holder=ENERGY, leg=1))
    terms = scene.terms(to=CIVIC, items=("M-1",))
    for mspid, function, args in (
        (ENERGY, "offer", (terms,)),
        (CIVIC, "custody", ("M-1",)),
        (ENERGY, "deliver", ("C-1",)),
    ):
        assert_refused(await scene.run(mspid, function, *args), 403, "forged")
    told = (await scene.do(CIVIC, "trace", "M-1")).returns(Trace)
    assert told.forged
    assert told.legs[-1].forged


@pytest.mark.parametrize("change", [{"quantity": 39}, {"since": 1}, {"terms": "c" * 64}], ids=str)
async def test_a_changed_custody_is_forged(change: dict[str, Any]) -> None:
    scene = Scene()
    await scene.tendered()
    scene.forge(replace(scene.held("L-1"), **change))
    assert_refused(await scene.run(LOGISTICS, "offer", scene.terms()), 403, "forged")


async def test_custody_changed_under_an_open_offer_is_forged() -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    scene.forge(replace(scene.held("L-1"), quantity=39))
    for mspid, function, args in ENDINGS[:4]:
        assert_refused(await scene.run(mspid, function, "O-1", *args), 403, "forged")


async def test_an_offer_that_the_holder_never_made_moves_nothing() -> None:
    scene = Scene()
    await scene.tendered()
    made = await scene.offered()
    padded = (replace(made.items[0], quantity=2), made.items[1])
    for forged in (replace(made, id="O-2"), replace(made, items=padded)):
        scene.forge(forged)
        result = await scene.run(ENERGY, "accept", forged.id)
        assert_refused(result, 403, "forged")


async def test_a_giver_without_a_receipt_cannot_hand_over() -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    scene.shred(LOGISTICS, Receipt.key_of("M-1", 0))
    assert_refused(await scene.run(ENERGY, "accept", "O-1"), 403, "forged")


async def test_taking_back_by_an_old_receipt_is_forged() -> None:
    """Receiver and witness restore what the giver once held, receipt and all."""
    scene = Scene()
    await scene.tendered()
    before = scene.held("M-1")
    await scene.offered()
    during = scene.held("M-1")
    await scene.do(ENERGY, "accept", "O-1")
    for old in (before, during):
        scene.forge(old)
        assert_refused(await scene.run(CIVIC, "custody", "M-1"), 403, "forged")
        again = scene.terms(id="O-2", to=CIVIC, items=("M-1",))
        assert_refused(await scene.run(LOGISTICS, "offer", again), 403, "forged")
        assert (await scene.do(CIVIC, "trace", "M-1")).returns(Trace).forged


async def test_a_trace_shows_a_forged_link() -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    await scene.do(ENERGY, "accept", "O-1")
    await scene.offered(giver=ENERGY, to=CIVIC, id="O-2")
    await scene.do(CIVIC, "accept", "O-2")
    scene.shred(ENERGY, Receipt.key_of("M-1", 1))
    told = (await scene.do(CIVIC, "trace", "M-1")).returns(Trace)
    assert [leg.forged for leg in told.legs] == [False, True, False]
    assert told.forged
    offer = (await scene.do(CIVIC, "read_offer", "O-1")).returns(Offer)
    scene.forge(replace(offer, reservation=Reservation(remark="added later")))
    told = (await scene.do(CIVIC, "trace", "L-1")).returns(Trace)
    assert told.forged
    assert [leg.number for leg in told.legs] == [1, 2]
