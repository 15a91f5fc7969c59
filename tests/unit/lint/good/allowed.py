"""Comments with a reason, and what contracts do not reach."""

import os
import random
import time

from weftwork_chaincode import Context, Contract, submit


def client_side() -> float:
    return random.random() * time.time() / 2.0


class Tool:
    """Not a contract's."""

    def now(self) -> float:
        return time.time()


class Allowed(Contract):
    @submit
    async def on_the_line(self, ctx: Context) -> bool:
        return time.time_ns() > 5  # weftwork: allow clock: it can only refuse, nothing is written

    @submit
    async def above(self, ctx: Context) -> bool:
        # weftwork: allow clock, environment: the reason may take
        # a second line of its own
        return time.time_ns() > int(os.environ["X"])

    @submit
    async def in_text(self, ctx: Context) -> str:
        return "# weftwork: allow clock"


if __name__ == "__main__":
    print(time.time(), client_side())
