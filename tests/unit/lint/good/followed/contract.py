"""A contract with rules beside it."""

from weftwork_chaincode import Context, Contract, submit

from .rules import names


class Followed(Contract):
    @submit
    async def listed(self, ctx: Context, text: str) -> list[str]:
        return sorted(names(text))
