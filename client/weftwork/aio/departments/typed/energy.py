"""The typed client of chaincode electricity."""

# Written by scripts/departments.py from the chaincode's metadata: do not edit.

from typing import Unpack

from weftwork.aio.departments.base import Department
from weftwork.calling import EvaluateOptions, SubmitOptions
from weftwork_contracts.electricity.model import (
    Account,
    Anchor,
    Bill,
    BillDetail,
    Credit,
    Journal,
    Meter,
    Open,
    Payment,
    Tariff,
    Totals,
)


class EnergyFunctions(Department):
    """Meters, accounts, tariffs, anchored readings, bills and payments."""

    chaincode = "electricity"

    async def anchor_year(
        self,
        meter: str,
        year: str,
        **options: Unpack[SubmitOptions],
    ) -> Anchor:
        """Anchor a year's readings (Energy); the readings themselves are transient.

        Transient ``readings``: canonical JSON of `YearReadings`. Every endorser
        sums and hashes them; the chain gets the Merkle root and counts, the
        collection the monthly totals.
        """
        return await self.submit(
            "anchor_readings",
            meter,
            year,
            returns=Anchor,
            **options,
        )

    async def approve_edition(
        self,
        tariff: str,
        edition: int,
        document: str,
        **options: Unpack[SubmitOptions],
    ) -> Tariff:
        """Approve a proposed edition (Civic), naming the digest of what was read.

        Civic's own consent collection gets a receipt, which only Civic's peers
        can endorse: no bill takes an edition without it.
        """
        return await self.submit(
            "approve_tariff",
            tariff,
            edition,
            document,
            returns=Tariff,
            **options,
        )

    async def bill_month(
        self,
        account: str,
        period: str,
        edition: int,
        **options: Unpack[SubmitOptions],
    ) -> Bill:
        """Bill a month of an account by an edition of its tariff (Energy).

        Transient ``salt``: 32 random bytes. Determinants, lines and postings go
        into the private collection; what is returned is public.
        """
        return await self.submit(
            "bill",
            account,
            period,
            edition,
            returns=Bill,
            **options,
        )

    async def credit_bill(
        self,
        bill: str,
        reason: str,
        **options: Unpack[SubmitOptions],
    ) -> Credit:
        """Void an unpaid bill by a credit note (Energy); its month may then be
        billed anew.

        ``reason`` is the hash of the document that says why. Transient ``salt``:
        32 random bytes.
        """
        return await self.submit("credit", bill, reason, returns=Credit, **options)

    async def install_meter(
        self,
        meter: str,
        unit: str,
        **options: Unpack[SubmitOptions],
    ) -> Meter:
        """Hang a meter in a unit (Energy): it hangs in one place, once."""
        return await self.submit("install_meter", meter, unit, returns=Meter, **options)

    async def open_account(
        self,
        account: str,
        meter: str,
        tariff: str,
        holder: str,
        since: str,
        **options: Unpack[SubmitOptions],
    ) -> Account:
        """Open the account of an installed meter for a party, from the month
        ``since`` (Energy).
        """
        return await self.submit(
            "open_account",
            account,
            meter,
            tariff,
            holder,
            since,
            returns=Account,
            **options,
        )

    async def open_entries(
        self,
        account: str,
        **options: Unpack[EvaluateOptions],
    ) -> list[Open]:
        """The open entries of an account."""
        return await self.evaluate(
            "open_entries",
            account,
            returns=list[Open],
            **options,
        )

    async def pay_bill(self, bill: str, **options: Unpack[SubmitOptions]) -> Payment:
        """Enter the payment of a bill, in full (Energy), which closes its open
        entry.

        Transient ``advice``: canonical JSON of `PaymentAdvice`.
        """
        return await self.submit("pay", bill, returns=Payment, **options)

    async def propose_edition(
        self,
        tariff: Tariff,
        **options: Unpack[SubmitOptions],
    ) -> Tariff:
        """Propose an edition of a tariff (Energy); until it is approved it may be
        proposed anew.
        """
        return await self.submit("propose_tariff", tariff, returns=Tariff, **options)

    async def read_account(
        self,
        account: str,
        **options: Unpack[EvaluateOptions],
    ) -> Account:
        """An account."""
        return await self.evaluate("read_account", account, returns=Account, **options)

    async def read_anchor(
        self,
        meter: str,
        year: str,
        **options: Unpack[EvaluateOptions],
    ) -> Anchor:
        """The anchor of a meter's year."""
        return await self.evaluate(
            "read_anchor",
            meter,
            year,
            returns=Anchor,
            **options,
        )

    async def read_bill(self, bill: str, **options: Unpack[EvaluateOptions]) -> Bill:
        """What is public of a bill."""
        return await self.evaluate("read_bill", bill, returns=Bill, **options)

    async def read_bill_detail(
        self,
        bill: str,
        **options: Unpack[EvaluateOptions],
    ) -> BillDetail:
        """A bill's determinants and lines, for members of the collection."""
        return await self.evaluate(
            "read_bill_detail",
            bill,
            returns=BillDetail,
            **options,
        )

    async def read_journal(
        self,
        account: str,
        period: str,
        entry: str,
        **options: Unpack[EvaluateOptions],
    ) -> Journal:
        """The postings of one entry of an account, for members of the collection."""
        return await self.evaluate(
            "read_journal",
            account,
            period,
            entry,
            returns=Journal,
            **options,
        )

    async def read_meter(self, meter: str, **options: Unpack[EvaluateOptions]) -> Meter:
        """A meter."""
        return await self.evaluate("read_meter", meter, returns=Meter, **options)

    async def read_payment(
        self,
        bill: str,
        **options: Unpack[EvaluateOptions],
    ) -> Payment:
        """What is public of a bill's payment."""
        return await self.evaluate("read_payment", bill, returns=Payment, **options)

    async def read_edition(
        self,
        tariff: str,
        edition: int,
        **options: Unpack[EvaluateOptions],
    ) -> Tariff:
        """An edition of a tariff."""
        return await self.evaluate(
            "read_tariff",
            tariff,
            edition,
            returns=Tariff,
            **options,
        )

    async def read_totals(
        self,
        meter: str,
        year: str,
        **options: Unpack[EvaluateOptions],
    ) -> Totals:
        """The monthly totals under an anchor, for members of the collection."""
        return await self.evaluate(
            "read_totals",
            meter,
            year,
            returns=Totals,
            **options,
        )

    async def register_meter(
        self,
        meter: str,
        **options: Unpack[SubmitOptions],
    ) -> Meter:
        """Enter a meter by its serial (Energy)."""
        return await self.submit("register_meter", meter, returns=Meter, **options)

    async def settle(
        self,
        account: str,
        holder: str,
        case: str,
        through: str,
        **options: Unpack[SubmitOptions],
    ) -> Account:
        """Hand an account over to ``holder``, who pays from the month after
        ``through``.

        Part of a case's final transaction only: refused unless the client called
        casework. It reads the account's open entries, so a bill ordered before
        invalidates it, and writes the account, so a bill simulated before and
        ordered after is itself invalid.
        """
        return await self.submit(
            "settle",
            account,
            holder,
            case,
            through,
            returns=Account,
            **options,
        )
