"""Contracts whose behaviour the Node and Go packages' own scenarios assert; README.md maps them.

A module of its own, with nothing of the tests in it: chaincode processes import it alone.
"""

import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import msgspec

from weftwork_chaincode import (
    Call,
    Context,
    Contract,
    Forbidden,
    Invalid,
    KeyValue,
    NotFound,
    SyncContext,
    all_of,
    before,
    evaluate,
    submit,
    unknown,
)

COLLECTION = "asides"

ThingId = Annotated[str, msgspec.Meta(pattern=r"\ATHING_[0-9]\Z")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Few = Annotated[int, msgspec.Meta(ge=0, le=10)]


async def _texts(rows: AsyncIterator[KeyValue]) -> list[str]:
    return [row.value.decode() async for row in rows]


class Keys(Contract, name="keys"):
    """Keys and values as they are: one call of the stub each."""

    @submit
    async def fill(self, ctx: Context) -> None:
        """Five plain keys, five of JSON, nine composite ones."""
        for number in range(5):
            await ctx.stub.put_state(f"key{number}", f"value{number}".encode())
            document = msgspec.json.encode({"value": f"value{number}"})
            await ctx.stub.put_state(f"json{number}", document)
        for name in ("ann", "beth", "cory"):
            for colour in ("black", "red", "yellow"):
                key = ctx.stub.create_composite_key("name~colour", name, colour)
                await ctx.stub.put_state(key, (name + colour).encode())

    @evaluate
    async def get(self, ctx: Context, key: str) -> str:
        value = await ctx.stub.get_state(key)
        if value is None:
            raise NotFound(f"no key {key}")
        return value.decode()

    @evaluate
    async def get_many(self, ctx: Context, keys: list[str]) -> list[str]:
        return [(value or b"").decode() for value in await ctx.stub.get_states(keys)]

    @submit
    async def put(self, ctx: Context, key: str, value: str) -> None:
        await ctx.stub.put_state(key, value.encode())

    @submit
    async def delete(self, ctx: Context, key: str) -> None:
        await ctx.stub.delete_state(key)

    @submit
    async def put_composite(self, ctx: Context, attributes: list[str], value: str) -> None:
        key = ctx.stub.create_composite_key("name~colour", *attributes)
        await ctx.stub.put_state(key, value.encode())

    @submit
    async def delete_composite(self, ctx: Context, attributes: list[str]) -> None:
        await ctx.stub.delete_state(ctx.stub.create_composite_key("name~colour", *attributes))

    @evaluate
    async def get_composite(self, ctx: Context, attributes: list[str]) -> str:
        return await self.get(ctx, ctx.stub.create_composite_key("name~colour", *attributes))

    @evaluate
    async def split(self, ctx: Context, attributes: list[str]) -> list[str]:
        key = ctx.stub.create_composite_key("name~colour", *attributes)
        kind, parts = ctx.stub.split_composite_key(key)
        return [kind, *parts]

    @evaluate
    async def between(self, ctx: Context, start: str, end: str) -> list[str]:
        return await _texts(ctx.stub.range(start, end))

    @evaluate
    async def of(self, ctx: Context, attributes: list[str]) -> list[str]:
        return await _texts(ctx.stub.range_by_composite_key("name~colour", *attributes))

    @evaluate
    async def page(self, ctx: Context, start: str, end: str, size: int, bookmark: str) -> list[str]:
        """The values of a page, then its bookmark."""
        page = await ctx.stub.range_page(start, end, size, bookmark)
        return [*[row.value.decode() for row in page.rows], page.bookmark]

    @evaluate
    async def page_of(
        self, ctx: Context, attributes: list[str], size: int, bookmark: str
    ) -> list[str]:
        page = await ctx.stub.composite_key_page("name~colour", attributes, size, bookmark)
        return [*[row.value.decode() for row in page.rows], page.bookmark]

    @evaluate
    async def changes(self, ctx: Context, key: str) -> list[str]:
        changes = [each async for each in ctx.stub.history(key)]
        return ["" if each.deleted else (each.value or b"").decode() for each in changes]

    @evaluate
    async def query(self, ctx: Context, query: str) -> list[str]:
        return await _texts(ctx.stub.query(query))

    @evaluate
    async def query_page(self, ctx: Context, query: str, size: int, bookmark: str) -> list[str]:
        page = await ctx.stub.query_page(query, size, bookmark)
        return [*[row.value.decode() for row in page.rows], page.bookmark]

    @submit
    async def bind(self, ctx: Context, key: str, departments: list[str]) -> None:
        await ctx.stub.set_state_policy(key, all_of(*departments))

    @evaluate
    async def bound(self, ctx: Context, key: str) -> str:
        return str(await ctx.stub.get_state_policy(key))

    @submit
    async def announce(self, ctx: Context, text: str) -> None:
        ctx.stub.set_event("announced", text.encode())

    @evaluate
    async def ask_other(self, ctx: Context, arguments: list[str]) -> str:
        """What another chaincode answers."""
        answer = await ctx.stub.invoke("others", [each.encode() for each in arguments])
        return answer.payload.decode()

    @evaluate
    async def who(self, ctx: Context) -> list[str]:
        return [ctx.client.mspid, ctx.client.id]

    @submit
    async def hide(self, ctx: Context, key: str) -> None:
        await ctx.stub.put_private(COLLECTION, key, ctx.transient["value"])

    @evaluate
    async def hidden(self, ctx: Context, key: str) -> str | None:
        value = await ctx.stub.get_private(COLLECTION, key)
        return None if value is None else value.decode()

    @submit
    async def unhide(self, ctx: Context, key: str, how: str) -> None:
        if how == "purge":
            await ctx.stub.purge_private(COLLECTION, key)
        else:
            await ctx.stub.delete_private(COLLECTION, key)


class Simple(Contract, name="simple", case="pascal"):
    """Words that begin as ``Initialised``; its functions block, as simple ones may."""

    @submit
    def create(self, ctx: SyncContext, key: str) -> None:
        if ctx.wait(ctx.stub.get_state(key)) is not None:
            raise Invalid(f"{key} exists")
        ctx.wait(ctx.stub.put_state(key, b"Initialised"))

    @submit
    def update(self, ctx: SyncContext, key: str, value: str) -> None:
        self.read(ctx, key)
        ctx.wait(ctx.stub.put_state(key, value.encode()))

    @evaluate
    def read(self, ctx: SyncContext, key: str) -> str:
        value = ctx.wait(ctx.stub.get_state(key))
        if value is None:
            raise NotFound(f"no key {key}")
        return value.decode()


class Extended(Simple, name="extended", case="pascal"):
    """The same with what runs before, and an answer of its own to unknown names."""

    @before
    async def not_reserved(self, ctx: Context, call: Call) -> None:
        """Reads state before the function does."""
        if await ctx.stub.get_state(f"reserved-{call.arguments[0]}") is not None:
            raise Forbidden(f"{call.arguments[0]} is reserved, said before {call.function}")

    @unknown
    async def other(self, ctx: Context, call: Call) -> None:
        words = ", ".join(argument.decode() for argument in call.arguments)
        if call.function == "Reserve":
            await ctx.stub.put_state(f"reserved-{words}", b"1")
            return
        raise NotFound(f"nothing is called {call.function}, not with {words} either")


class Owner(msgspec.Struct, forbid_unknown_fields=True):
    """Who has a thing."""

    name: str
    contact: str


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    """An object in an object."""

    id: str
    owner: Owner
    value: int
    colours: list[str]
    used: bool = False


class Things(Contract, name="things", case="pascal"):
    """Objects, lists and bounded numbers as arguments and results."""

    @submit
    async def new(
        self, ctx: Context, id: ThingId, owner: Owner, value: Count, colours: list[str]
    ) -> None:
        await self._put(ctx, Thing(id=id, owner=owner, value=value, colours=colours))

    @submit
    async def give(self, ctx: Context, id: ThingId, owner: Owner) -> None:
        thing = await self.read(ctx, id)
        thing.owner, thing.used = owner, True
        await self._put(ctx, thing)

    @submit
    async def add(self, ctx: Context, id: ThingId, more: int) -> None:
        thing = await self.read(ctx, id)
        thing.value = max(0, thing.value + more)
        await self._put(ctx, thing)

    @evaluate
    async def read(self, ctx: Context, id: ThingId) -> Thing:
        value = await ctx.stub.get_state(id)
        if value is None:
            raise NotFound(f"no thing {id}")
        return msgspec.json.decode(value, type=Thing)

    @evaluate
    async def few(self, ctx: Context, id: ThingId) -> Few:
        """The value, which the result's type says is small."""
        return (await self.read(ctx, id)).value

    async def _put(self, ctx: Context, thing: Thing) -> None:
        await ctx.stub.put_state(thing.id, msgspec.json.encode(thing))


@dataclass
class Inner:
    """A dataclass in a dataclass."""

    text: str
    number: int | None = None


@dataclass
class Outer:
    """A dataclass that has another one, and several."""

    one: Inner
    several: list[Inner]


class Faults(Contract, name="faults"):
    """What the Python package of Fabric's own gets wrong, asked of this one."""

    @submit
    async def write(self, ctx: Context, key: str, value: str) -> str:
        before = await ctx.stub.get_state(key)
        await ctx.stub.put_state(key, value.encode())
        return (before or b"").decode()

    @evaluate
    async def read(self, ctx: Context, key: str) -> str | None:
        value = await ctx.stub.get_state(key)
        return None if value is None else value.decode()

    @submit
    async def keep_an_answer(self, ctx: Context, key: str) -> None:
        """Stores what a peer answers to a read of a collection that is none: it must not."""
        value = await ctx.stub.get_private_hash("nowhere", key)
        await ctx.stub.put_state(key, value or b"nothing")

    @submit
    async def fail(self, ctx: Context, how: str) -> None:
        if how == "exit":
            sys.exit(3)
        raise RuntimeError("a fault of the contract's own")

    @submit
    async def seal(self, ctx: Context, key: str) -> list[str]:
        await ctx.stub.put_private(COLLECTION, key, ctx.transient["value"])
        await ctx.stub.set_private_policy(COLLECTION, key, all_of("LogisticsMSP"))
        return [ctx.stub.binding.hex(), *ctx.stub.decorations]

    @submit
    async def purge(self, ctx: Context, key: str) -> None:
        await ctx.stub.purge_private(COLLECTION, key)

    @evaluate
    async def sealed(self, ctx: Context, key: str) -> list[str | None]:
        value = await ctx.stub.get_private(COLLECTION, key)
        policy = await ctx.stub.get_private_policy(COLLECTION, key)
        return [None if value is None else value.decode(), None if policy is None else str(policy)]

    @evaluate
    async def who(self, ctx: Context) -> dict[str, str]:
        return {"id": ctx.client.id, **ctx.client.attributes}

    @submit
    async def write_large(self, ctx: Context, key: str, size: int) -> None:
        await ctx.stub.put_state(key, b"x" * size)

    @evaluate
    async def size(self, ctx: Context, key: str) -> int:
        return len(await ctx.stub.get_state(key) or b"")

    @evaluate
    def wait(self, ctx: SyncContext, milliseconds: int) -> str:
        """Blocks its thread."""
        time.sleep(milliseconds / 1000)
        return "waited"

    @evaluate
    async def typed(self, ctx: Context, outer: Outer, data: bytes, number: int | None) -> Outer:
        outer.several.append(Inner(data.decode(), number))
        return outer
