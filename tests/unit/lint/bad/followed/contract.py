"""A contract whose faults are in the modules beside it."""

from weftwork_chaincode import Context, Contract, submit

from . import rules
from .model import Entry
from .rules import Ledger as Book
from .shared import exported


class Base(Contract):
    async def _helper(self, ctx: Context) -> int:
        return rules.later(ctx.timestamp)


class Followed(Base):
    @submit
    async def add(self, ctx: Context, entry: Entry) -> int:
        return await self._helper(ctx) + entry.weight()

    @submit
    async def book(self, ctx: Context) -> list[str]:
        book = Book()
        return book.names() + exported()
