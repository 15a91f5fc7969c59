"""Modules' variables that are only read, objects that live in one transaction."""

from collections import OrderedDict, deque
from functools import lru_cache
from itertools import chain

from weftwork_chaincode import Context, Contract, submit

TABLE: dict[str, int] = {"a": 1}
TABLE["b"] = 2


@lru_cache
def squared(value: int) -> int:
    return value * value


class Account:
    """Made anew in each transaction."""

    def __init__(self) -> None:
        self.balance = 0
        self.entries: list[int] = []
        self.owners: set[str] = set()

    def book(self, amount: int) -> None:
        self.balance += amount
        self.entries.append(amount)

    def add(self, owner: str) -> "Account":
        self.owners.add(owner)
        return self


class Memory(Contract):
    def __init__(self) -> None:
        self.table = dict(TABLE)
        self.table["c"] = 3

    @submit
    async def booked(self, ctx: Context, amount: int) -> int:
        account = Account()
        account.book(amount)
        account.balance = account.balance + 1
        return account.balance

    @submit
    async def owned(self, ctx: Context, owner: str) -> list[str]:
        return sorted(Account().add(owner).owners)

    @submit
    async def looked_up(self, ctx: Context, name: str) -> int:
        return TABLE.get(name, 0) + self.table[name] + squared(3)

    @submit
    async def queued(self, ctx: Context, names: list[str]) -> str:
        queue = deque(names)
        queue.append("x")
        return queue.popleft()

    @submit
    async def chained(self, ctx: Context, a: list[str], b: list[str]) -> list[str]:
        return [*OrderedDict.fromkeys(chain(a, b))]

    @submit
    async def copied(self, ctx: Context, names: list[str]) -> list[str]:
        names = [*names]
        names.append("x")
        return names
