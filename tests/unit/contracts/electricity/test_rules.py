"""The ladder, the anchor and the double entry, against vectors and an independent computation."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.contracts.world import SALT, SEED, SOURCE, TIERS, readings
from weftwork_contracts.electricity import rules
from weftwork_contracts.electricity.model import (
    Bill,
    BillDetail,
    Journal,
    MonthRows,
    Tariff,
    TariffState,
    Tier,
    Totals,
    YearReadings,
)
from weftwork_contracts.faults import RuleError
from weftwork_model import ModelError, digest, encode, replace


@pytest.mark.parametrize(
    ("kwh", "fen"),
    [(0, 0), (240, 11_719), (241, 11_773), (400, 20_332), (401, 20_411), (500, 28_215)],
)
def test_beijings_ladder(kwh: int, fen: int) -> None:
    lines, total = rules.charge(TIERS, kwh * 1000)
    assert total == fen
    assert sum(line.energy for line in lines) == kwh * 1000


@pytest.mark.parametrize(("kwh", "lines"), [(0, 0), (240, 1), (241, 2), (400, 2), (401, 3)])
def test_a_step_that_is_not_reached_has_no_line(kwh: int, lines: int) -> None:
    assert len(rules.ladder(TIERS, kwh * 1000)) == lines


def test_half_a_fen_rounds_up() -> None:
    assert rules.round_to_fen(149_999) == 1
    assert rules.round_to_fen(150_000) == 2
    assert rules.round_to_fen(150_001) == 2


@st.composite
def ladders(draw: st.DrawFn) -> list[Tier]:
    ends = sorted(draw(st.sets(st.integers(1, 5000), max_size=4)))
    prices = st.integers(0, 20_000)
    return [
        *(Tier(up_to=end, price=draw(prices)) for end in ends),
        Tier(up_to=None, price=draw(prices)),
    ]


def in_yuan(tiers: list[Tier], energy: int) -> Decimal:
    """The bill as a clerk would write it: yuan and kWh, exact decimals, from the top down."""
    kwh, total = Decimal(energy) / 1000, Decimal(0)
    for below, tier in reversed(list(zip([None, *tiers], tiers, strict=False))):
        floor = Decimal(below.up_to or 0) if below is not None else Decimal(0)
        if kwh > floor:
            total += (kwh - floor) * Decimal(tier.price) / 10_000
            kwh = floor
    return total


@given(ladders(), st.integers(0, 10_000_000))
def test_a_bill_is_exact(tiers: list[Tier], energy: int) -> None:
    rules.check_tiers(tiers)
    lines, total = rules.charge(tiers, energy)
    expected = in_yuan(tiers, energy).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert total == int(expected * 100)
    assert sum(line.energy for line in lines) == energy
    assert all(line.amount == line.energy * line.price for line in lines)


@given(ladders(), st.integers(0, 10_000_000), st.integers(0, 1_000_000))
def test_more_energy_never_costs_less(tiers: list[Tier], energy: int, more: int) -> None:
    assert rules.charge(tiers, energy)[1] <= rules.charge(tiers, energy + more)[1]


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        ([], "at least one tier"),
        ([Tier(up_to=240, price=1)], r"tiers\[0\]: the last tier has no upper end"),
        ([Tier(up_to=None, price=1), Tier(up_to=None, price=2)], r"tiers\[0\]: only the last"),
        (
            [Tier(up_to=400, price=1), Tier(up_to=400, price=2), Tier(up_to=None, price=3)],
            r"tiers\[1\]: ends at 400 kWh, not above 400 kWh",
        ),
    ],
)
def test_a_ladder_with_gaps_is_refused(tiers: list[Tier], reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        rules.check_tiers(tiers)


def edition(number: int, effective: str, state: TariffState = TariffState.APPROVED) -> Tariff:
    return Tariff(
        id="beijing", edition=number, effective=effective, tiers=TIERS, source=SOURCE, state=state
    )


def test_which_edition_applies() -> None:
    first, second = edition(1, "2012-01"), edition(2, "2012-07")
    rules.check_applies(first, None, "2012-09")
    rules.check_applies(first, second, "2012-06")
    rules.check_applies(first, edition(2, "2012-07", TariffState.PROPOSED), "2012-09")
    with pytest.raises(RuleError, match="superseded in 2012-07 by edition 2"):
        rules.check_applies(first, second, "2012-07")
    with pytest.raises(RuleError, match="takes effect in 2012-07, after 2012-06"):
        rules.check_applies(second, None, "2012-06")
    with pytest.raises(RuleError, match="is not approved"):
        rules.check_applies(edition(1, "2012-01", TariffState.PROPOSED), None, "2012-01")


@pytest.mark.parametrize(
    ("period", "following"),
    [("2012-01", "2012-02"), ("2012-12", "2013-01"), ("1999-12", "2000-01")],
)
def test_months_follow_one_another(period: str, following: str) -> None:
    assert rules.next_period(period) == following
    assert rules.previous_period(following) == period


@pytest.mark.parametrize("period", ["2012-13", "2012-00", "2012-1", "2012-01\n", "٢٠١٢-01", ""])
def test_a_month_is_written_in_one_way(period: str) -> None:
    with pytest.raises(RuleError, match="YYYY-MM"):
        rules.check_period(period)


@given(st.integers(0, 10**12))
def test_postings_sum_to_zero(total: int) -> None:
    ways = (rules.bill_postings, rules.payment_postings, rules.credit_postings)
    for postings in (way("A-1", total) for way in ways):
        assert sum(posting.amount for posting in postings) == 0


@dataclass
class Whole:
    bill: Bill
    detail: BillDetail
    journal: Journal
    tariff: Tariff
    totals: Totals

    def verify(self) -> None:
        rules.verify_bill(self.bill, self.detail, self.journal, self.tariff, self.totals)

    def changed(self, **changes: object) -> "Whole":
        """The same with a forged detail whose public hash is forged too."""
        detail = replace(self.detail, **changes)
        bill = replace(self.bill, detail=digest(detail))
        return Whole(bill, detail, self.journal, self.tariff, self.totals)


@pytest.fixture
def whole() -> Whole:
    lines, total = rules.charge(TIERS, 241_000)
    _, totals = rules.anchor_of(readings({"2012-01": 241_000}))
    detail = BillDetail(
        id="11" * 32,
        account="A-1",
        holder="alice",
        meter="M-1",
        register="1.8.0",
        period="2012-01",
        tariff="beijing",
        edition=1,
        energy=241_000,
        lines=lines,
        total=total,
        salt=SALT.hex(),
    )
    journal = Journal(
        account="A-1",
        period="2012-01",
        id=detail.id,
        bill=detail.id,
        reference="",
        postings=rules.bill_postings("A-1", total),
        salt=SALT.hex(),
    )
    bill = Bill(
        id=detail.id,
        account="A-1",
        meter="M-1",
        register="1.8.0",
        period="2012-01",
        tariff="beijing",
        edition=1,
        detail=digest(detail),
        journal=digest(journal),
    )
    return Whole(bill, detail, journal, edition(1, "2012-01"), totals)


def test_a_bill_verifies(whole: Whole) -> None:
    whole.verify()


def test_a_forged_bill_does_not(whole: Whole) -> None:
    whole.detail = replace(whole.detail, total=1)
    with pytest.raises(RuleError, match="not the one whose hash is public"):
        whole.verify()


def test_forged_postings_do_not(whole: Whole) -> None:
    whole.journal = replace(whole.journal, reference="another")
    with pytest.raises(RuleError, match="not those whose hash is public"):
        whole.verify()


def test_every_determinant_is_recomputed(whole: Whole) -> None:
    with pytest.raises(RuleError, match="another amount"):
        whole.changed(total=11_774).verify()
    with pytest.raises(RuleError, match="not the month's anchored total"):
        whole.changed(energy=240_000).verify()
    with pytest.raises(RuleError, match="speaks of something else"):
        whole.changed(period="2012-02").verify()
    with pytest.raises(RuleError, match="computed with beijing 1"):
        Whole(whole.bill, whole.detail, whole.journal, edition(2, "2012-01"), whole.totals).verify()
    forged = replace(whole.journal, postings=rules.bill_postings("A-1", 1))
    posted = replace(whole.bill, journal=digest(forged))
    with pytest.raises(RuleError, match="postings are not those of its total"):
        Whole(posted, whole.detail, forged, whole.tariff, whole.totals).verify()


def test_a_readings_canonical_bytes() -> None:
    reading = rules.readings_of(readings({"2012-01": 241_000}))[0]
    assert rules.leaf(reading) == (
        b'{"energy":120500,"kind":"reading","meter":"M-1","quality":17,"register":"1.8.0",'
        b'"salt":"' + rules.leaf_salt(SEED, 1_000_000).encode() + b'",'
        b'"seconds":3600,"start":1000000,"v":1}'
    )


def test_an_anchor_sums_and_counts() -> None:
    anchor, totals = rules.anchor_of(readings({"2012-01": 241_000, "2012-02": 7}))
    assert (anchor.count, anchor.qualities) == (4, {"17": 2, "8": 2})
    assert anchor.starts == {"2012-01": 1_000_000, "2012-02": 3_592_000}
    assert totals.months == {"2012-01": 241_000, "2012-02": 7}
    assert anchor.totals == digest(totals)
    assert b"241000" not in encode(anchor)


@given(st.integers(1, 40), st.data())
def test_each_reading_proves_itself_and_no_other(count: int, data: st.DataObject) -> None:
    rows = [(3600 * i, data.draw(st.integers(0, 3)), 17) for i in range(count)]
    month = MonthRows(period="2012-01", start=0, end=3600 * count, rows=rows)
    year = YearReadings(
        meter="M-1", register="1.8.0", year="2012", seconds=3600, seed=SEED, months=[month]
    )
    anchor, _ = rules.anchor_of(year)
    index = data.draw(st.integers(0, count - 1))
    reading, path = rules.prove_reading(year, index)
    assert rules.verify_reading(anchor, reading, index, path)
    assert not rules.verify_reading(anchor, replace(reading, energy=4), index, path)
    assert not rules.verify_reading(anchor, replace(reading, meter="M-2"), index, path)
    assert not rules.verify_reading(anchor, reading, index + 1, path)
    assert not rules.verify_reading(anchor, reading, index, [*path, path[0] if path else "00"])


@pytest.mark.parametrize(
    ("months", "reason"),
    [
        ([], "at least one month"),
        ([("2011-12", 0, 100, [(0, 1, 17)])], "not of the year 2012"),
        ([("2012-01", 0, 100, [])], "no reading"),
        ([("2012-01", 0, 20, [(0, 1, 17), (5, 1, 17)])], "overlaps the one before"),
        ([("2012-01", 0, 20, [(15, 1, 17)])], "ends after the month does"),
        (
            [("2012-01", 0, 20, [(0, 1, 17)]), ("2012-03", 20, 40, [(20, 1, 17)])],
            "2012-02 was to follow",
        ),
        (
            [("2012-01", 0, 20, [(10, 1, 17)]), ("2012-02", 15, 40, [(20, 1, 17)])],
            "begins before the readings of the last month end",
        ),
    ],
)
def test_disordered_readings_are_refused(
    months: list[tuple[str, int, int, list[tuple[int, int, int]]]], reason: str
) -> None:
    year = YearReadings(
        meter="M-1",
        register="1.8.0",
        year="2012",
        seconds=10,
        seed=SEED,
        months=[MonthRows(period=p, start=s, end=e, rows=rows) for p, s, e, rows in months],
    )
    with pytest.raises(RuleError, match=reason):
        rules.anchor_of(year)


def test_a_negative_reading_is_no_reading() -> None:
    with pytest.raises(ModelError, match=r"rows\[0\]\[1\]"):
        encode(readings({"2012-01": -2}))
