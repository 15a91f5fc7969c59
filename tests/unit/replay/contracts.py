"""Contracts whose results hang on the process they run in, and one whose results do not."""

import random
import time
from collections.abc import Callable

from weftwork_chaincode import (
    Call,
    Context,
    Contract,
    Response,
    Stub,
    SyncContext,
    before,
    evaluate,
    submit,
)
from weftwork_contracts.logistics.contract import Logistics

NAMES = frozenset(f"name-{number}" for number in range(20))


class Steady(Contract):
    @submit
    async def put(self, ctx: Context, key: str) -> str:
        seen = await ctx.stub.get_state(key)
        for name in sorted(NAMES):
            await ctx.stub.put_state(f"{key}/{name}", str(ctx.timestamp).encode())
        ctx.stub.set_event("put", key.encode())
        return "new" if seen is None else "old"

    @submit
    async def refuse(self, ctx: Context) -> None:
        raise ValueError("broken on purpose")

    @evaluate
    async def listed(self, ctx: Context, key: str) -> list[str]:
        return [row.key async for row in ctx.stub.range_by_prefix(f"{key}/")]


class Unordered(Contract):
    @submit
    async def put(self, ctx: Context, key: str) -> None:
        for name in NAMES:
            await ctx.stub.put_state(f"{key}/{name}", b"1")


class LocalTime(Contract):
    @submit
    async def stamp(self, ctx: Context, key: str) -> None:
        hour = time.strftime("%Y-%m-%d %H:%M", time.localtime(ctx.timestamp // 1000))
        await ctx.stub.put_state(key, hour.encode())


class Hashed(Contract):
    @evaluate
    async def place(self, ctx: Context, name: str) -> str:
        return str(hash(name))


class Random(Contract):
    @submit
    async def drawn(self, ctx: Context) -> bytes | None:
        return await ctx.stub.get_state(f"key-{random.random()}")


class Clocked(Contract):
    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock

    @submit
    async def stamp(self, ctx: Context) -> int:
        return self._clock()


def clocked() -> Contract:
    return Clocked(lambda: 7)


def logistics() -> Contract:
    """With the clock of the test's bench, which a deadline is compared with."""
    return Logistics(clock=lambda: 1_767_225_600_000)


class Raw:
    async def invoke(self, stub: Stub) -> Response:
        await stub.put_state("a", b"1")
        return Response(200)


class Caller(Contract):
    @submit
    async def call(self, ctx: Context, key: str) -> str:
        return await ctx.call("steady", "put", key, returns=str)


class Plain(Contract):
    """Functions that are plain def, which run in threads; a hook around them."""

    @before
    async def seen(self, ctx: Context, call: Call) -> None:
        await ctx.stub.put_state("seen", call.function.encode())

    @submit
    def put(self, ctx: SyncContext, key: str) -> str:
        found = ctx.wait(ctx.stub.get_state(key))
        ctx.wait(ctx.stub.put_state(key, b"1"))
        return "new" if found is None else "old"
