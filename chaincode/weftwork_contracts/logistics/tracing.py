"""The history of an item, read back offer by offer, each holder checked against its receipt."""

from weftwork_chaincode import Context
from weftwork_contracts.logistics import rules
from weftwork_contracts.logistics.model import Custody, Leg, Offer, Receipt, Trace
from weftwork_contracts.parties import consent_collection


async def is_receipted(ctx: Context, held: Custody) -> bool:
    """Whether the holder's consent collection holds the receipt of `held`."""
    consent = ctx.private(consent_collection(held.holder))
    return rules.is_receipted(held, await consent.hash(Receipt, held.item, held.leg))


async def is_moved_on(ctx: Context, held: Custody) -> bool:
    """Whether the last offer that `held` notes has moved the item: then somebody else has it."""
    if held.offered is None:
        return False
    last = await ctx.find(Offer, held.offered)
    return last is None or last.state in rules.ACCEPTED


async def trace(ctx: Context, item: str) -> Trace:
    """Every holder that `item` has had, the first one first.

    Raises:
        NotFound: There is no such item.
    """
    custody = await ctx.get(Custody, item)
    broken = await is_moved_on(ctx, custody)
    legs: list[Leg] = []
    held: Custody | None = custody
    while held is not None:
        legs.append(
            Leg(
                number=held.leg,
                holder=held.holder,
                since=held.since,
                offer=held.arrived,
                forged=not await is_receipted(ctx, held),
            )
        )
        if held.arrived is None:
            broken = broken or held.leg != 0
            break
        offer = await ctx.find(Offer, held.arrived)
        held = rules.came_from(held, offer) if offer is not None else None
        broken = broken or held is None
    legs.reverse()
    return Trace(
        custody=custody, legs=tuple(legs), forged=broken or any(leg.forged for leg in legs)
    )
