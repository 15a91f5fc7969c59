"""What a bill and its payment read: the tariff in force, the anchored energy, the open entry."""

from hashlib import sha256

from weftwork_chaincode import AlreadyExists, Context, Forbidden, Invalid, NotFound
from weftwork_contracts.callers import refused_as_invalid
from weftwork_contracts.electricity import rules
from weftwork_contracts.electricity.model import (
    BILLS,
    READINGS,
    Account,
    Anchor,
    Bill,
    BillDetail,
    Journal,
    Open,
    Posting,
    Tariff,
    TariffApproval,
    Totals,
)
from weftwork_contracts.parties import CIVIC, consent_collection
from weftwork_model import digest, encode


async def tariff_in_force(ctx: Context, tariff: str, edition: int, period: str) -> Tariff:
    """The edition, if it is in force in ``period`` and Civic's own receipt says so."""
    wanted = await ctx.get(Tariff, tariff, edition)
    successor = await ctx.find(Tariff, tariff, edition + 1)
    with refused_as_invalid():
        rules.check_applies(wanted, successor, period)
    receipt = await ctx.private(consent_collection(CIVIC)).hash(TariffApproval, tariff, edition)
    if receipt != sha256(encode(rules.approval_of(wanted))).digest():
        raise Forbidden(f"tariff {tariff} edition {edition}: no receipt of {CIVIC} for it")
    return wanted


async def anchored_energy(ctx: Context, meter: str, register: str, period: str) -> int:
    """Wh of a month, from the private totals that the public anchor commits to."""
    anchor = await ctx.get(Anchor, meter, register, period[:4])
    totals = await ctx.private(READINGS).get(Totals, meter, register, period[:4])
    with refused_as_invalid():
        rules.check_totals(anchor, totals)
    energy = totals.months.get(period)
    if energy is None:
        raise NotFound(f"meter {meter}: no anchored readings for {period}")
    return energy


async def standing_bill(ctx: Context, bill: str) -> tuple[Bill, Open, BillDetail]:
    """A bill that is neither paid nor credited, its open entry and its private detail.

    Reads the account too, so that no posting slips past a settlement.
    """
    record = await ctx.get(Bill, bill)
    await ctx.get(Account, record.account)
    entry = await ctx.find(Open, record.account, bill)
    if entry is None:
        raise AlreadyExists(f"bill {bill[:12]} is closed: paid or credited")
    detail = await ctx.private(BILLS).get(BillDetail, bill)
    if digest(detail) != record.detail:
        raise Invalid(f"bill {bill[:12]}: its private detail is not the published one")
    return record, entry, detail


async def post(
    ctx: Context,
    detail: BillDetail,
    postings: list[Posting],
    *,
    reference: str,
    salt: str,
) -> Journal:
    """Enter a double entry into the private collection."""
    journal = Journal(
        account=detail.account,
        period=detail.period,
        id=ctx.tx_id,
        bill=detail.id,
        reference=reference,
        postings=postings,
        salt=salt,
    )
    with refused_as_invalid():
        rules.check_journal(journal)
    await ctx.private(BILLS).put(journal)
    return journal
