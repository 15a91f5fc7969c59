"""Electricity's arithmetic: the ladder, the bill, the anchor. Pure functions, no Fabric.

The client recomputes a bill with the very functions that the chaincode ran. Money is integer fen,
rounded once, half up; until then an amount is an integer of 10^-7 yuan (Wh times 10^-4 yuan a kWh).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from weftwork_contracts.electricity.model import (
    Account,
    Anchor,
    Bill,
    BillDetail,
    BillLine,
    Journal,
    Posting,
    Reading,
    Tariff,
    TariffApproval,
    TariffState,
    Tier,
    Totals,
    YearReadings,
)
from weftwork_contracts.faults import RuleError
from weftwork_model import digest, encode, merkle

TEN_MILLIONTHS_PER_FEN = 100_000
"""One fen is 10^-2 yuan; an exact amount is counted in 10^-7 yuan."""


_PERIOD = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")


def check_period(period: str) -> None:
    """Refuse what is not a calendar month ``YYYY-MM``.

    Raises RuleError.
    """
    if _PERIOD.fullmatch(period) is None:
        raise RuleError("period: a month is written YYYY-MM")


def next_period(period: str) -> str:
    """The month after ``period`` (``YYYY-MM``)."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def previous_period(period: str) -> str:
    """The month before ``period`` (``YYYY-MM``)."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year:04d}-{month - 1:02d}" if month > 1 else f"{year - 1:04d}-12"


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuse a ladder that leaves a quantity without a price, or gives it two.

    Raises RuleError.
    """
    if not tiers:
        raise RuleError("tiers: a ladder has at least one tier")
    floor = 0
    for number, tier in enumerate(tiers, start=1):
        last = number == len(tiers)
        if tier.up_to is None:
            if not last:
                raise RuleError(f"tiers[{number - 1}]: only the last tier is without an upper end")
        elif last:
            raise RuleError(f"tiers[{number - 1}]: the last tier has no upper end")
        elif tier.up_to <= floor:
            raise RuleError(f"tiers[{number - 1}]: ends at {tier.up_to} kWh, not above {floor} kWh")
        else:
            floor = tier.up_to


def ladder(tiers: Sequence[Tier], energy: int) -> list[BillLine]:
    """Split ``energy`` (Wh) over the steps of a monthly ladder; amounts are exact, in 10^-7 yuan.

    Steps that the quantity does not reach give no line.
    """
    lines: list[BillLine] = []
    floor = 0
    for tier in tiers:
        ceiling = energy if tier.up_to is None else min(energy, tier.up_to * 1000)
        taken = ceiling - floor
        if taken <= 0:
            break
        lines.append(BillLine(energy=taken, price=tier.price, amount=taken * tier.price))
        floor = ceiling
    return lines


def round_to_fen(amount: int) -> int:
    """Fen of an exact amount (10^-7 yuan, not negative), half up."""
    return (amount + TEN_MILLIONTHS_PER_FEN // 2) // TEN_MILLIONTHS_PER_FEN


def charge(tiers: Sequence[Tier], energy: int) -> tuple[list[BillLine], int]:
    """Lines and total in fen of ``energy`` Wh: rounded once, on the total."""
    lines = ladder(tiers, energy)
    return lines, round_to_fen(sum(line.amount for line in lines))


def check_applies(tariff: Tariff, successor: Tariff | None, period: str) -> None:
    """Refuse a tariff edition that is not approved, or not the one in force in ``period``.

    ``successor`` is the next edition where one exists: editions take effect in their order, so
    none but the next needs looking at.

    Raises RuleError.
    """
    name = f"tariff {tariff.id} edition {tariff.edition}"
    if tariff.state is not TariffState.APPROVED:
        raise RuleError(f"{name} is not approved")
    if period < tariff.effective:
        raise RuleError(f"{name} takes effect in {tariff.effective}, after {period}")
    if (
        successor is not None
        and successor.state is TariffState.APPROVED
        and successor.effective <= period
    ):
        raise RuleError(f"{name} is superseded in {period} by edition {successor.edition}")


def check_follows(before: Tariff, tariff: Tariff) -> None:
    """Refuse an edition whose predecessor still waits for approval, or begins no earlier.

    Raises RuleError.
    """
    if before.state is not TariffState.APPROVED:
        raise RuleError(f"tariff {before.id} edition {before.edition} is not approved yet")
    if tariff.effective <= before.effective:
        raise RuleError(
            f"effective: edition {before.edition} begins in {before.effective}, "
            f"so this one must begin later than {tariff.effective}"
        )


def approval_of(tariff: Tariff) -> TariffApproval:
    """The receipt of an approved edition: what Civic's consent collection must hold for it."""
    return TariffApproval(tariff=tariff.id, edition=tariff.edition, document=digest(tariff))


def last_billed(account: Account, months: Iterable[str]) -> str:
    """The last of ``months`` that is billed to the account's present holder.

    The month before the holder's first one where none is: months are text of one form, so their
    order is the calendar's.
    """
    return max([previous_period(account.since), *months])


def bill_postings(account: str, total: int) -> list[Posting]:
    """Double entry of a bill: the account owes, the revenue is earned."""
    return [
        Posting(ledger=f"receivable:{account}", amount=total),
        Posting(ledger="revenue", amount=-total),
    ]


def payment_postings(account: str, total: int) -> list[Posting]:
    """Double entry of a payment: cash comes in, the account owes no more."""
    return [
        Posting(ledger="cash", amount=total),
        Posting(ledger=f"receivable:{account}", amount=-total),
    ]


def credit_postings(account: str, total: int) -> list[Posting]:
    """Double entry of a credit note: a bill's postings, turned round."""
    return bill_postings(account, -total)


def check_journal(journal: Journal) -> None:
    """Refuse postings that do not sum to zero.

    Raises RuleError.
    """
    if sum(posting.amount for posting in journal.postings) != 0:
        raise RuleError(f"journal {journal.id}: its postings do not sum to zero")


def balances(journals: Iterable[Journal]) -> dict[str, int]:
    """What each ledger stands at, in fen: the fold of all its postings."""
    result: dict[str, int] = {}
    for journal in journals:
        for posting in journal.postings:
            result[posting.ledger] = result.get(posting.ledger, 0) + posting.amount
    return result


def check_totals(anchor: Anchor, totals: Totals) -> None:
    """Refuse monthly totals that are not those that the public anchor commits to.

    Raises RuleError.
    """
    if digest(totals) != anchor.totals:
        raise RuleError(
            f"meter {anchor.meter}: the totals of {anchor.year} are not the anchored ones"
        )


def verify_bill(
    bill: Bill, detail: BillDetail, journal: Journal, tariff: Tariff, totals: Totals
) -> None:
    """Recompute a bill from the tariff edition and the month's total that the ledger keeps.

    ``bill`` and ``tariff`` are public; ``detail``, ``journal`` and ``totals`` come from the
    private collections, for those who may read them.

    Raises RuleError that names the first thing that does not agree.
    """
    if digest(detail) != bill.detail:
        raise RuleError(f"bill {bill.id}: its private detail is not the one whose hash is public")
    if digest(journal) != bill.journal:
        raise RuleError(f"bill {bill.id}: its postings are not those whose hash is public")
    public = (bill.id, bill.account, bill.meter, bill.register, bill.period)
    private = (detail.id, detail.account, detail.meter, detail.register, detail.period)
    if public != private or (bill.tariff, bill.edition) != (detail.tariff, detail.edition):
        raise RuleError(f"bill {bill.id}: its private detail speaks of something else")
    if (tariff.id, tariff.edition) != (bill.tariff, bill.edition):
        raise RuleError(f"bill {bill.id}: it was computed with {bill.tariff} {bill.edition}")
    if totals.meter != bill.meter or totals.months.get(bill.period) != detail.energy:
        raise RuleError(f"bill {bill.id}: its energy is not the month's anchored total")
    lines, total = charge(tariff.tiers, detail.energy)
    if detail.lines != lines or detail.total != total:
        raise RuleError(f"bill {bill.id}: recomputed from its determinants it is another amount")
    if journal.postings != bill_postings(bill.account, total):
        raise RuleError(f"bill {bill.id}: its postings are not those of its total")


def leaf_salt(seed: str, start: int) -> str:
    """Salt of one reading's leaf, so that a proof's neighbours cannot be guessed.

    ``seed`` is the hex secret of the anchor, ``start`` the reading's first second.
    """
    return hashlib.sha256(f"{seed}:{start}".encode("ascii")).hexdigest()


def totals_salt(seed: str) -> str:
    """Salt of the totals of an anchor, from the same secret."""
    return hashlib.sha256(f"{seed}:totals".encode("ascii")).hexdigest()


def leaf(reading: Reading) -> bytes:
    """A reading's canonical bytes: the leaf of its anchor's tree."""
    return encode(reading)


def readings_of(year: YearReadings) -> list[Reading]:
    """All readings of a year in the order of their leaves."""
    return [
        Reading(
            meter=year.meter,
            register=year.register,
            start=start,
            seconds=year.seconds,
            energy=energy,
            quality=quality,
            salt=leaf_salt(year.seed, start),
        )
        for month in year.months
        for start, energy, quality in month.rows
    ]


def check_year(year: YearReadings) -> None:
    """Refuse readings that are out of order, overlap or lie outside their month.

    Raises RuleError.
    """
    if not year.months:
        raise RuleError("months: a year of readings has at least one month")
    expected: str | None = None
    free_from = year.months[0].start
    for month in year.months:
        if not month.period.startswith(f"{year.year}-"):
            raise RuleError(f"{month.period}: this month is not of the year {year.year}")
        if expected is not None and month.period != expected:
            raise RuleError(f"{month.period}: {expected} was to follow")
        expected = next_period(month.period)
        if month.start < free_from:
            raise RuleError(f"{month.period}: begins before the readings of the last month end")
        if not month.rows:
            raise RuleError(f"{month.period}: no reading")
        free_from = month.start
        for start, _, _ in month.rows:
            if start < free_from:
                raise RuleError(f"{month.period}: the reading at {start} overlaps the one before")
            free_from = start + year.seconds
        if free_from > month.end:
            raise RuleError(f"{month.period}: a reading ends after the month does")


def anchor_of(year: YearReadings) -> tuple[Anchor, Totals]:
    """The public anchor of a year's readings and the private totals that it commits to.

    Raises RuleError for readings out of order.
    """
    check_year(year)
    qualities: dict[str, int] = {}
    months: dict[str, int] = {}
    for month in year.months:
        months[month.period] = sum(energy for _, energy, _ in month.rows)
        for _, _, quality in month.rows:
            qualities[str(quality)] = qualities.get(str(quality), 0) + 1
    totals = Totals(
        meter=year.meter,
        register=year.register,
        year=year.year,
        months=months,
        salt=totals_salt(year.seed),
    )
    leaves = [leaf(reading) for reading in readings_of(year)]
    anchor = Anchor(
        meter=year.meter,
        register=year.register,
        year=year.year,
        seconds=year.seconds,
        count=len(leaves),
        qualities=qualities,
        starts={month.period: month.start for month in year.months},
        root=merkle.root(leaves).hex(),
        totals=digest(totals),
    )
    return anchor, totals


def prove_reading(year: YearReadings, index: int) -> tuple[Reading, list[str]]:
    """One reading of a year and its path (hex hashes) to the anchor's root."""
    readings = readings_of(year)
    leaves = [leaf(reading) for reading in readings]
    return readings[index], [node.hex() for node in merkle.prove(leaves, index)]


def verify_reading(anchor: Anchor, reading: Reading, index: int, path: Sequence[str]) -> bool:
    """Whether ``reading`` is the anchor's leaf number ``index``, by its path (hex hashes)."""
    if (reading.meter, reading.register) != (anchor.meter, anchor.register):
        return False
    nodes = [bytes.fromhex(node) for node in path]
    return merkle.verify(leaf(reading), index, anchor.count, nodes, bytes.fromhex(anchor.root))
