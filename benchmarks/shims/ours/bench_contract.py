"""What the benchmark runs in every language; here with the full contract API."""

from weftwork_chaincode import CalledChaincodeError, Context, Contract, evaluate, submit


class Bench(Contract, name="bench"):
    @evaluate
    async def read(self, ctx: Context, key: str) -> bytes:
        return await ctx.stub.get_state(key) or b""

    @submit
    async def put(self, ctx: Context, key: str, value: str) -> None:
        await ctx.stub.put_state(key, value.encode())

    @submit
    async def change(self, ctx: Context, key: str, value: str) -> bytes:
        before = await ctx.stub.get_state(key)
        await ctx.stub.put_state(key, value.encode())
        return before or b""

    @submit
    async def fill(self, ctx: Context, prefix: str, count: int, value: str) -> None:
        content = value.encode()
        for number in range(count):
            await ctx.stub.put_state(f"{prefix}{number:06}", content)

    @evaluate
    async def scan(self, ctx: Context, start: str, end: str) -> str:
        return str(sum([len(row.value) async for row in ctx.stub.range(start, end)]))

    @evaluate
    async def relay(self, ctx: Context, chaincode: str, key: str) -> bytes:
        response = await ctx.stub.invoke(chaincode, [b"read", key.encode()])
        if response.status >= 400:
            raise CalledChaincodeError(chaincode, "read", response.status, response.message)
        return response.payload
