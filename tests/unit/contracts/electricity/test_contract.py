"""Electricity's transactions: what they write, whom they bind, what they refuse and how."""

from hashlib import sha256

import pytest

from tests.unit.contracts.world import SALT, SOURCE, TIERS, World, readings
from weftwork_chaincode import all_of
from weftwork_chaincode.testing import TxResult
from weftwork_contracts.electricity import rules
from weftwork_contracts.electricity.model import (
    Account,
    Anchor,
    Bill,
    BillDetail,
    Billed,
    Credit,
    Journal,
    Meter,
    Open,
    Payment,
    PaymentAdvice,
    Tariff,
    TariffApproval,
    TariffState,
    Totals,
)
from weftwork_contracts.parties import CIVIC, DEPARTMENTS, ENERGY
from weftwork_model import decode, digest, encode

SHARED = all_of(ENERGY, CIVIC)
SEALED = all_of(*DEPARTMENTS)
YEAR = {"2012-01": 241_000, "2012-02": 500_000, "2012-03": 0}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def billing(world: World) -> World:
    """A world in which January to March can be billed."""
    await world.tariff()
    await world.account()
    await world.anchored(YEAR)
    return world


def refused(result: TxResult, status: int, text: str) -> None:
    assert (result.status, result.message) == (status, text)


async def test_a_meter_is_energys_and_civics(world: World) -> None:
    result = await world.must("meters", "electricity.register_meter", "M-1")
    key = Meter.key_of("M-1")
    assert set(result.writes["electricity"]) == {key}
    assert result.policies == {"electricity": {key: SHARED}}
    refused(
        await world.submit("meters", "electricity.register_meter", "M-1"),
        409,
        "AlreadyExists: meter M-1 exists",
    )


async def test_only_energy_registers_meters(world: World) -> None:
    refused(
        await world.submit("registrar", "electricity.register_meter", "M-1"),
        403,
        "Forbidden: this is for EnergyMSP (clerk or meter-operator), the client is of PropertyMSP",
    )
    refused(
        await world.submit("billing", "electricity.register_meter", "M-1"),
        403,
        "Forbidden: this is for EnergyMSP's clerk or meter-operator, the client's role is billing",
    )


async def test_a_meter_hangs_in_one_place_and_has_one_account(world: World) -> None:
    account = await world.account()
    assert account == Account(
        id="A-1", meter="M-1", unit="flat-1", tariff="beijing", holder="alice", since="2012-01"
    )
    refused(
        await world.submit("meters", "electricity.install_meter", "M-1", "flat-2"),
        409,
        "AlreadyExists: meter M-1 hangs in unit flat-1",
    )
    refused(
        await world.submit(
            "billing", "electricity.open_account", "A-2", "M-1", "beijing", "bob", "2012-01"
        ),
        409,
        "AlreadyExists: meter M-1 is billed to account A-1",
    )
    await world.must("meters", "electricity.register_meter", "M-2")
    refused(
        await world.submit(
            "billing", "electricity.open_account", "A-2", "M-2", "beijing", "bob", "2012-01"
        ),
        400,
        "Invalid: meter M-2 is not installed: an account is for a place",
    )


async def test_opening_an_account_writes_account_and_meter(world: World) -> None:
    await world.must("meters", "electricity.register_meter", "M-1")
    await world.must("meters", "electricity.install_meter", "M-1", "flat-1")
    result = await world.must(
        "billing", "electricity.open_account", "A-1", "M-1", "beijing", "alice", "2012-01"
    )
    assert set(result.writes["electricity"]) == {Account.key_of("A-1"), Meter.key_of("M-1")}
    assert result.policies == {"electricity": {Account.key_of("A-1"): SHARED}}


async def test_a_bad_month_is_refused_with_its_path(world: World) -> None:
    await world.must("meters", "electricity.register_meter", "M-1")
    await world.must("meters", "electricity.install_meter", "M-1", "flat-1")
    result = await world.submit(
        "billing", "electricity.open_account", "A-1", "M-1", "beijing", "alice", "2012-1"
    )
    assert result.status == 400
    assert result.message.startswith("Invalid: $.since: ")


def proposal(edition: int = 1, effective: str = "2012-01", **changes: object) -> Tariff:
    fields = {"tiers": TIERS, "source": SOURCE, **changes}
    return Tariff(id="beijing", edition=edition, effective=effective, **fields)  # type: ignore[arg-type]


async def test_a_tariff_is_sealed_by_civics_approval(world: World) -> None:
    proposed = proposal()
    first = await world.must("billing", "electricity.propose_tariff", proposed)
    key = Tariff.key_of("beijing", 1)
    assert first.policies == {"electricity": {key: SHARED}}
    result = await world.must(
        "officer", "electricity.approve_tariff", "beijing", 1, digest(proposed)
    )
    approved = result.returns(Tariff)
    assert approved.state is TariffState.APPROVED
    assert result.writes == {"electricity": {key: encode(approved)}}
    assert result.policies == {"electricity": {key: SEALED}}
    receipt = TariffApproval(tariff="beijing", edition=1, document=digest(approved))
    assert result.private_writes == {
        "electricity": {"consent_CivicMSP": {receipt.ledger_key: encode(receipt)}}
    }


async def test_energy_approves_nothing(world: World) -> None:
    proposed = proposal()
    await world.must("billing", "electricity.propose_tariff", proposed)
    refused(
        await world.submit("billing", "electricity.approve_tariff", "beijing", 1, digest(proposed)),
        403,
        "Forbidden: this is for CivicMSP (officer), the client is of EnergyMSP",
    )
    refused(
        await world.submit(
            "billing", "electricity.propose_tariff", proposal(state=TariffState.APPROVED)
        ),
        400,
        "Invalid: tariff: an edition is proposed first, Civic approves it",
    )


async def test_civic_approves_what_it_read(world: World) -> None:
    read = proposal()
    await world.must("billing", "electricity.propose_tariff", read)
    dearer = proposal(tiers=[*TIERS[:2], TIERS[2].__class__(up_to=None, price=9999)])
    await world.must("billing", "electricity.propose_tariff", dearer)
    refused(
        await world.submit("officer", "electricity.approve_tariff", "beijing", 1, digest(read)),
        400,
        "Invalid: tariff beijing edition 1: not the text that was read",
    )


async def test_an_approved_tariff_never_changes(world: World) -> None:
    approved = await world.tariff()
    refused(
        await world.submit("billing", "electricity.propose_tariff", proposal()),
        409,
        "AlreadyExists: tariff beijing edition 1 is approved",
    )
    refused(
        await world.submit("officer", "electricity.approve_tariff", "beijing", 1, digest(approved)),
        409,
        "AlreadyExists: tariff beijing edition 1 is approved",
    )


async def test_editions_follow_one_another(world: World) -> None:
    await world.tariff()
    refused(
        await world.submit("billing", "electricity.propose_tariff", proposal(2, "2012-01")),
        400,
        "Invalid: effective: edition 1 begins in 2012-01, so this one must begin later than "
        "2012-01",
    )
    refused(
        await world.submit("billing", "electricity.propose_tariff", proposal(3, "2012-09")),
        404,
        "NotFound: no tariff beijing/2",
    )


async def test_an_anchor_shows_no_consumption(billing: World) -> None:
    await billing.must("meters", "electricity.register_meter", "M-2")
    await billing.must("meters", "electricity.install_meter", "M-2", "flat-2")
    year = readings(YEAR, meter="M-2")
    result = await billing.must(
        "meters",
        "electricity.anchor_readings",
        "M-2",
        "2012",
        transient={"readings": encode(year)},
    )
    anchor, totals = rules.anchor_of(year)
    assert result.returns(Anchor) == anchor
    assert result.writes == {"electricity": {anchor.ledger_key: encode(anchor)}}
    assert result.policies == {"electricity": {anchor.ledger_key: SEALED}}
    assert result.private_writes == {
        "electricity": {"readings": {totals.ledger_key: encode(totals)}}
    }
    assert sha256(encode(totals)).hexdigest() == anchor.totals
    stored = await billing.ask("officer", "electricity.read_totals", "M-2", "2012")
    assert stored.returns(Totals).months == YEAR


@pytest.mark.parametrize(
    ("transient", "text"),
    [
        ({}, "Invalid: transient field 'readings' is missing"),
        (
            {"readings": encode(readings(YEAR, meter="M-9"))},
            "Invalid: the readings are not of meter M-1 in 2012",
        ),
        ({"readings": b"{}"}, None),
    ],
)
async def test_what_is_anchored_must_be_brought(
    billing: World, transient: dict[str, bytes], text: str | None
) -> None:
    result = await billing.submit(
        "meters", "electricity.anchor_readings", "M-1", "2012", transient=transient
    )
    assert result.status == 400
    assert text in (None, result.message)


async def test_a_year_is_anchored_once(billing: World) -> None:
    result = await billing.submit(
        "meters",
        "electricity.anchor_readings",
        "M-1",
        "2012",
        transient={"readings": encode(readings({"2012-01": 1}))},
    )
    refused(result, 409, "AlreadyExists: anchor M-1/1.8.0/2012 exists")


async def test_a_bill_writes_hashes_in_public_and_sums_in_private(billing: World) -> None:
    result = await billing.must(
        "billing", "electricity.bill", "A-1", "2012-01", 1, transient={"salt": SALT}
    )
    bill = result.returns(Bill)
    billed = Billed(meter="M-1", register="1.8.0", period="2012-01", bill=bill.id)
    entry = Open(account="A-1", entry=bill.id)
    assert result.writes == {
        "electricity": {record.ledger_key: encode(record) for record in (bill, billed, entry)}
    }
    assert result.policies == {
        "electricity": {
            bill.ledger_key: SEALED,
            billed.ledger_key: SHARED,
            entry.ledger_key: SHARED,
        }
    }
    private = result.private_writes["electricity"]["bills"]
    detail = decode(private[BillDetail.key_of(bill.id)] or b"", BillDetail)
    journal = decode(private[Journal.key_of("A-1", "2012-01", bill.id)] or b"", Journal)
    assert len(private) == 2
    assert (detail.energy, detail.total) == (241_000, 11_773)
    assert rules.balances([journal]) == {"receivable:A-1": 11_773, "revenue": -11_773}
    assert result.event is not None
    tariff = (await billing.ask("billing", "electricity.read_tariff", "beijing", 1)).returns(Tariff)
    totals = (await billing.ask("billing", "electricity.read_totals", "M-1", "2012")).returns(
        Totals
    )
    rules.verify_bill(bill, detail, journal, tariff, totals)


async def test_nothing_public_tells_consumption_or_money(billing: World) -> None:
    bill = await billing.bill()
    payment = await billing.pay(bill.id)
    public = [
        *payment.writes["electricity"].values(),
        payment.payload,
        encode(bill),
        payment.event.payload if payment.event else b"",
    ]
    for secret in (b"241000", b"11773", SALT.hex().encode()):
        assert not any(secret in (value or b"") for value in public)


async def test_the_private_detail_is_salted(billing: World) -> None:
    one = await billing.submit(
        "billing", "electricity.bill", "A-1", "2012-01", 1, transient={"salt": SALT}, commit=False
    )
    detail = one.private_writes["electricity"]["bills"][BillDetail.key_of(one.tx_id)]
    assert detail is not None
    assert SALT.hex().encode() in detail


@pytest.mark.parametrize("transient", [{}, {"salt": b"short"}])
async def test_a_bill_needs_its_salt(billing: World, transient: dict[str, bytes]) -> None:
    refused(
        await billing.submit(
            "billing", "electricity.bill", "A-1", "2012-01", 1, transient=transient
        ),
        400,
        "Invalid: transient field 'salt' must be 32 random bytes",
    )


async def test_a_month_is_billed_once(billing: World) -> None:
    await billing.bill()
    refused(
        await billing.submit(
            "billing", "electricity.bill", "A-1", "2012-01", 1, transient={"salt": SALT}
        ),
        409,
        "AlreadyExists: meter M-1: 2012-01 is billed; credit that bill first",
    )


@pytest.mark.parametrize(
    ("period", "edition", "status", "text"),
    [
        ("2011-12", 1, 403, "Forbidden: account A-1: its holder pays from 2012-01 on"),
        ("2012-04", 1, 404, "NotFound: meter M-1: no anchored readings for 2012-04"),
        ("2013-01", 1, 404, "NotFound: no anchor M-1/1.8.0/2013"),
        ("2012-01", 2, 404, "NotFound: no tariff beijing/2"),
        ("2012-1", 1, 400, "Invalid: period: a month is written YYYY-MM"),
    ],
)
async def test_what_cannot_be_billed(
    billing: World, period: str, edition: int, status: int, text: str
) -> None:
    result = await billing.submit(
        "billing", "electricity.bill", "A-1", period, edition, transient={"salt": SALT}
    )
    refused(result, status, text)


async def test_a_tariff_without_civics_receipt_bills_nobody(billing: World) -> None:
    collection = billing.bench.state.values
    key = next(key for key in collection if key[2] == TariffApproval.key_of("beijing", 1))
    collection[key] = b"forged"
    refused(
        await billing.submit(
            "billing", "electricity.bill", "A-1", "2012-01", 1, transient={"salt": SALT}
        ),
        403,
        "Forbidden: tariff beijing edition 1: no receipt of CivicMSP for it",
    )


async def test_totals_that_are_not_anchored_bill_nobody(billing: World) -> None:
    state = billing.bench.state.values
    key = next(key for key in state if key[2] == Totals.key_of("M-1", "1.8.0", "2012"))
    _, other = rules.anchor_of(readings({"2012-01": 999_000}))
    state[key] = encode(other)
    refused(
        await billing.submit(
            "billing", "electricity.bill", "A-1", "2012-01", 1, transient={"salt": SALT}
        ),
        400,
        "Invalid: meter M-1: the totals of 2012 are not the anchored ones",
    )


async def test_a_payment_closes_the_entry(billing: World) -> None:
    bill = await billing.bill()
    entries = await billing.ask("billing", "electricity.open_entries", "A-1")
    assert entries.returns(list[Open]) == [Open(account="A-1", entry=bill.id)]
    result = await billing.pay(bill.id)
    payment = result.returns(Payment)
    assert result.writes == {
        "electricity": {
            payment.ledger_key: encode(payment),
            Open.key_of("A-1", bill.id): None,
        }
    }
    assert result.policies == {"electricity": {payment.ledger_key: SEALED}}
    private = result.private_writes["electricity"]["bills"]
    [(_, value)] = private.items()
    journal = decode(value or b"", Journal)
    assert digest(journal) == payment.journal
    assert rules.balances([journal]) == {"cash": 11_773, "receivable:A-1": -11_773}
    left = await billing.ask("billing", "electricity.open_entries", "A-1")
    assert left.returns(list[Open]) == []


async def test_a_payment_is_of_the_bills_amount_and_once(billing: World) -> None:
    bill = await billing.bill()
    advice = PaymentAdvice(amount=1, reference="", salt="cd" * 32)
    refused(
        await billing.submit(
            "billing", "electricity.pay", bill.id, transient={"advice": encode(advice)}
        ),
        400,
        f"Invalid: bill {bill.id[:12]}: the payment is not of the bill's amount",
    )
    await billing.pay(bill.id)
    refused(
        await billing.submit(
            "billing", "electricity.pay", bill.id, transient={"advice": encode(advice)}
        ),
        409,
        f"AlreadyExists: bill {bill.id[:12]} is closed: paid or credited",
    )


async def test_a_payment_reads_the_account(billing: World) -> None:
    """What it reads, a settlement that was ordered before it invalidates."""
    bill = await billing.bill()
    del billing.bench.state.values["electricity", "", Account.key_of("A-1")]
    advice = PaymentAdvice(amount=11_773, reference="", salt="cd" * 32)
    refused(
        await billing.submit(
            "billing", "electricity.pay", bill.id, transient={"advice": encode(advice)}
        ),
        404,
        "NotFound: no account A-1",
    )


async def test_a_credit_note_frees_the_month(billing: World) -> None:
    bill = await billing.bill()
    result = await billing.must(
        "billing", "electricity.credit", bill.id, SOURCE, transient={"salt": b"\x07" * 32}
    )
    credit = result.returns(Credit)
    assert result.writes == {
        "electricity": {
            credit.ledger_key: encode(credit),
            Billed.key_of("M-1", "1.8.0", "2012-01"): None,
            Open.key_of("A-1", bill.id): None,
        }
    }
    assert result.policies == {"electricity": {credit.ledger_key: SEALED}}
    again = await billing.bill()
    state = billing.bench.state.values
    journals = [
        decode(value, Journal) for key, value in state.items() if key[2].startswith("\0journal\0")
    ]
    assert len(journals) == 3
    assert rules.balances(journals) == {"receivable:A-1": 11_773, "revenue": -11_773}
    assert again.id != bill.id


async def test_only_a_case_settles_an_account(billing: World) -> None:
    refused(
        await billing.submit("billing", "electricity.settle", "A-1", "bob", "case-1", "2012-01"),
        403,
        "Forbidden: account A-1: it changes hands only at the end of a case, "
        "and the client called electricity",
    )
