"""The typed client of electricity: meters, tariffs, readings, bills; for Energy and for Civic."""

# Generated from weftwork/aio/departments/energy.py by scripts/unasync.py: change that one.

import secrets
from collections.abc import Sequence

from weftwork._sync.departments.base import Department
from weftwork_contracts.electricity import rules
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
    PaymentAdvice,
    Tariff,
    Tier,
    Totals,
    YearReadings,
)
from weftwork_contracts.parties import CIVIC, ENERGY
from weftwork_model import digest, encode

MEMBERS = (ENERGY, CIVIC)
"""Whose peers hold the private collections, and so whose peers endorse what is in them."""


class Energy(Department):
    """Meters, accounts, tariffs, anchors, bills and payments, as the client's role may ask.

        energy = Energy(gateway.network("crosswork"))
        bill = energy.bill("A-1", "2012-07")

    Consumption and money travel as transient data to Energy's and Civic's peers alone. What a
    function refuses comes as an EndorseError (EvaluateError of the reading ones) whose text names
    the department that refused and why; a race lost at the commit as a CommitError. A value that
    its own model refuses raises ModelError before anything is sent.
    """

    chaincode = "electricity"

    def register_meter(self, meter: str) -> Meter:
        """Enter a meter by its serial. For Energy's clerk or meter operator."""
        return self.submit("register_meter", meter, returns=Meter)

    def install_meter(self, meter: str, *, unit: str) -> Meter:
        """Hang a meter in a unit, once. For Energy's clerk or meter operator."""
        return self.submit("install_meter", meter, unit, returns=Meter)

    def open_account(
        self, account: str, *, meter: str, tariff: str, holder: str, since: str
    ) -> Account:
        """Open the account of an installed meter. For Energy's clerk or billing.

        ``holder`` is the party that pays, from the month ``since`` (``YYYY-MM``) on.
        """
        return self.submit("open_account", account, meter, tariff, holder, since, returns=Account)

    def propose_tariff(
        self, tariff: str, *, edition: int, effective: str, tiers: Sequence[Tier], source: str
    ) -> Tariff:
        """Propose an edition of a tariff. For Energy's billing; Civic approves it.

        ``effective`` is the first month it is in force; ``source`` the SHA-256 of the decree.
        """
        proposed = Tariff(
            id=tariff, edition=edition, effective=effective, tiers=list(tiers), source=source
        )
        return self.submit("propose_tariff", proposed, returns=Tariff)

    def approve_tariff(self, proposed: Tariff) -> Tariff:
        """Approve exactly the edition that was read. For Civic's officer.

        Raises EndorseError: Invalid where another text has been proposed since.
        """
        return self.submit(
            "approve_tariff", proposed.id, proposed.edition, digest(proposed), returns=Tariff
        )

    def anchor_readings(self, readings: YearReadings) -> Anchor:
        """Anchor a year of readings. For Energy's meter operator or billing.

        Keep ``readings``: the ledger has their root and totals alone, and a proof of one needs all.
        """
        return self.submit(
            "anchor_readings",
            readings.meter,
            readings.year,
            returns=Anchor,
            transient={"readings": encode(readings)},
            endorsing_organizations=MEMBERS,
        )

    def bill(self, account: str, period: str, *, edition: int = 1) -> Bill:
        """Bill the month ``period`` (``YYYY-MM``) by an edition of the account's tariff.

        For Energy's billing.

        Raises EndorseError: AlreadyExists where the month is billed; CommitError
        (MVCC_READ_CONFLICT) where the account changed hands meanwhile.
        """
        return self.submit(
            "bill",
            account,
            period,
            edition,
            returns=Bill,
            transient={"salt": secrets.token_bytes(32)},
            endorsing_organizations=MEMBERS,
        )

    def pay(self, bill: str, *, amount: int, reference: str = "") -> Payment:
        """Enter that a bill was paid: ``amount`` in fen, the whole of it. For Energy's billing."""
        advice = PaymentAdvice(amount=amount, reference=reference, salt=secrets.token_hex(32))
        return self.submit(
            "pay",
            bill,
            returns=Payment,
            transient={"advice": encode(advice)},
            endorsing_organizations=MEMBERS,
        )

    def credit(self, bill: str, *, reason: str) -> Credit:
        """Void an unpaid bill, so that its month can be billed anew. For Energy's billing.

        ``reason`` is the SHA-256 of the document that says why.
        """
        return self.submit(
            "credit",
            bill,
            reason,
            returns=Credit,
            transient={"salt": secrets.token_bytes(32)},
            endorsing_organizations=MEMBERS,
        )

    def read_meter(self, meter: str) -> Meter:
        """A meter."""
        return self.evaluate("read_meter", meter, returns=Meter)

    def read_account(self, account: str) -> Account:
        """An account."""
        return self.evaluate("read_account", account, returns=Account)

    def read_tariff(self, tariff: str, edition: int = 1) -> Tariff:
        """An edition of a tariff."""
        return self.evaluate("read_tariff", tariff, edition, returns=Tariff)

    def read_anchor(self, meter: str, year: str) -> Anchor:
        """The anchor of a meter's year (``YYYY``)."""
        return self.evaluate("read_anchor", meter, year, returns=Anchor)

    def read_bill(self, bill: str) -> Bill:
        """What is public of a bill."""
        return self.evaluate("read_bill", bill, returns=Bill)

    def read_payment(self, bill: str) -> Payment:
        """What is public of a bill's payment."""
        return self.evaluate("read_payment", bill, returns=Payment)

    def open_entries(self, account: str) -> list[Open]:
        """What an account has open: each an entry to be paid or credited."""
        return self.evaluate("open_entries", account, returns=list[Open])

    def read_bill_detail(self, bill: str) -> BillDetail:
        """A bill's determinants, lines and total. For clients of Energy and Civic."""
        return self.evaluate("read_bill_detail", bill, returns=BillDetail)

    def read_journal(self, account: str, period: str, entry: str) -> Journal:
        """The postings of one entry of an account. For clients of Energy and Civic."""
        return self.evaluate("read_journal", account, period, entry, returns=Journal)

    def read_totals(self, meter: str, year: str) -> Totals:
        """The monthly totals under an anchor. For clients of Energy and Civic."""
        return self.evaluate("read_totals", meter, year, returns=Totals)

    def verify_bill(self, bill: str) -> BillDetail:
        """Recompute a bill here from what the ledger keeps. For clients of Energy and Civic.

        Returns its detail, if it is the one whose hash is public and all of it follows from the
        tariff's edition and the anchored total.

        Raises RuleError (of ``weftwork_contracts.faults``) that names what does not agree.
        """
        public = self.read_bill(bill)
        detail = self.read_bill_detail(bill)
        journal = self.read_journal(public.account, public.period, bill)
        tariff = self.read_tariff(public.tariff, public.edition)
        year = public.period[:4]
        totals = self.read_totals(public.meter, year)
        anchor = self.read_anchor(public.meter, year)
        rules.check_totals(anchor, totals)
        rules.verify_bill(public, detail, journal, tariff, totals)
        return detail
