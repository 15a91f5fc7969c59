"""Sets whose order shows."""

import json
from collections import defaultdict
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import FrozenSet

from weftwork_chaincode import Context, Contract, Policy, all_of, submit

DEPARTMENTS = frozenset({"EnergyMSP", "CivicMSP"})


def parties(text: str) -> set[str]:
    return set(text.split())


def unannotated(text):
    return {word for word in text.split()}


def listed(items):
    return [item for item in items]  # bad: set-order


class Holder:
    owners: set[str]

    def __init__(self, owners: set[str]) -> None:
        self.owners = owners
        self.seen = set(owners)


class Sets(Contract):
    members = {"a", "b"}

    @submit
    async def looped(self, ctx: Context, names: list[str]) -> None:
        for name in set(names):  # bad: set-order
            await ctx.stub.put_state(name, b"1")

    @submit
    async def literal(self, ctx: Context) -> None:
        for name in {"a", "b"}:  # bad: set-order
            await ctx.stub.delete_state(name)

    @submit
    async def module(self, ctx: Context) -> list[str]:
        return list(DEPARTMENTS)  # bad: set-order

    @submit
    async def variable(self, ctx: Context, names: list[str]) -> tuple[str, ...]:
        kept = {name for name in names if name}
        return tuple(kept)  # bad: set-order

    @submit
    async def joined(self, ctx: Context, names: list[str]) -> str:
        return ",".join({name.upper() for name in names})  # bad: set-order

    @submit
    async def joined_generator(self, ctx: Context, names: list[str]) -> str:
        return ",".join(name.upper() for name in set(names))  # bad: set-order

    @submit
    async def comprehended(self, ctx: Context, names: list[str]) -> list[str]:
        unique = frozenset(names)
        return [name.lower() for name in unique]  # bad: set-order

    @submit
    async def keyed(self, ctx: Context, names: list[str]) -> dict[str, int]:
        return {name: 1 for name in set(names)}  # bad: set-order

    @submit
    async def from_keys(self, ctx: Context, names: list[str]) -> dict[str, int]:
        return dict.fromkeys(set(names), 0)  # bad: set-order

    @submit
    async def operators(self, ctx: Context, a: set[str], b: set[str]) -> list[str]:
        both = a & b
        return [*both]  # bad: set-order

    @submit
    async def views(self, ctx: Context, a: dict[str, int], b: dict[str, int]) -> list[str]:
        return list(a.keys() - b.keys())  # bad: set-order

    @submit
    async def methods(self, ctx: Context, a: set[str], b: list[str]) -> list[str]:
        return list(a.union(b))  # bad: set-order

    @submit
    async def popped(self, ctx: Context, names: set[str]) -> str:
        return names.pop()  # bad: set-order

    @submit
    async def first(self, ctx: Context, names: AbstractSet[str]) -> str:
        return next(iter(names))  # bad: set-order

    @submit
    async def unpacked(self, ctx: Context, names: FrozenSet[str]) -> str:
        one, *_ = names  # bad: set-order
        return one

    @submit
    async def numbered(self, ctx: Context, names: set[str] | None) -> str:
        for place, name in enumerate(names or set()):  # bad: set-order
            await ctx.stub.put_state(name, str(place).encode())
        return ""

    @submit
    async def as_arguments(self, ctx: Context, names: set[str]) -> Policy:
        return all_of(*names)  # bad: set-order

    @submit
    async def as_text(self, ctx: Context, names: set[str]) -> str:
        return f"held by {names}"  # bad: set-order

    @submit
    async def as_str(self, ctx: Context, names: set[str]) -> str:
        return str(names)  # bad: set-order

    @submit
    async def as_percent(self, ctx: Context, names: set[str]) -> str:
        return "held by %s" % names  # bad: set-order

    @submit
    async def as_json(self, ctx: Context, names: set[str]) -> str:
        return json.dumps([name for name in names])  # bad: set-order

    @submit
    async def extended(self, ctx: Context, names: set[str]) -> list[str]:
        found: list[str] = []
        found.extend(names)  # bad: set-order
        return found

    @submit
    async def added(self, ctx: Context, names: set[str]) -> list[str]:
        found = ["x"]
        found += names  # bad: set-order
        return found

    @submit
    async def of_helper(self, ctx: Context, text: str) -> list[str]:
        return list(parties(text))  # bad: set-order

    @submit
    async def of_unannotated(self, ctx: Context, text: str) -> list[str]:
        return list(unannotated(text))  # bad: set-order

    @submit
    async def given_to_helper(self, ctx: Context, names: list[str]) -> list[str]:
        return listed(set(names))

    @submit
    async def of_attribute(self, ctx: Context, names: list[str]) -> list[str]:
        holder = Holder(set(names))
        for owner in holder.owners:  # bad: set-order
            await ctx.stub.put_state(owner, b"1")
        return list(holder.seen)  # bad: set-order

    @submit
    async def of_class(self, ctx: Context) -> list[str]:
        return [name for name in self.members]  # bad: set-order

    @submit
    async def of_dict(self, ctx: Context, groups: dict[str, set[str]], key: str) -> str:
        for members in groups.values():
            for member in members:  # bad: set-order
                await ctx.stub.put_state(member, b"1")
        return "".join(groups[key])  # bad: set-order

    @submit
    async def of_default_dict(self, ctx: Context, names: list[str]) -> list[str]:
        groups = defaultdict(set)
        for name in names:
            groups[name[:1]].add(name)
        return [member for member in groups["a"]]  # bad: set-order

    @submit
    async def one_branch(self, ctx: Context, names: list[str], unique: bool) -> list[str]:
        kept = names
        if unique:
            kept = set(names)
        return [name for name in kept]  # bad: set-order

    @submit
    async def by_key(self, ctx: Context, names: set[str]) -> str:
        return max(names, key=len)  # bad: set-order

    @submit
    async def mapped(self, ctx: Context, names: set[str]) -> list[str]:
        return list(map(str.upper, names))  # bad: set-order

    @submit
    async def reduced(self, ctx: Context, names: set[str]) -> str:
        return reduce(lambda a, b: a + b, names)  # bad: set-order

    @submit
    async def handed_to_ledger(self, ctx: Context, names: set[str]) -> int:
        return len(await ctx.stub.get_states(names))  # bad: set-order

    @submit
    async def walrus(self, ctx: Context, names: list[str]) -> list[str]:
        if unique := set(names):
            return list(unique)  # bad: set-order
        return []
