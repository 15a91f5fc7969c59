"""The typed client speaks the contract's language: its calls run on the contract itself."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.unit.contracts.logistics.scene import Scene
from weftwork.aio.departments import Logistics
from weftwork.aio.network import Network
from weftwork_contracts.logistics.model import ConsignmentState, Document, Item, OfferState
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS
from weftwork_model import ModelError

PHOTO = Document(name="photo", sha256="a" * 64)


class Channel:
    """A network whose chaincode is a contract on a bench, seen by one department's clerk."""

    def __init__(self, scene: Scene, mspid: str) -> None:
        self.scene, self.mspid = scene, mspid

    def contract(self, _: str) -> "Channel":
        return self

    async def submit(self, function: str, *args: object, returns: Any, **_: object) -> Any:
        return (await self.scene.do(self.mspid, function, *args)).returns(returns)

    evaluate = submit


def client(scene: Scene, mspid: str) -> Logistics:
    return Logistics(cast(Network, Channel(scene, mspid)))


async def test_a_handoff_through_the_typed_client() -> None:
    scene = Scene()
    now = datetime.now(UTC)
    scene.set_time(int(now.timestamp() * 1000))
    logistics, energy = client(scene, LOGISTICS), client(scene, ENERGY)
    draft = await logistics.create("C-1", consignee=ENERGY, items=["M-1", Item(id="L-1")])
    assert draft.items == ("M-1", "L-1")
    await logistics.tender("C-1")

    offer = await logistics.offer("C-1", to=ENERGY, items=["M-1"], place="Gate 4", seals=["S-1"])
    assert offer.terms.deadline > scene.bench.now + 86_000_000
    assert (offer.terms.place, offer.terms.seals) == ("Gate 4", ("S-1",))
    assert (await energy.reject(offer.id, "too late today")).reason == "too late today"
    tomorrow = now + timedelta(days=1)
    named = await logistics.offer(
        "C-1", to=ENERGY, items=["M-1", "L-1"], deadline=tomorrow, offer_id="O-7", condition="new",
        documents=[PHOTO],
    )  # fmt: skip
    assert (named.id, named.terms.deadline) == ("O-7", int(tomorrow.timestamp() * 1000))
    assert (await logistics.withdraw("O-7")).state is OfferState.WITHDRAWN

    again = await logistics.offer("C-1", to=ENERGY, items=["M-1"])
    assert (await energy.accept(again.id)).state is OfferState.ACCEPTED
    rest = await logistics.offer("C-1", to=ENERGY, items=["L-1"])
    taken = await energy.accept(rest.id, reservation="dented", documents=[PHOTO])
    assert taken.reservation is not None
    assert (taken.reservation.remark, taken.reservation.documents) == ("dented", (PHOTO,))

    assert (await energy.custody("L-1")).holder == ENERGY
    assert [leg.holder for leg in (await energy.trace("L-1")).legs] == [LOGISTICS, ENERGY]
    assert (await energy.read_offer("O-7")).state is OfferState.WITHDRAWN
    assert (await energy.deliver("C-1")).state is ConsignmentState.DELIVERED
    assert (await logistics.close("C-1")).state is ConsignmentState.CLOSED
    assert (await client(scene, CIVIC).read("C-1")).state is ConsignmentState.CLOSED


async def test_an_offer_expires_through_the_typed_client() -> None:
    scene = Scene()
    now = datetime.now(UTC)
    scene.set_time(int(now.timestamp() * 1000))
    await scene.tendered()
    logistics = client(scene, LOGISTICS)
    soon = now + timedelta(minutes=5)
    offer = await logistics.offer("C-1", to=ENERGY, items=["M-1"], deadline=soon)
    scene.set_time(int(soon.timestamp() * 1000) + 1)
    assert (await logistics.expire(offer.id)).state is OfferState.EXPIRED


async def test_what_is_refused_before_it_is_sent() -> None:
    logistics = client(Scene(), LOGISTICS)
    with pytest.raises(ValueError, match="time zone"):
        await logistics.offer("C-1", to=ENERGY, items=["M-1"], deadline=datetime(2030, 1, 1))
    with pytest.raises(ValueError, match="reservation"):
        await logistics.accept("O-1", documents=[PHOTO])
    with pytest.raises(ModelError, match=r"\$\.items\[1\]\.id"):
        await logistics.create("C-1", consignee=ENERGY, items=["M-1", "M 2"])
