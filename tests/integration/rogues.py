"""Registry and electricity as departments that cheat would run them: the honest contract, and
beside it functions that write what the honest ones would, with no check left.
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
from weftwork_contracts.property.model import Party, Right, Transfer
from weftwork_model import digest, replace


class RogueProperty(Property, name="property"):
    """Gives any flat to anybody, and any party any key."""

    @submit
    async def rogue_transfer(self, ctx: Context, transfer: Transfer) -> None:
        """No owner's consent, no case, no settled account."""
        right = await ctx.get(Right, transfer.unit)
        await ctx.put(property_rules.transferred(right, transfer, ctx.tx_id))

    @submit
    async def rogue_key(self, ctx: Context, party: str, new_key: str) -> None:
        """No signature of the old key."""
        record = await ctx.get(Party, party)
        await ctx.put(replace(record, number=record.number + 1, public_key=new_key))


class RogueElectricity(Electricity, name="electricity"):
    """Approves its own prices, invents bills, settles what is owed."""

    @submit
    async def rogue_meter(self, ctx: Context, meter: str) -> None:
        """A meter out of nothing."""
        await ctx.put(Meter(id=meter))

    @submit
    async def rogue_tariff(self, ctx: Context, tariff: Tariff, receipt: bool) -> None:
        """Any edition, new or not, as approved; with Civic's receipt or without."""
        approved = replace(tariff, state=TariffState.APPROVED)
        await ctx.put(approved)
        await ctx.bind(approved, SEALED)
        if receipt:
            await ctx.private(consent_collection(CIVIC)).put(electricity.approval_of(approved))

    @submit
    async def rogue_bill(self, ctx: Context, account: str, period: str) -> None:
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
            edition=1,
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
            edition=1,
            detail=digest(detail),
            journal="00" * 32,
        )
        await ctx.put(bill)
        await ctx.put(Open(account=account, entry=bill.id))
        await ctx.private(BILLS).put(detail)

    @submit
    async def rogue_close(self, ctx: Context, account: str, entry: str) -> None:
        """What is owed is owed no more."""
        await ctx.delete(Open(account=account, entry=entry))

    @submit
    async def rogue_settle(self, ctx: Context, account: str, holder: str) -> None:
        """Without a case, whatever is open."""
        await ctx.put(replace(await ctx.get(Account, account), holder=holder))
