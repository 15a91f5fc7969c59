"""The table of docs/logistics.md: which keys, policies and receipts each transaction sets."""

from typing import Any

import pytest

from tests.unit.contracts.logistics.scene import HARBOUR, HOUR, Scene
from weftwork_chaincode import all_of, out_of
from weftwork_chaincode.testing import TxResult
from weftwork_contracts.logistics.model import (
    Consignment,
    Custody,
    Draft,
    Item,
    Offer,
    OfferState,
    Receipt,
    Reservation,
)
from weftwork_contracts.logistics.rules import receipt
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS, PROPERTY, witness
from weftwork_model import decode, encode

CONSIGNMENT = Consignment.key_of("C-1")
OFFER = Offer.key_of("O-1")
CUSTODY = {Custody.key_of("M-1"), Custody.key_of("L-1")}


def receipts(leg: int) -> set[str]:
    return {Receipt.key_of("M-1", leg), Receipt.key_of("L-1", leg)}


def assert_writes(
    result: TxResult, keys: set[str], policies: dict[str, Any], consents: dict[str, set[str]]
) -> None:
    assert set(result.writes.get("logistics", {})) == keys
    assert result.policies.get("logistics", {}) == policies
    private = result.private_writes.get("logistics", {})
    assert {collection: set(values) for collection, values in private.items()} == consents
    assert result.private_policies == {}
    for values in private.values():
        for key, value in values.items():
            written = decode(value or b"", Receipt)
            custody = result.writes["logistics"][Custody.key_of(written.item)]
            assert encode(receipt(decode(custody or b"", Custody))) == value
            assert written.ledger_key == key


async def test_create() -> None:
    scene = Scene()
    items = (Item(id="M-1"), Item(id="L-1", quantity=40))
    result = await scene.do(LOGISTICS, "create", Draft(id="C-1", consignee=ENERGY, items=items))
    assert_writes(
        result,
        {CONSIGNMENT, *CUSTODY},
        dict.fromkeys(CUSTODY, all_of(LOGISTICS, CIVIC)),
        {"consent_LogisticsMSP": receipts(0)},
    )


@pytest.mark.parametrize(
    ("consignee", "policy"),
    [(ENERGY, all_of(LOGISTICS, ENERGY)), (LOGISTICS, all_of(LOGISTICS, CIVIC))],
)
async def test_tender_deliver_close(consignee: str, policy: Any) -> None:
    scene = Scene()
    draft = Draft(id="C-1", consignee=consignee, items=(Item(id="M-1"),))
    await scene.do(LOGISTICS, "create", draft)
    tendered = await scene.do(LOGISTICS, "tender", "C-1")
    assert_writes(tendered, {CONSIGNMENT}, {CONSIGNMENT: policy}, {})
    if consignee != LOGISTICS:
        await scene.offered(items=("M-1",))
        await scene.do(ENERGY, "accept", "O-1")
    assert_writes(await scene.do(consignee, "deliver", "C-1"), {CONSIGNMENT}, {}, {})
    assert_writes(await scene.do(LOGISTICS, "close", "C-1"), {CONSIGNMENT}, {}, {})


PAIRS = [
    (LOGISTICS, ENERGY, CIVIC),
    (ENERGY, CIVIC, PROPERTY),
    (CIVIC, PROPERTY, ENERGY),
    (PROPERTY, HARBOUR, CIVIC),
]


async def handed_to(scene: Scene, giver: str) -> int:
    """Bring the goods into the custody of `giver`; the leg they are on then."""
    await scene.tendered()
    if giver == LOGISTICS:
        return 0
    await scene.offered(id="O-0", to=giver)
    await scene.do(giver, "accept", "O-0")
    return 1


@pytest.mark.parametrize(("giver", "receiver", "vouching"), PAIRS)
async def test_offer_and_its_ends(giver: str, receiver: str, vouching: str) -> None:
    assert witness(giver, receiver) == vouching
    scene = Scene()
    leg = await handed_to(scene, giver)
    crossing = out_of(2, giver, receiver, vouching)
    settled = all_of(giver, receiver, vouching)

    offered = await scene.do(giver, "offer", scene.terms(to=receiver))
    assert_writes(
        offered,
        {OFFER, *CUSTODY},
        {OFFER: crossing, **dict.fromkeys(CUSTODY, crossing)},
        {f"consent_{giver}": receipts(leg)},
    )
    resting = {OFFER: settled, **dict.fromkeys(CUSTODY, all_of(giver, witness(giver)))}
    for who, function, args in (
        (giver, "withdraw", ("O-1",)),
        (receiver, "reject", ("O-1", "not ours")),
    ):
        ended = await scene.run(who, function, *args, commit=False)
        assert_writes(ended, {OFFER}, resting, {})

    moved = {OFFER: settled, **dict.fromkeys(CUSTODY, all_of(receiver, witness(receiver)))}
    for function, args in (
        ("accept", ("O-1",)),
        ("accept_with_reservation", ("O-1", Reservation(remark="one dent"))),
    ):
        taken = await scene.run(receiver, function, *args, commit=False)
        assert_writes(taken, {OFFER, *CUSTODY}, moved, {f"consent_{receiver}": receipts(leg + 1)})

    scene.set_time(scene.bench.now + HOUR + 1)
    assert_writes(await scene.do(giver, "expire", "O-1"), {OFFER}, resting, {})
    assert decode(scene.value("", OFFER), Offer).state is OfferState.EXPIRED


async def test_reads_write_nothing() -> None:
    scene = Scene()
    await scene.tendered()
    await scene.offered()
    for function, id in (("read", "C-1"), ("read_offer", "O-1"), ("custody", "M-1"),
                         ("trace", "M-1")):  # fmt: skip
        assert_writes(await scene.do(CIVIC, function, id), set(), {}, {})
