"""Whatever clients try in whatever order: one holder, each offer closes once, quantities stay."""

import asyncio
from hashlib import sha256
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.contracts.logistics.scene import HOLDERS, HOUR, Scene
from weftwork_contracts.logistics.model import (
    Custody,
    Item,
    Offer,
    OfferState,
    Receipt,
    Reservation,
    Trace,
)
from weftwork_contracts.logistics.rules import is_receipted
from weftwork_contracts.parties import LOGISTICS, consent_collection
from weftwork_model import decode

ITEMS = (Item(id="A"), Item(id="B", quantity=7), Item(id="C", quantity=40, unit="KGM"))
QUANTITIES = {item.id: item.quantity for item in ITEMS}

people = st.sampled_from(HOLDERS)
offers = st.integers(0, 5).map("O-{}".format)
steps = st.one_of(
    st.tuples(
        people,
        st.just("offer"),
        offers,
        people,
        st.lists(st.sampled_from(sorted(QUANTITIES)), min_size=1, max_size=3).map(tuple),
    ),
    st.tuples(people, st.just("accept"), offers),
    st.tuples(people, st.just("accept_with_reservation"), offers),
    st.tuples(people, st.sampled_from(("withdraw", "expire")), offers),
    st.tuples(people, st.just("reject"), offers),
    st.tuples(st.just("wait"), st.integers(0, HOUR + 1)),
)


async def take(scene: Scene, step: tuple[Any, ...]) -> None:
    if step[0] == "wait":
        scene.set_time(scene.bench.now + step[1])
        return
    who, function, offer, *rest = step
    args: list[object] = [offer]
    if function == "offer":
        args = [scene.terms(id=offer, to=rest[0], items=rest[1])]
    elif function == "accept_with_reservation":
        args.append(Reservation(remark="dented"))
    elif function == "reject":
        args.append("no")
    result = await scene.run(who, function, *args)
    assert result.status < 500, result.message


def committed(scene: Scene, kind: type[Any]) -> list[Any]:
    prefix = kind.prefix_of()
    return [
        decode(value, kind)
        for (_, collection, key), value in scene.bench.state.values.items()
        if not collection and key.startswith(prefix)
    ]


def check(scene: Scene, closed: dict[str, Offer]) -> None:
    custody: list[Custody] = committed(scene, Custody)
    assert {held.item: held.quantity for held in custody} == QUANTITIES
    for held in custody:
        collection = consent_collection(held.holder)
        key = Receipt.key_of(held.item, held.leg)
        assert is_receipted(held, sha256(scene.value(collection, key)).digest())
    open_items: list[str] = []
    for offer in committed(scene, Offer):
        if offer.id in closed:
            assert offer == closed[offer.id], "a closed offer changed"
        elif offer.state is not OfferState.OFFERED:
            closed[offer.id] = offer
        else:
            open_items += offer.terms.items
    assert len(open_items) == len(set(open_items)), "an item stands in two open offers"


async def play(script: list[tuple[Any, ...]]) -> None:
    scene, closed = Scene(), dict[str, Offer]()
    await scene.tendered(*ITEMS)
    for step in script:
        await take(scene, step)
        check(scene, closed)
    for item in QUANTITIES:
        told = (await scene.do(LOGISTICS, "trace", item)).returns(Trace)
        assert not told.forged
        assert [leg.number for leg in told.legs] == list(range(len(told.legs)))
        assert told.legs[-1].holder == told.custody.holder


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
def test_custody_holds_whatever_is_tried(script: list[tuple[Any, ...]]) -> None:
    asyncio.run(play(script))
