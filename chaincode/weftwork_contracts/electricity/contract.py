"""Electricity's transactions: each checks who asks, applies the rules, writes and binds keys.

Policies: a new key needs Energy and another department (the chaincode's own policy); what binds a
customer is then bound to Energy and Civic, and what must never change to all four.
"""

from weftwork_chaincode import (
    AlreadyExists,
    Context,
    Contract,
    Forbidden,
    Invalid,
    all_of,
    evaluate,
    submit,
)
from weftwork_contracts.callers import refused_as_invalid, require, transient, transient_salt
from weftwork_contracts.chaincodes import CASEWORK, ELECTRICITY
from weftwork_contracts.electricity import billing, rules
from weftwork_contracts.electricity.model import (
    ACTIVE_IMPORT,
    BILLS,
    READINGS,
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
    TariffState,
    Totals,
    YearReadings,
)
from weftwork_contracts.parties import (
    BILLING,
    CIVIC,
    CLERK,
    DEPARTMENTS,
    ENERGY,
    METER_OPERATOR,
    OFFICER,
    consent_collection,
)
from weftwork_model import digest, replace

SHARED = all_of(ENERGY, CIVIC)
"""What Energy cannot change alone: meters, accounts, proposed tariffs, open entries."""

SEALED = all_of(*DEPARTMENTS)
"""What must not change: no function writes it again, and no three departments can."""


class Electricity(Contract, name=ELECTRICITY):
    """Meters, accounts, tariffs, anchored readings, bills and payments."""

    @submit
    async def register_meter(self, ctx: Context, meter: str) -> Meter:
        """Enter a meter by its serial (Energy)."""
        require(ctx, ENERGY, CLERK, METER_OPERATOR)
        record = Meter(id=meter)
        await ctx.add(record)
        await ctx.bind(record, SHARED)
        return record

    @submit
    async def install_meter(self, ctx: Context, meter: str, unit: str) -> Meter:
        """Hang a meter in a unit (Energy): it hangs in one place, once."""
        require(ctx, ENERGY, CLERK, METER_OPERATOR)
        record = await ctx.get(Meter, meter)
        if record.unit is not None:
            raise AlreadyExists(f"meter {meter} hangs in unit {record.unit}")
        installed = replace(record, unit=unit)
        await ctx.put(installed)
        return installed

    @submit
    async def open_account(
        self, ctx: Context, account: str, meter: str, tariff: str, holder: str, since: str
    ) -> Account:
        """Open the account of an installed meter for a party, from the month ``since`` (Energy)."""
        require(ctx, ENERGY, CLERK, BILLING)
        record = await ctx.get(Meter, meter)
        if record.unit is None:
            raise Invalid(f"meter {meter} is not installed: an account is for a place")
        if record.account is not None:
            raise AlreadyExists(f"meter {meter} is billed to account {record.account}")
        opened = Account(
            id=account, meter=meter, unit=record.unit, tariff=tariff, holder=holder, since=since
        )
        await ctx.add(opened)
        await ctx.bind(opened, SHARED)
        await ctx.put(replace(record, account=account))
        return opened

    @submit
    async def propose_tariff(self, ctx: Context, tariff: Tariff) -> Tariff:
        """Propose an edition of a tariff (Energy); until it is approved it may be proposed anew."""
        require(ctx, ENERGY, BILLING)
        if tariff.state is not TariffState.PROPOSED:
            raise Invalid("tariff: an edition is proposed first, Civic approves it")
        with refused_as_invalid():
            rules.check_tiers(tariff.tiers)
        standing = await ctx.find(Tariff, tariff.id, tariff.edition)
        if standing is not None and standing.state is TariffState.APPROVED:
            raise AlreadyExists(f"tariff {tariff.id} edition {tariff.edition} is approved")
        if tariff.edition > 1:
            before = await ctx.get(Tariff, tariff.id, tariff.edition - 1)
            with refused_as_invalid():
                rules.check_follows(before, tariff)
        await ctx.put(tariff)
        if standing is None:
            await ctx.bind(tariff, SHARED)
        return tariff

    @submit
    async def approve_tariff(
        self, ctx: Context, tariff: str, edition: int, document: str
    ) -> Tariff:
        """Approve a proposed edition (Civic), naming the digest of what was read.

        Civic's own consent collection gets a receipt, which only Civic's peers can endorse: no
        bill takes an edition without it.
        """
        require(ctx, CIVIC, OFFICER)
        proposed = await ctx.get(Tariff, tariff, edition)
        if proposed.state is TariffState.APPROVED:
            raise AlreadyExists(f"tariff {tariff} edition {edition} is approved")
        if digest(proposed) != document:
            raise Invalid(f"tariff {tariff} edition {edition}: not the text that was read")
        approved = replace(proposed, state=TariffState.APPROVED)
        await ctx.put(approved)
        await ctx.bind(approved, SEALED)
        await ctx.private(consent_collection(CIVIC)).put(rules.approval_of(approved))
        return approved

    @submit
    async def anchor_readings(self, ctx: Context, meter: str, year: str) -> Anchor:
        """Anchor a year's readings (Energy); the readings themselves are transient.

        Transient ``readings``: canonical JSON of `YearReadings`. Every endorser sums and hashes
        them; the chain gets the Merkle root and counts, the collection the monthly totals.
        """
        require(ctx, ENERGY, METER_OPERATOR, BILLING)
        readings = transient(ctx, "readings", YearReadings)
        if (readings.meter, readings.year) != (meter, year):
            raise Invalid(f"the readings are not of meter {meter} in {year}")
        if (await ctx.get(Meter, meter)).unit is None:
            raise Invalid(f"meter {meter} is not installed")
        with refused_as_invalid():
            anchor, totals = rules.anchor_of(readings)
        await ctx.add(anchor)
        await ctx.bind(anchor, SEALED)
        await ctx.private(READINGS).put(totals)
        return anchor

    @submit
    async def bill(self, ctx: Context, account: str, period: str, edition: int) -> Bill:
        """Bill a month of an account by an edition of its tariff (Energy).

        Transient ``salt``: 32 random bytes. Determinants, lines and postings go into the private
        collection; what is returned is public.
        """
        require(ctx, ENERGY, BILLING)
        salt = transient_salt(ctx)
        with refused_as_invalid():
            rules.check_period(period)
        payer = await ctx.get(Account, account)
        if period < payer.since:
            raise Forbidden(f"account {account}: its holder pays from {payer.since} on")
        register = ACTIVE_IMPORT
        if await ctx.find(Billed, payer.meter, register, period) is not None:
            raise AlreadyExists(f"meter {payer.meter}: {period} is billed; credit that bill first")
        tariff = await billing.tariff_in_force(ctx, payer.tariff, edition, period)
        energy = await billing.anchored_energy(ctx, payer.meter, register, period)
        lines, total = rules.charge(tariff.tiers, energy)
        detail = BillDetail(
            id=ctx.tx_id,
            account=account,
            holder=payer.holder,
            meter=payer.meter,
            register=register,
            period=period,
            tariff=tariff.id,
            edition=edition,
            energy=energy,
            lines=lines,
            total=total,
            salt=salt,
        )
        journal = await billing.post(
            ctx, detail, rules.bill_postings(account, total), reference="", salt=salt
        )
        bill = Bill(
            id=ctx.tx_id,
            account=account,
            meter=payer.meter,
            register=register,
            period=period,
            tariff=tariff.id,
            edition=edition,
            detail=digest(detail),
            journal=digest(journal),
        )
        billed = Billed(meter=payer.meter, register=register, period=period, bill=bill.id)
        entry = Open(account=account, entry=bill.id)
        await ctx.add(bill)
        await ctx.bind(bill, SEALED)
        await ctx.put(billed)
        await ctx.bind(billed, SHARED)
        await ctx.put(entry)
        await ctx.bind(entry, SHARED)
        await ctx.private(BILLS).put(detail)
        ctx.emit("billed", bill)
        return bill

    @submit
    async def pay(self, ctx: Context, bill: str) -> Payment:
        """Enter the payment of a bill, in full (Energy), which closes its open entry.

        Transient ``advice``: canonical JSON of `PaymentAdvice`.
        """
        require(ctx, ENERGY, BILLING)
        advice = transient(ctx, "advice", PaymentAdvice)
        record, entry, detail = await billing.standing_bill(ctx, bill)
        if advice.amount != detail.total:
            raise Invalid(f"bill {bill[:12]}: the payment is not of the bill's amount")
        journal = await billing.post(
            ctx,
            detail,
            rules.payment_postings(record.account, detail.total),
            reference=advice.reference,
            salt=advice.salt,
        )
        payment = Payment(
            bill=bill,
            id=ctx.tx_id,
            account=record.account,
            period=record.period,
            journal=digest(journal),
        )
        await ctx.add(payment)
        await ctx.bind(payment, SEALED)
        await ctx.delete(entry)
        ctx.emit("paid", payment)
        return payment

    @submit
    async def credit(self, ctx: Context, bill: str, reason: str) -> Credit:
        """Void an unpaid bill by a credit note (Energy); its month may then be billed anew.

        ``reason`` is the hash of the document that says why. Transient ``salt``: 32 random bytes.
        """
        require(ctx, ENERGY, BILLING)
        salt = transient_salt(ctx)
        record, entry, detail = await billing.standing_bill(ctx, bill)
        billed = await ctx.get(Billed, record.meter, record.register, record.period)
        journal = await billing.post(
            ctx,
            detail,
            rules.credit_postings(record.account, detail.total),
            reference="",
            salt=salt,
        )
        credit = Credit(
            bill=bill,
            id=ctx.tx_id,
            account=record.account,
            period=record.period,
            reason=reason,
            journal=digest(journal),
        )
        await ctx.add(credit)
        await ctx.bind(credit, SEALED)
        await ctx.delete(billed)
        await ctx.delete(entry)
        ctx.emit("credited", credit)
        return credit

    @submit
    async def settle(
        self, ctx: Context, account: str, holder: str, case: str, through: str
    ) -> Account:
        """Hand an account over to ``holder``, who pays from the month after ``through``.

        Part of a case's final transaction only: refused unless the client called casework. It
        reads the account's open entries, so a bill ordered before invalidates it, and writes the
        account, so a bill simulated before and ordered after is itself invalid.
        """
        if ctx.top_level_chaincode != CASEWORK:
            raise Forbidden(
                f"account {account}: it changes hands only at the end of a case, "
                f"and the client called {ctx.top_level_chaincode}"
            )
        record = await ctx.get(Account, account)
        standing = [entry.entry async for entry in ctx.range(Open, account)]
        if standing:
            listed = ", ".join(entry[:12] for entry in standing)
            raise Forbidden(
                f"account {account} has open entries ({listed}): pay them before it changes hands"
            )
        with refused_as_invalid():
            rules.check_period(through)
        months = [month.period async for month in ctx.range(Billed, record.meter, ACTIVE_IMPORT)]
        final = rules.last_billed(record, months)
        if final != through:
            raise Forbidden(
                f"account {account}: its holder is billed through {final}, the case says {through}"
            )
        settled = replace(record, holder=holder, since=rules.next_period(through), case=case)
        await ctx.put(settled)
        return settled

    @evaluate
    async def read_meter(self, ctx: Context, meter: str) -> Meter:
        """A meter."""
        return await ctx.get(Meter, meter)

    @evaluate
    async def read_account(self, ctx: Context, account: str) -> Account:
        """An account."""
        return await ctx.get(Account, account)

    @evaluate
    async def read_tariff(self, ctx: Context, tariff: str, edition: int) -> Tariff:
        """An edition of a tariff."""
        return await ctx.get(Tariff, tariff, edition)

    @evaluate
    async def read_anchor(self, ctx: Context, meter: str, year: str) -> Anchor:
        """The anchor of a meter's year."""
        return await ctx.get(Anchor, meter, ACTIVE_IMPORT, year)

    @evaluate
    async def read_bill(self, ctx: Context, bill: str) -> Bill:
        """What is public of a bill."""
        return await ctx.get(Bill, bill)

    @evaluate
    async def read_payment(self, ctx: Context, bill: str) -> Payment:
        """What is public of a bill's payment."""
        return await ctx.get(Payment, bill)

    @evaluate
    async def open_entries(self, ctx: Context, account: str) -> list[Open]:
        """The open entries of an account."""
        return [entry async for entry in ctx.range(Open, account)]

    @evaluate
    async def read_bill_detail(self, ctx: Context, bill: str) -> BillDetail:
        """A bill's determinants and lines, for members of the collection."""
        return await ctx.private(BILLS).get(BillDetail, bill)

    @evaluate
    async def read_journal(self, ctx: Context, account: str, period: str, entry: str) -> Journal:
        """The postings of one entry of an account, for members of the collection."""
        return await ctx.private(BILLS).get(Journal, account, period, entry)

    @evaluate
    async def read_totals(self, ctx: Context, meter: str, year: str) -> Totals:
        """The monthly totals under an anchor, for members of the collection."""
        return await ctx.private(READINGS).get(Totals, meter, ACTIVE_IMPORT, year)
