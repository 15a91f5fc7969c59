"""Changed code, as a department could run it on its own peer: the registry without its checks.

The demo puts it in the place of Property's own for one step, to show what that gains: nothing.
"""

from weftwork_chaincode import Context, submit
from weftwork_contracts.property import rules
from weftwork_contracts.property.contract import Property
from weftwork_contracts.property.model import Consent, Right, Transfer


class RogueProperty(Property, name="property"):
    """Transfers whatever it is told to: no owner's consent, no case, no settled account."""

    @submit
    async def transfer(self, ctx: Context, transfer: Transfer, consents: list[Consent]) -> Right:
        """Give a unit away without asking anybody."""
        right = await ctx.get(Right, transfer.unit)
        changed = rules.transferred(right, transfer, ctx.tx_id)
        await ctx.put(changed)
        return changed
