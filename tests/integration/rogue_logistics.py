"""Logistics as departments that cheat would run it: the honest contract, and beside it functions
that write what the honest ones would, with no check left.
"""

from weftwork_chaincode import Context, any_of, submit
from weftwork_contracts.logistics import rules
from weftwork_contracts.logistics.contract import Logistics, at_rest, crossing, settled
from weftwork_contracts.logistics.model import Custody, Draft, Offer, Terms
from weftwork_contracts.parties import consent_collection, witness
from weftwork_model import Id, digest, replace


class RogueLogistics(Logistics, name="logistics"):
    """Every function here lets any department do anything, as far as a contract decides."""

    @submit
    async def rogue_create(self, ctx: Context, draft: Draft, receipts: bool) -> None:
        """Mint items into the caller's own custody."""
        consignment, custody = rules.create(draft, ctx.client.mspid, ctx.timestamp)
        await ctx.put(consignment)
        for held in custody:
            await self.rogue_hold(ctx, held, receipts)
            await ctx.bind(held, at_rest(held.holder))

    @submit
    async def rogue_take(self, ctx: Context, item: Id, holder: str, receipts: bool) -> None:
        """Say that ``holder`` has the item now."""
        held = await ctx.get(Custody, item)
        await self.rogue_hold(ctx, replace(held, holder=holder, leg=held.leg + 1), receipts)

    @submit
    async def rogue_restore(self, ctx: Context, custody: Custody) -> None:
        """Write back what once was so, receipt and all."""
        await ctx.put(custody)

    @submit
    async def rogue_bind(self, ctx: Context, item: Id, mspid: str) -> None:
        """Leave the item to one department's peers."""
        held = await ctx.get(Custody, item)
        await ctx.bind(held, any_of(mspid))

    @submit
    async def rogue_offer(self, ctx: Context, terms: Terms, giver: str) -> None:
        """Offer what ``giver`` holds, whoever asks."""
        offer = Offer(
            id=terms.id,
            terms=terms,
            giver=giver,
            witness=witness(giver, terms.to),
            items=tuple(
                [replace(await ctx.get(Custody, item), offered=terms.id) for item in terms.items]
            ),
            state=rules.OfferState.OFFERED,
            made=ctx.timestamp,
        )
        await ctx.put(offer)
        for held in offer.items:
            await ctx.put(held)
            await ctx.bind(held, crossing(offer))

    @submit
    async def rogue_accept(self, ctx: Context, offer: Id, receipts: bool) -> None:
        """Accept in the receiver's place."""
        accepted = replace(
            await ctx.get(Offer, offer), state=rules.OfferState.ACCEPTED, closed=ctx.timestamp
        )
        await ctx.put(accepted)
        await ctx.bind(accepted, settled(accepted))
        for held in accepted.items:
            taken = replace(
                held,
                holder=accepted.terms.to,
                leg=held.leg + 1,
                since=ctx.timestamp,
                arrived=accepted.id,
                terms=digest(accepted),
                offered=None,
            )
            await self.rogue_hold(ctx, taken, receipts)
            await ctx.bind(taken, at_rest(taken.holder))

    @submit
    async def rogue_end(self, ctx: Context, offer: Id, state: str) -> None:
        """End an offer in the state that is asked for, whoever asks and whenever."""
        ended = replace(
            await ctx.get(Offer, offer), state=rules.OfferState(state), closed=ctx.timestamp
        )
        await ctx.put(ended)
        await ctx.bind(ended, settled(ended))
        for held in ended.items:
            await ctx.bind(held, at_rest(held.holder))

    async def rogue_hold(self, ctx: Context, held: Custody, receipts: bool) -> None:
        """Write custody, and its receipt where it is asked for."""
        await ctx.put(held)
        if receipts:
            await ctx.private(consent_collection(held.holder)).put(rules.receipt(held))
