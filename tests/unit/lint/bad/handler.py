"""A handler without the contract API, and a mixin."""

import random

from weftwork_chaincode import Context, Contract, Response, Stub, submit


class Raw:
    async def invoke(self, stub: Stub) -> Response:
        await stub.put_state("a", str(random.random()).encode())  # bad: random
        return Response(200)


class Mixin:
    @submit
    async def mixed(self, ctx: Context) -> int:
        return hash("a")  # bad: hash


class Mixed(Mixin, Contract):
    pass
