"""Contracts and records that the tests of the runtime run."""

import asyncio

from weftwork_chaincode import (
    ChaincodeError,
    Context,
    Contract,
    NotFound,
    Response,
    Stub,
    all_of,
    evaluate,
    submit,
)
from weftwork_model import Id, Quantity, Record


class Parcel(Record, kind="parcel", key=("id",)):
    """A record with a one-part key."""

    id: Id
    weight: Quantity


class Entry(Record, kind="entry", key=("account", "number")):
    """A record with a two-part key."""

    account: Id
    number: Quantity
    amount: Quantity = 0


class Raw:
    """A handler made of one function, for tests of the session alone."""

    def __init__(self, function):
        self._function = function

    async def invoke(self, stub: Stub) -> Response:
        result = await self._function(stub)
        return result if isinstance(result, Response) else Response(200, payload=result or b"")


class Parcels(Contract, name="parcels"):
    """Every call of the contract API."""

    @submit
    async def create(self, ctx: Context, id: str, weight: int) -> Parcel:
        parcel = Parcel(id=id, weight=weight)
        await ctx.add(parcel)
        return parcel

    @evaluate
    async def read(self, ctx: Context, id: str) -> Parcel:
        return await ctx.get(Parcel, id)

    @evaluate
    async def find(self, ctx: Context, id: str) -> bool:
        return await ctx.find(Parcel, id) is not None

    @submit
    async def weigh(self, ctx: Context, id: str, weight: int) -> None:
        await ctx.get(Parcel, id)
        await ctx.put(Parcel(id=id, weight=weight))

    @submit
    async def remove(self, ctx: Context, id: str) -> None:
        await ctx.delete(await ctx.get(Parcel, id))

    @evaluate
    async def all(self, ctx: Context) -> list[Parcel]:
        return [parcel async for parcel in ctx.range(Parcel)]

    @submit
    async def enter(self, ctx: Context, entries: list[Entry]) -> int:
        for entry in entries:
            await ctx.put(entry)
        return len(entries)

    @evaluate
    async def of_account(self, ctx: Context, account: str) -> list[Entry]:
        return [entry async for entry in ctx.range(Entry, account)]

    @submit
    async def bind(self, ctx: Context, id: str, parties: list[str]) -> None:
        await ctx.bind(await ctx.get(Parcel, id), all_of(*parties))

    @evaluate
    async def bound_to(self, ctx: Context, id: str) -> str:
        return str(await ctx.bound_to(await ctx.get(Parcel, id)))

    @submit
    async def bind_twice(self, ctx: Context, id: str) -> None:
        parcel = await ctx.get(Parcel, id)
        await ctx.bind(parcel, all_of("AMSP"))
        await ctx.bound_to(parcel)

    @submit
    async def hide(self, ctx: Context, collection: str) -> None:
        weight = int(ctx.transient["weight"])
        await ctx.private(collection).add(Parcel(id="P", weight=weight))

    @evaluate
    async def hidden(self, ctx: Context, collection: str) -> Parcel:
        return await ctx.private(collection).get(Parcel, "P")

    @evaluate
    async def hidden_hash(self, ctx: Context, collection: str) -> str:
        value = await ctx.private(collection).hash(Parcel, "P")
        return value.hex() if value else "none"

    @submit
    async def unhide(self, ctx: Context, collection: str) -> None:
        private = ctx.private(collection)
        await private.delete(await private.get(Parcel, "P"))

    @submit
    async def bind_hidden(self, ctx: Context, collection: str) -> str:
        private = ctx.private(collection)
        parcel = await private.get(Parcel, "P")
        bound = await private.bound_to(parcel)
        await private.bind(parcel, all_of("BMSP"))
        return str(bound)

    @submit
    async def write_then_read(self, ctx: Context) -> None:
        await ctx.put(Parcel(id="P", weight=1))
        await ctx.find(Parcel, "P")

    @submit
    async def write_then_range(self, ctx: Context) -> None:
        await ctx.put(Parcel(id="P", weight=1))
        async for _ in ctx.range(Parcel):
            pass

    @submit
    async def write_then_range_elsewhere(self, ctx: Context) -> int:
        await ctx.put(Parcel(id="P", weight=1))
        return len([entry async for entry in ctx.range(Entry)])

    @submit
    async def hide_then_read(self, ctx: Context) -> None:
        await ctx.private("c").put(Parcel(id="P", weight=1))
        await ctx.private("c").hash(Parcel, "P")

    @evaluate
    async def sneaky(self, ctx: Context, how: str) -> None:
        parcel = Parcel(id="P", weight=1)
        match how:
            case "put":
                await ctx.put(parcel)
            case "delete":
                await ctx.delete(parcel)
            case "bind":
                await ctx.bind(parcel, all_of("AMSP"))
            case "private":
                await ctx.private("c").put(parcel)
            case _:
                ctx.emit("e", b"")

    @submit
    async def announce(self, ctx: Context, names: list[str]) -> None:
        for name in names:
            ctx.emit(name, Parcel(id=name, weight=1))

    @submit
    async def relay(self, ctx: Context, chaincode: str, id: str, weight: int) -> Parcel:
        ctx.emit("relayed", b"outer")
        return await ctx.call(chaincode, "create", id, weight, returns=Parcel)

    @submit
    async def relay_and_forgive(self, ctx: Context, chaincode: str, id: str) -> str:
        try:
            await ctx.call(chaincode, "read", id)
        except ChaincodeError:
            return "forgiven"
        return "found"

    @evaluate
    async def top(self, ctx: Context) -> str:
        return ctx.top_level_chaincode

    @evaluate
    async def top_of(self, ctx: Context, chaincode: str) -> str:
        return await ctx.call(chaincode, "top", returns=str)

    @evaluate
    async def who(self, ctx: Context) -> dict[str, str]:
        ctx.client.require("role", "clerk")
        return {"mspid": ctx.client.mspid, "tx": ctx.tx_id, "channel": ctx.channel}

    @evaluate
    async def clock(self, ctx: Context) -> int:
        return ctx.timestamp

    @evaluate
    async def echo(self, ctx: Context, text: str, data: bytes, number: int | None = None) -> str:
        return f"{text}|{data.hex()}|{number}"

    @evaluate
    async def raw(self, ctx: Context, data: bytes) -> bytes:
        return data

    @evaluate
    async def missing(self, ctx: Context) -> None:
        raise NotFound("nothing\nhere")

    @evaluate
    async def secret_error(self, ctx: Context, secret: str) -> None:
        raise RuntimeError(f"the secret is {secret}")

    @evaluate
    async def unencodable(self, ctx: Context) -> list[int]:
        return [1.5]

    @submit
    async def mark(self, ctx: Context, key: str, value: bytes) -> None:
        await ctx.stub.put_state(key, value)

    @evaluate
    async def keys(self, ctx: Context, start: str, end: str) -> list[str]:
        return [row.key async for row in ctx.stub.range(start, end)]

    @submit
    async def both_at_once(self, ctx: Context) -> list[int]:
        await asyncio.gather(*(ctx.find(Parcel, f"P{number}") for number in range(10)))
        return []
