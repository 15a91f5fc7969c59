"""Logistics' transactions: who may ask, what is read and compared, what is written and bound.

Policies (docs/logistics.md has the table): a new key needs Logistics and another department, the
chaincode's own policy. Custody at rest is bound to its holder and the witness, while an offer is
open to any two of giver, receiver and witness. What a department must have agreed to is also
written into its consent collection, which takes nothing without that department's own peer.
"""

import time
from collections.abc import Callable

from weftwork_chaincode import (
    AlreadyExists,
    Context,
    Contract,
    Forbidden,
    Invalid,
    PeerError,
    Policy,
    all_of,
    evaluate,
    out_of,
    submit,
)
from weftwork_contracts.callers import refused_as_invalid, require
from weftwork_contracts.logistics import rules
from weftwork_contracts.logistics.model import (
    Consignment,
    Custody,
    Draft,
    Offer,
    OfferState,
    Receipt,
    Reservation,
    Terms,
    Trace,
)
from weftwork_contracts.logistics.tracing import is_moved_on, is_receipted, trace
from weftwork_contracts.parties import (
    CLERK,
    LOGISTICS,
    consent_collection,
    custodian_role,
    witness,
)
from weftwork_model import Id


def wall_clock() -> int:
    """This peer's own clock, milliseconds since 1970. It may refuse; it never writes."""
    # weftwork: allow clock: only this peer's own refusal hangs on it, nothing that is written
    return time.time_ns() // 1_000_000


def at_rest(holder: str) -> Policy:
    """What binds custody while nothing is offered."""
    return all_of(holder, witness(holder))


def crossing(offer: Offer) -> Policy:
    """What binds an open offer and its items: neither silence nor an outage of one party, nor any
    one party alone, decides.
    """
    return out_of(2, offer.giver, offer.terms.to, offer.witness)


def settled(offer: Offer) -> Policy:
    """What binds a closed offer: no two of its parties can rewrite what happened."""
    return all_of(offer.giver, offer.terms.to, offer.witness)


class Logistics(Contract, name="logistics"):
    """Consignments, offers and custody."""

    def __init__(self, clock: Callable[[], int] = wall_clock) -> None:
        self._clock = clock

    @submit
    async def create(self, ctx: Context, draft: Draft) -> Consignment:
        """Open a consignment as a draft (Logistics). Its items begin in Logistics' custody."""
        require(ctx, LOGISTICS, CLERK)
        with refused_as_invalid():
            consignment, custody = rules.create(draft, ctx.client.mspid, ctx.timestamp)
        await _refuse_unknown(ctx, draft.consignee)
        await ctx.add(consignment)
        for held in custody:
            if await ctx.find(Custody, held.item) is not None:
                raise AlreadyExists(f"item {held.item} has a holder: an item exists once")
            await _hold(ctx, held, at_rest(held.holder))
        ctx.emit("created", consignment)
        return consignment

    @submit
    async def tender(self, ctx: Context, consignment: Id) -> Consignment:
        """Send a drafted consignment on its way (Logistics): from here on it can be offered."""
        require(ctx, LOGISTICS, CLERK)
        record = await ctx.get(Consignment, consignment)
        with refused_as_invalid():
            tendered = rules.tender(record, ctx.timestamp)
        await ctx.put(tendered)
        parties = {tendered.consignor, tendered.consignee}
        extra = () if len(parties) == 2 else (witness(*sorted(parties)),)
        await ctx.bind(tendered, all_of(*sorted(parties), *extra))
        ctx.emit("tendered", tendered)
        return tendered

    @submit
    async def offer(self, ctx: Context, terms: Terms) -> Offer:
        """Offer items to another department (their holder)."""
        giver = ctx.client.mspid
        require(ctx, giver, custodian_role(giver))
        if await ctx.find(Offer, terms.id) is not None:
            raise AlreadyExists(f"offer {terms.id} exists")
        await _refuse_unknown(ctx, terms.to)
        consignment = await ctx.get(Consignment, terms.consignment)
        custody = [await _custody(ctx, item) for item in terms.items]
        for held in custody:
            await _refuse_standing(ctx, held)
        with refused_as_invalid():
            made, noted = rules.offer(terms, consignment, custody, giver, ctx.timestamp)
        await ctx.put(made)
        await ctx.bind(made, crossing(made))
        for held in noted:
            await _hold(ctx, held, crossing(made))
        ctx.emit("offered", made)
        return made

    @submit
    async def accept(self, ctx: Context, offer: Id) -> Offer:
        """Take over what is offered (its receiver, before the deadline)."""
        return await self._accept(ctx, offer, None)

    @submit
    async def accept_with_reservation(
        self, ctx: Context, offer: Id, reservation: Reservation
    ) -> Offer:
        """Take over what is offered, and state what is wrong with it (its receiver)."""
        return await self._accept(ctx, offer, reservation)

    @submit
    async def reject(self, ctx: Context, offer: Id, reason: str) -> Offer:
        """Refuse what is offered (its receiver)."""
        record = await _open(ctx, offer)
        _require_party(ctx, record.terms.to)
        with refused_as_invalid():
            return await _keep(ctx, rules.reject(record, reason, ctx.timestamp))

    @submit
    async def withdraw(self, ctx: Context, offer: Id) -> Offer:
        """Take an open offer back (its giver)."""
        record = await _open(ctx, offer)
        _require_party(ctx, record.giver)
        with refused_as_invalid():
            return await _keep(ctx, rules.withdraw(record, ctx.timestamp))

    @submit
    async def expire(self, ctx: Context, offer: Id) -> Offer:
        """Claim that an offer's deadline has passed (its giver, whom the deadline protects)."""
        record = await _open(ctx, offer)
        _require_party(ctx, record.giver)
        if self._clock() <= record.terms.deadline:
            raise Invalid(f"by this peer's clock the deadline of offer {offer} has not passed")
        with refused_as_invalid():
            return await _keep(ctx, rules.expire(record, ctx.timestamp))

    @submit
    async def deliver(self, ctx: Context, consignment: Id) -> Consignment:
        """State that a consignment has arrived (its consignee, who holds all of it)."""
        record = await ctx.get(Consignment, consignment)
        _require_party(ctx, record.consignee)
        custody = [await _custody(ctx, item) for item in record.items]
        with refused_as_invalid():
            delivered = rules.deliver(record, custody, ctx.timestamp)
        await ctx.put(delivered)
        ctx.emit("delivered", delivered)
        return delivered

    @submit
    async def close(self, ctx: Context, consignment: Id) -> Consignment:
        """Finish a delivered consignment (Logistics)."""
        require(ctx, LOGISTICS, CLERK)
        record = await ctx.get(Consignment, consignment)
        with refused_as_invalid():
            closed = rules.close(record, ctx.timestamp)
        await ctx.put(closed)
        ctx.emit("closed", closed)
        return closed

    @evaluate
    async def read(self, ctx: Context, consignment: Id) -> Consignment:
        """A consignment as it stands."""
        return await ctx.get(Consignment, consignment)

    @evaluate
    async def read_offer(self, ctx: Context, offer: Id) -> Offer:
        """An offer as it stands."""
        return await ctx.get(Offer, offer)

    @evaluate
    async def custody(self, ctx: Context, item: Id) -> Custody:
        """Who holds an item. A forged custody is refused, not shown: `trace` shows it."""
        return await _custody(ctx, item)

    @evaluate
    async def trace(self, ctx: Context, item: Id) -> Trace:
        """Every holder an item has had, and whether each of them took it."""
        return await trace(ctx, item)

    async def _accept(self, ctx: Context, offer: str, reservation: Reservation | None) -> Offer:
        record = await _open(ctx, offer)
        _require_party(ctx, record.terms.to)
        if self._clock() > record.terms.deadline:
            raise Invalid(f"by this peer's clock the deadline of offer {offer} has passed")
        with refused_as_invalid():
            accepted, custody = rules.accept(record, reservation, ctx.timestamp)
        await ctx.put(accepted)
        await ctx.bind(accepted, settled(accepted))
        for held in custody:
            await _hold(ctx, held, at_rest(held.holder))
        ctx.emit("accepted", accepted)
        return accepted


async def _open(ctx: Context, offer: str) -> Offer:
    """An open offer whose items are still what they were when it was made."""
    record = await ctx.get(Offer, offer)
    if record.state is not OfferState.OFFERED:
        raise Invalid(f"offer {offer} is closed: {record.state.value}")
    for noted in record.items:
        held = await ctx.get(Custody, noted.item)
        agreed = held == noted and held.offered == record.id
        if not agreed or not await is_receipted(ctx, held):
            raise _forged(held)
    return record


async def _keep(ctx: Context, closed: Offer) -> Offer:
    """Write an offer that ended without moving anything; its items come to rest again."""
    await ctx.put(closed)
    await ctx.bind(closed, settled(closed))
    for held in closed.items:
        await ctx.bind(held, at_rest(held.holder))
    ctx.emit(closed.state.value.lower(), closed)
    return closed


async def _custody(ctx: Context, item: str) -> Custody:
    """The custody of an item, which its holder took and has not handed on."""
    held = await ctx.get(Custody, item)
    if not await is_receipted(ctx, held) or await is_moved_on(ctx, held):
        raise _forged(held)
    return held


def _forged(held: Custody) -> Forbidden:
    return Forbidden(
        f"custody of {held.item} is forged: no receipt of {held.holder} proves it; see its trace"
    )


async def _refuse_standing(ctx: Context, held: Custody) -> None:
    """Refuse to offer what stands in an open offer already."""
    if held.offered is None:
        return
    last = await ctx.get(Offer, held.offered)
    if last.state is OfferState.OFFERED:
        raise Invalid(f"{held.item} stands in offer {last.id}, which is open")


async def _refuse_unknown(ctx: Context, mspid: str) -> None:
    """Refuse a department without a consent collection: it could never take anything."""
    collection = consent_collection(mspid)
    try:
        # The peer answers a question about a collection that is not there with an error.
        await ctx.private(collection).hash(Receipt, mspid, 0)
    except PeerError as error:
        raise Invalid(f"{mspid} takes no part here, or has no {collection}: {error}") from error


async def _hold(ctx: Context, held: Custody, policy: Policy) -> None:
    """Write custody with its policy, and its receipt into the holder's consent collection."""
    await ctx.put(held)
    await ctx.bind(held, policy)
    await ctx.private(consent_collection(held.holder)).put(rules.receipt(held))


def _require_party(ctx: Context, mspid: str) -> None:
    require(ctx, mspid, custodian_role(mspid))
