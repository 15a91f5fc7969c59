"""The typed client of electricity: meters, tariffs, readings, bills; for Energy and for Civic."""

import secrets
from collections.abc import Sequence

from weftwork.aio.departments.typed.energy import EnergyFunctions
from weftwork_contracts.electricity import rules
from weftwork_contracts.electricity.model import (
    Anchor,
    Bill,
    BillDetail,
    Credit,
    Payment,
    PaymentAdvice,
    Tariff,
    Tier,
    YearReadings,
)
from weftwork_contracts.parties import CIVIC, ENERGY
from weftwork_model import digest, encode

MEMBERS = (ENERGY, CIVIC)
"""Whose peers hold the private collections, and so whose peers endorse what is in them."""


class Energy(EnergyFunctions):
    """Meters, accounts, tariffs, anchors, bills and payments, as the client's role may ask.

        energy = Energy(gateway.network("crosswork"))
        bill = await energy.bill("A-1", "2012-07")

    Its other functions are those of `EnergyFunctions`. Consumption and money travel as transient
    data to Energy's and Civic's peers alone. What a function refuses comes as an EndorseError
    (EvaluateError of the reading ones) whose text names the department that refused and why; a race
    lost at the commit as a CommitError. A value that its own model refuses raises ModelError before
    anything is sent.
    """

    async def propose_tariff(
        self, tariff: str, *, edition: int, effective: str, tiers: Sequence[Tier], source: str
    ) -> Tariff:
        """Propose an edition of a tariff. For Energy's billing; Civic approves it.

        ``effective`` is the first month it is in force; ``source`` the SHA-256 of the decree.
        """
        proposed = Tariff(
            id=tariff, edition=edition, effective=effective, tiers=list(tiers), source=source
        )
        return await self.propose_edition(proposed)

    async def approve_tariff(self, proposed: Tariff) -> Tariff:
        """Approve exactly the edition that was read. For Civic's officer.

        Raises EndorseError: Invalid where another text has been proposed since.
        """
        return await self.approve_edition(proposed.id, proposed.edition, digest(proposed))

    async def anchor_readings(self, readings: YearReadings) -> Anchor:
        """Anchor a year of readings. For Energy's meter operator or billing.

        Keep ``readings``: the ledger has their root and totals alone, and a proof of one needs all.
        """
        return await self.anchor_year(
            readings.meter,
            readings.year,
            transient={"readings": encode(readings)},
            endorsing_organizations=MEMBERS,
        )

    async def bill(self, account: str, period: str, *, edition: int = 1) -> Bill:
        """Bill the month ``period`` (``YYYY-MM``) by an edition of the account's tariff.

        For Energy's billing.

        Raises EndorseError: AlreadyExists where the month is billed; CommitError
        (MVCC_READ_CONFLICT) where the account changed hands meanwhile.
        """
        return await self.bill_month(
            account,
            period,
            edition,
            transient={"salt": secrets.token_bytes(32)},
            endorsing_organizations=MEMBERS,
        )

    async def pay(self, bill: str, *, amount: int, reference: str = "") -> Payment:
        """Enter that a bill was paid: ``amount`` in fen, the whole of it. For Energy's billing."""
        advice = PaymentAdvice(amount=amount, reference=reference, salt=secrets.token_hex(32))
        return await self.pay_bill(
            bill,
            transient={"advice": encode(advice)},
            endorsing_organizations=MEMBERS,
        )

    async def credit(self, bill: str, *, reason: str) -> Credit:
        """Void an unpaid bill, so that its month can be billed anew. For Energy's billing.

        ``reason`` is the SHA-256 of the document that says why.
        """
        return await self.credit_bill(
            bill,
            reason,
            transient={"salt": secrets.token_bytes(32)},
            endorsing_organizations=MEMBERS,
        )

    async def read_tariff(self, tariff: str, edition: int = 1) -> Tariff:
        """An edition of a tariff."""
        return await self.read_edition(tariff, edition)

    async def verify_bill(self, bill: str) -> BillDetail:
        """Recompute a bill here from what the ledger keeps. For clients of Energy and Civic.

        Returns its detail, if it is the one whose hash is public and all of it follows from the
        tariff's edition and the anchored total.

        Raises RuleError (of ``weftwork_contracts.faults``) that names what does not agree.
        """
        public = await self.read_bill(bill)
        detail = await self.read_bill_detail(bill)
        journal = await self.read_journal(public.account, public.period, bill)
        tariff = await self.read_tariff(public.tariff, public.edition)
        year = public.period[:4]
        totals = await self.read_totals(public.meter, year)
        anchor = await self.read_anchor(public.meter, year)
        rules.check_totals(anchor, totals)
        rules.verify_bill(public, detail, journal, tariff, totals)
        return detail
