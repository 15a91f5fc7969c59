"""Comments that allow too much, or nothing."""

import time

from weftwork_chaincode import Context, Contract, submit


class Comments(Contract):
    @submit
    async def no_reason(self, ctx: Context) -> int:
        return time.time_ns()  # weftwork: allow clock  # bad: clock, suppression

    @submit
    async def no_rule(self, ctx: Context) -> int:
        return time.time_ns()  # weftwork: allow: because it is so  # bad: clock, suppression

    @submit
    async def other_rule(self, ctx: Context) -> int:
        return time.time_ns()  # weftwork: allow random: a wrong one  # bad: clock, suppression

    @submit
    async def nothing(self, ctx: Context) -> int:
        return 1  # weftwork: allow clock: was here once  # bad: suppression

    @submit
    async def unknown(self, ctx: Context) -> int:
        return 1  # weftwork: allow clocks: was here once  # bad: suppression
