"""Clocks under every name they are imported by."""

import asyncio
import datetime as dt
import time
import time as chrono
from datetime import date, datetime
from time import monotonic_ns
from time import time as t

from weftwork_chaincode import Context, Contract, evaluate, submit

STARTED = time.time_ns()  # bad: clock
now = datetime.now  # never used by a contract


class Clocks(Contract):
    @submit
    async def stamp(self, ctx: Context, key: str) -> None:
        await ctx.stub.put_state(key, str(time.time_ns()).encode())  # bad: clock

    @submit
    async def aliased(self, ctx: Context) -> int:
        return int(t())  # bad: clock

    @submit
    async def module_alias(self, ctx: Context) -> int:
        return chrono.monotonic_ns()  # bad: clock

    @submit
    async def imported(self, ctx: Context) -> int:
        return monotonic_ns() - STARTED  # bad: clock

    @submit
    async def local_alias(self, ctx: Context) -> int:
        clock = time.perf_counter_ns  # bad: clock
        return clock()

    @submit
    async def module_in_local(self, ctx: Context) -> int:
        module = time
        return module.time_ns()  # bad: clock

    @submit
    async def today(self, ctx: Context) -> str:
        return date.today().isoformat()  # bad: clock

    @submit
    async def utc(self, ctx: Context) -> str:
        return dt.datetime.utcnow().isoformat()  # bad: clock

    @submit
    async def aware(self, ctx: Context) -> str:
        return datetime.now(dt.UTC).isoformat()  # bad: clock

    @submit
    async def local_import(self, ctx: Context) -> int:
        from time import time_ns as nanoseconds

        return nanoseconds()  # bad: clock

    @submit
    async def as_default(self, ctx: Context, at: int = int(time.time())) -> int:  # bad: clock
        return at

    @submit
    async def in_lambda(self, ctx: Context) -> int:
        get = lambda: time.time_ns()  # bad: clock
        return get()

    @submit
    async def waits(self, ctx: Context) -> None:
        await asyncio.sleep(1)  # bad: clock

    @submit
    async def limits(self, ctx: Context) -> None:
        await asyncio.wait_for(ctx.stub.get_state("a"), 2)  # bad: clock

    @evaluate
    async def age(self, ctx: Context, since: int) -> int:
        return time.gmtime().tm_year - since  # bad: clock


class Kept(Contract):
    def __init__(self) -> None:
        self._clock = time.time_ns  # bad: clock

    @submit
    async def stamp(self, ctx: Context) -> int:
        return self._clock()
