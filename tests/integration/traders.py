"""A chaincode of two contracts with hooks and functions in threads, for a real network."""

from enum import Enum
from time import sleep

import msgspec

from weftwork_chaincode import (
    Call,
    Context,
    Contract,
    Forbidden,
    NotFound,
    Proceed,
    SyncContext,
    after,
    around,
    before,
    evaluate,
    submit,
    unknown,
)
from weftwork_model import Id, Quantity, Record


class Kind(Enum):
    LAND = "land"
    METER = "meter"


class Asset(Record, kind="asset", key=("id",)):
    id: Id
    worth: Quantity


class Note(msgspec.Struct):
    text: bytes
    price: int | None = None


class Assets(Contract, name="assets", case="pascal", version="1.0.0"):
    """Assets and their worth."""

    @submit
    def create_asset(self, ctx: SyncContext, asset: Asset) -> Asset:
        ctx.add(asset)
        ctx.emit("created", asset)
        return asset

    @submit
    def revalue(self, ctx: SyncContext, id: str, worth: int | None) -> int:
        asset = ctx.get(Asset, id)
        ctx.put(Asset(id=id, worth=worth if worth is not None else asset.worth * 2))
        return asset.worth

    @evaluate
    def read(self, ctx: SyncContext, id: str) -> Asset:
        return ctx.get(Asset, id)

    @evaluate
    def pages(self, ctx: SyncContext, size: int) -> list[list[str]]:
        pages: list[list[str]] = []
        bookmark = ""
        while True:
            page = ctx.page(Asset, size=size, bookmark=bookmark)
            pages.append([asset.id for asset in page.records])
            bookmark = page.bookmark
            if not bookmark:
                return pages

    @evaluate
    def worths(self, ctx: SyncContext, id: str) -> list[int]:
        return [change.record.worth for change in ctx.history(Asset, id) if change.record]

    @evaluate
    def sneaky(self, ctx: SyncContext, id: str) -> None:
        ctx.put(Asset(id=id, worth=1))

    @evaluate
    def slow(self, ctx: SyncContext, milliseconds: int) -> str:
        sleep(milliseconds / 1000)
        return "slow"


class Notes(Contract, name="org.example.notes"):
    """Notes, for which hooks run."""

    @before
    async def nobody_else(self, ctx: Context, call: Call) -> None:
        if call.arguments[:1] == ("closed",):
            raise Forbidden(f"{call.function} is closed")

    @around
    async def framed(self, ctx: Context, call: Call, proceed: Proceed) -> object:
        result = await proceed()
        return f"<{result}>" if isinstance(result, str) else result

    @after
    def kept(self, ctx: SyncContext, call: Call, result: object) -> None:
        if call.writes:
            ctx.wait(ctx.stub.put_state(f"last:{call.function}", str(result).encode()))

    @unknown
    async def other(self, ctx: Context, call: Call) -> object:
        if call.function.startswith("no"):
            raise NotFound(f"there is no {call.function}")
        return {"called": call.function, "arguments": len(call.arguments)}

    @submit(name="say")
    async def said(self, ctx: Context, text: str) -> str:
        return text

    @evaluate
    async def kind(self, ctx: Context, kind: Kind, note: Note) -> Kind:
        return Kind.METER if note.price else kind

    @evaluate
    async def last(self, ctx: Context, function: str) -> bytes:
        return await ctx.stub.get_state(f"last:{function}") or b""


CONTRACTS = [Assets, Notes]
