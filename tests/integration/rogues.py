"""Changed code, as a department that cheats could run it on its own peer: no check is left.

A test copies this file into the network's folder and has one department serve a class of it.
"""

from weftwork_chaincode import Context, submit
from weftwork_contracts.electricity import rules as electricity
from weftwork_contracts.electricity.contract import SEALED, Electricity
from weftwork_contracts.electricity.model import (
    ACTIVE_IMPORT,
    BILLS,
    Account,
    Bill,
    BillDetail,
    Meter,
    Open,
    Tariff,
    TariffState,
)
from weftwork_contracts.parties import CIVIC, consent_collection
from weftwork_contracts.property import rules as property_rules
from weftwork_contracts.property.contract import Property
from weftwork_contracts.property.model import Consent, Party, Right, Transfer
from weftwork_model import digest, replace


class RogueProperty(Property, name="property"):
    """Gives any flat to anybody, and any party any key."""

    @submit
    async def transfer(self, ctx: Context, transfer: Transfer, consents: list[Consent]) -> Right:
        """No owner's consent, no case, no settled account."""
        right = await ctx.get(Right, transfer.unit)
        changed = property_rules.transferred(right, transfer, ctx.tx_id)
        await ctx.put(changed)
        return changed

    @submit
    async def change_key(self, ctx: Context, party: str, new_key: str, signature: str) -> Party:
        """No signature of the old key."""
        record = await ctx.get(Party, party)
        changed = replace(record, number=record.number + 1, public_key=new_key)
        await ctx.put(changed)
        return changed


class RogueElectricity(Electricity, name="electricity"):
    """Approves its own prices, invents bills, settles what is owed."""

    @submit
    async def register_meter(self, ctx: Context, meter: str) -> Meter:
        """A meter out of nothing, which only Energy could ever change."""
        record = Meter(id=meter)
        await ctx.put(record)
        return record

    @submit
    async def approve_tariff(
        self, ctx: Context, tariff: str, edition: int, document: str
    ) -> Tariff:
        """Whoever asks, and with Civic's receipt written for it."""
        approved = replace(await ctx.get(Tariff, tariff, edition), state=TariffState.APPROVED)
        await ctx.put(approved)
        await ctx.bind(approved, SEALED)
        await ctx.private(consent_collection(CIVIC)).put(electricity.approval_of(approved))
        return approved

    @submit
    async def forge_tariff(self, ctx: Context, tariff: Tariff, receipt: bool) -> Tariff:
        """A new edition, approved from its first block on, with Civic's receipt or without."""
        approved = replace(tariff, state=TariffState.APPROVED)
        await ctx.put(approved)
        await ctx.bind(approved, SEALED)
        if receipt:
            await ctx.private(consent_collection(CIVIC)).put(electricity.approval_of(approved))
        return approved

    @submit
    async def bill(self, ctx: Context, account: str, period: str, edition: int) -> Bill:
        """A bill of any amount, without readings."""
        payer = await ctx.get(Account, account)
        detail = BillDetail(
            id=ctx.tx_id,
            account=account,
            holder=payer.holder,
            meter=payer.meter,
            register=ACTIVE_IMPORT,
            period=period,
            tariff=payer.tariff,
            edition=edition,
            energy=0,
            lines=[],
            total=999_999,
            salt="00" * 32,
        )
        bill = Bill(
            id=ctx.tx_id,
            account=account,
            meter=payer.meter,
            register=ACTIVE_IMPORT,
            period=period,
            tariff=payer.tariff,
            edition=edition,
            detail=digest(detail),
            journal="00" * 32,
        )
        await ctx.put(bill)
        await ctx.put(Open(account=account, entry=bill.id))
        await ctx.private(BILLS).put(detail)
        return bill

    @submit
    async def settle(
        self, ctx: Context, account: str, holder: str, case: str, through: str
    ) -> Account:
        """Without a case, whatever is open."""
        settled = replace(await ctx.get(Account, account), holder=holder)
        await ctx.put(settled)
        return settled
