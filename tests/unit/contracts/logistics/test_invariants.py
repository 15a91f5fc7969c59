"""Whatever clients try in whatever order: one holder, each offer closes once, quantities stay."""

import asyncio
from collections import Counter
from hashlib import sha256
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.contracts.logistics.scene import HOLDERS, HOUR, Scene
from weftwork_chaincode.testing import TxResult
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
wrong_one = st.one_of(st.none(), st.none(), st.none(), people)
"""Who acts in place of the one who may; mostly nobody, so that things do move."""

offering = st.tuples(
    st.just("offer"),
    wrong_one,
    people,
    st.lists(st.sampled_from(sorted(QUANTITIES)), min_size=1, max_size=3).map(tuple),
)
moving = st.sampled_from(("accept", "accept_with_reservation"))
staying = st.sampled_from(("reject", "withdraw", "expire"))
newest = st.integers(0, 2)
steps = st.one_of(
    offering,
    st.tuples(moving, wrong_one, newest),
    st.tuples(moving, wrong_one, newest),
    st.tuples(staying, wrong_one, newest),
    st.tuples(st.just("wait"), st.sampled_from((1_000, 1_000, 1_000, HOUR, HOUR + 1))),
)


class Play:
    """Takes steps one by one, and counts what they came to."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.offers = list[Offer]()
        self.done: Counter[tuple[str, int]] = Counter()

    async def take(self, step: tuple[Any, ...]) -> None:
        function: str = step[0]
        if function == "wait":
            self.scene.set_time(self.scene.bench.now + step[1])
        elif function == "offer":
            await self.offer(*step[1:])
        elif self.offers:
            # the newest offers first: older ones are mostly closed
            index = -1 - int(step[2]) % len(self.offers)
            await self.end(function, step[1], self.offers[index])

    async def offer(self, wrong: str | None, to: str, items: tuple[str, ...]) -> None:
        giver = self.scene.held(items[0]).holder
        if wrong is None:  # an offer that may be made, unless an item stands in an open one
            items = tuple(item for item in items if self.scene.held(item).holder == giver)
            items = tuple(dict.fromkeys(items))
            to = to if to != giver else HOLDERS[HOLDERS.index(to) - 1]
        terms = self.scene.terms(id=f"O-{len(self.offers)}", to=to, items=items)
        giver = wrong or giver
        result = await self.count(giver, "offer", terms)
        if result.ok:
            self.offers.append(result.returns(Offer))

    async def end(self, function: str, wrong: str | None, offer: Offer) -> None:
        rightful = offer.giver if function in ("withdraw", "expire") else offer.terms.to
        args: list[object] = [offer.id]
        if function == "accept_with_reservation":
            args.append(Reservation(remark="dented"))
        elif function == "reject":
            args.append("no")
        await self.count(wrong or rightful, function, *args)

    async def count(self, mspid: str, function: str, *args: object) -> TxResult:
        result = await self.scene.run(mspid, function, *args)
        assert result.status < 500, result.message
        self.done[function, result.status] += 1
        return result


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


async def play(script: list[tuple[Any, ...]]) -> Counter[tuple[str, int]]:
    run, closed = Play(), dict[str, Offer]()
    scene = run.scene
    await scene.tendered(*ITEMS)
    for step in script:
        await run.take(step)
        check(scene, closed)
    for item in QUANTITIES:
        told = (await scene.do(LOGISTICS, "trace", item)).returns(Trace)
        assert not told.forged
        assert [leg.number for leg in told.legs] == list(range(len(told.legs)))
        assert told.legs[-1].holder == told.custody.holder
    return run.done


def test_custody_holds_whatever_is_tried() -> None:
    done: Counter[tuple[str, int]] = Counter()

    @settings(max_examples=120, deadline=None)
    @given(st.lists(steps, min_size=4, max_size=25))
    def whatever(script: list[tuple[Any, ...]]) -> None:
        done.update(asyncio.run(play(script)))

    whatever()
    # A run in which nothing moves would prove nothing.
    assert done["offer", 200] > 20, done
    assert done["accept", 200] + done["accept_with_reservation", 200] > 4, done
    assert done["reject", 200] + done["withdraw", 200] + done["expire", 200] > 4, done
