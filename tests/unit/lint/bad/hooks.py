"""Hooks and functions that are plain def."""

import time

from weftwork_chaincode import (
    Call,
    Context,
    Contract,
    Proceed,
    SyncContext,
    after,
    around,
    before,
    evaluate,
    submit,
    unknown,
)


class Hooked(Contract, name="hooked"):
    @before
    async def checked(self, ctx: Context, call: Call) -> None:
        await ctx.stub.put_state("seen", str(time.time_ns()).encode())  # bad: clock

    @after
    async def noted(self, ctx: Context, call: Call, result: object) -> None:
        self.last = call.function  # bad: global-state

    @around
    async def timed(self, ctx: Context, call: Call, proceed: Proceed) -> object:
        started = time.perf_counter()  # bad: clock
        result = await proceed()
        await ctx.stub.put_state("took", str(started).encode())
        return result

    @unknown
    async def other(self, ctx: Context, call: Call) -> int:
        return hash(call.function)  # bad: hash

    @submit(name="CreateAsset")
    def create(self, ctx: SyncContext, names: list[str]) -> None:
        for name in set(names):  # bad: set-order
            ctx.wait(ctx.stub.put_state(name, b"1"))

    @evaluate
    def listed(self, ctx: SyncContext, names: list[str]) -> list[str]:
        return [*frozenset(names)]  # bad: set-order
