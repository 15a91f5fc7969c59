"""What contracts do all day."""

import hashlib
import json
import math
import uuid
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec
from weftwork_chaincode import Context, Contract, Invalid, all_of, evaluate, submit

if TYPE_CHECKING:
    import random
    import time

KINDS = frozenset({"meter", "seal"})
ORDER = ("draft", "open", "closed")
RATES = {"peak": 62, "valley": 31}
YEAR = timedelta(days=365)


class Parcel(msgspec.Struct):
    id: str
    holder: str
    tags: set[str] = set()


class Ledgers(Contract):
    def __init__(self, limit: int = 10) -> None:
        self._limit = limit
        self._names: dict[str, int] = {}

    @submit
    async def stamp(self, ctx: Context, id: str) -> int:
        await ctx.stub.put_state(id, str(ctx.timestamp).encode())
        return ctx.timestamp

    @submit
    async def sorted_set(self, ctx: Context, names: list[str]) -> None:
        for name in sorted(set(names)):
            await ctx.stub.put_state(name, b"1")

    @submit
    async def sorted_by(self, ctx: Context, names: set[str]) -> list[str]:
        return sorted(names, key=lambda name: (len(name), name), reverse=True)

    @submit
    async def sorted_generator(self, ctx: Context, names: set[str]) -> str:
        return ",".join(sorted(name.upper() for name in names))

    @submit
    async def membership(self, ctx: Context, kind: str) -> None:
        if kind not in KINDS:
            raise Invalid(f"{kind} is none of {', '.join(sorted(KINDS))}")

    @submit
    async def counted(self, ctx: Context, names: list[str]) -> bool:
        return len(set(names)) == len(names) and set(names) <= KINDS

    @submit
    async def any_of_set(self, ctx: Context, names: set[str]) -> bool:
        return any(name.startswith("x") for name in names) or all(len(name) for name in names)

    @submit
    async def least(self, ctx: Context, names: set[str]) -> str:
        return min(names) + max(name for name in names)

    @submit
    async def summed(self, ctx: Context, amounts: set[int]) -> int:
        return sum(amount * 2 for amount in amounts)

    @submit
    async def set_of_set(self, ctx: Context, names: set[str]) -> list[str]:
        lower = {name.lower() for name in names} | {"x"}
        lower.update(names)
        lower.discard("y")
        return sorted(lower - KINDS)

    @submit
    async def spread(self, ctx: Context, a: set[str], b: set[str]) -> list[str]:
        return sorted({*a, *b})

    @submit
    async def largest(self, ctx: Context, a: set[int]) -> int:
        return max(*a, 3)

    @submit
    async def mapped(self, ctx: Context, names: set[str]) -> list[str]:
        return sorted(map(str.upper, filter(None, names)))

    @submit
    async def rebound(self, ctx: Context, names: list[str]) -> list[str]:
        kept = set(names)
        kept = sorted(kept)
        return [name for name in kept]

    @submit
    async def dict_order(self, ctx: Context, names: list[str]) -> list[str]:
        unique = dict.fromkeys(names)
        return [name for name in unique] + list(unique.keys())

    @submit
    async def dict_items(self, ctx: Context, amounts: dict[str, int]) -> str:
        return "".join(f"{name}={amount}" for name, amount in amounts.items())

    @submit
    async def grouped(self, ctx: Context, names: list[str]) -> dict[str, list[str]]:
        groups: dict[str, set[str]] = defaultdict(set)
        for name in names:
            groups[name[:1]].add(name)
        return {first: sorted(members) for first, members in groups.items()}

    @submit
    async def bound(self, ctx: Context, names: set[str]) -> None:
        await ctx.stub.set_state_policy("a", all_of(*sorted(names)))

    @submit
    async def tags(self, ctx: Context, parcel: Parcel) -> list[str]:
        return sorted(parcel.tags)

    @submit
    async def rounded(self, ctx: Context, fen: int) -> int:
        return (fen * 13 + 50) // 100

    @submit
    async def divided(self, ctx: Context, fen: int) -> tuple[int, int]:
        return divmod(fen, 3)

    @submit
    async def exact(self, ctx: Context, fen: int) -> int:
        return int(Fraction(fen) / 3) + int(Decimal(fen) / Decimal("4"))

    @submit
    async def integers(self, ctx: Context, a: int, b: int) -> int:
        return math.gcd(a, b) + math.isqrt(a) + 2**10 + pow(a, b, 97)

    @submit
    async def no_float(self, ctx: Context, value: object) -> None:
        if isinstance(value, float):
            raise Invalid("write integers")

    @submit
    async def hashed(self, ctx: Context, text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    @submit
    async def named(self, ctx: Context, text: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, text))

    @submit
    async def json_read(self, ctx: Context, text: str) -> str:
        return json.dumps(json.loads(text, parse_float=str), sort_keys=True)

    @submit
    async def typed_read(self, ctx: Context, data: bytes) -> Parcel:
        return msgspec.json.decode(data, type=Parcel)

    @submit
    async def utc(self, ctx: Context) -> str:
        return datetime.fromtimestamp(ctx.timestamp // 1000, UTC).isoformat()

    @submit
    async def dates(self, ctx: Context, text: str) -> str:
        return (datetime.fromisoformat(text) + YEAR).isoformat()

    @submit
    async def text(self, ctx: Context, name: str) -> str:
        return name.lower().strip().casefold().title() + f"{len(name):05d}" + f"{name:>10}"

    @submit
    async def template(self, ctx: Context, name: str) -> str:
        return "{:>5} of {}".format(name, "x") + "%05d" % 3

    @submit
    async def local_list(self, ctx: Context, names: list[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            found.append(name)
        found.sort()
        return found

    @submit
    async def local_dict(self, ctx: Context, names: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name in names:
            counts[name] = counts.get(name, 0) + 1
        return counts

    @submit
    async def replaced(self, ctx: Context, parcel: Parcel) -> Parcel:
        return replace(parcel, holder="CivicMSP")

    @submit
    async def nonlocal_count(self, ctx: Context, names: list[str]) -> int:
        count = 0

        def add() -> None:
            nonlocal count
            count += 1

        for _ in names:
            add()
        return count

    @submit
    async def shadowed(self, ctx: Context, id: str, hash: str, input: str) -> str:
        time = id + hash
        return time + input

    @submit
    async def called(self, ctx: Context, name: str) -> int:
        return await ctx.call("other", "time", name, returns=int)

    @evaluate
    async def constants(self, ctx: Context, rate: str) -> int:
        return RATES[rate] + ORDER.index("open")

    @evaluate
    async def ranged(self, ctx: Context, start: str) -> list[str]:
        return [row.key async for row in ctx.stub.range(start, "")]

    @evaluate
    async def read_many(self, ctx: Context, names: list[str]) -> list[bytes | None]:
        found = await ctx.stub.get_states(names)
        return [value for value in found if value]

    def outside(self, seed: "random.Random", clock: "time.struct_time") -> None:
        """No transaction comes here."""
