"""The runtime and the library under other names."""

import copy

import weftwork_chaincode as wc
from weftwork_chaincode import contract as api

try:
    import orjson as fast
except ImportError:
    import json as fast

if True:
    import random as dice

choose = dice.choice  # bad: random


class Aliased(wc.Contract):
    @wc.submit
    async def drawn(self, ctx: wc.Context, names: list[str]) -> str:
        return choose(names)

    @api.submit
    async def read(self, ctx: wc.Context, text: str) -> str:
        return str(fast.loads(text))  # bad: float

    @property
    def seed(self) -> int:
        return dice.getrandbits(8)  # bad: random

    @wc.submit
    async def seeded(self, ctx: wc.Context) -> int:
        return self.seed

    @wc.submit
    async def nested(self, ctx: wc.Context, names: set[str]) -> list[str]:
        def inner() -> list[str]:
            return [name for name in names]  # bad: set-order

        return inner()

    @staticmethod
    def _static(name: str) -> int:
        return hash(name)  # bad: hash

    @wc.submit
    async def static(self, ctx: wc.Context, name: str) -> int:
        return Aliased._static(name)

    @wc.submit
    async def matched(self, ctx: wc.Context, names: set[str], how: str) -> list[str]:
        match how:
            case "list":
                return list(names)  # bad: set-order
            case _:
                return sorted(names)

    @wc.submit
    async def tried(self, ctx: wc.Context, names: set[str]) -> list[str]:
        try:
            return sorted(names)
        except ValueError:
            return [*names]  # bad: set-order
        finally:
            dice.seed(1)  # bad: random

    @wc.submit
    async def with_default(self, ctx: wc.Context, names: list[str] | None = None) -> list[str]:
        kept = set(names or [])
        while kept:
            return [kept.pop()]  # bad: set-order
        return []

    @wc.submit
    async def yielded(self, ctx: wc.Context, names: set[str]) -> list[str]:
        return sorted(self._all(names))

    def _all(self, names):
        yield from names  # bad: set-order

    @wc.submit
    async def ties(self, ctx: wc.Context, names: set[str]) -> list[str]:
        return sorted(names, key=len)  # bad: set-order

    @wc.submit
    async def chained(self, ctx: wc.Context, groups: dict[str, set[str]]) -> list[str]:
        from itertools import chain

        both = [*chain(*groups.values())]  # bad: set-order
        return both + list(chain.from_iterable(groups.values()))  # bad: set-order

    @wc.submit
    async def unknown_receiver(self, ctx: wc.Context) -> int:
        return copy.copy(Thing()).odd() + deep(Thing())


def deep(thing) -> int:
    return deeper(thing)


def deeper(thing) -> int:
    return thing.late()


class Thing:
    def odd(self) -> int:
        return hash("x")  # bad: hash

    def even(self) -> int:
        return hash("y")

    def late(self) -> int:
        return hash("z")  # bad: hash
