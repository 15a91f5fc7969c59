"""Records found many at a time: rich queries, private ranges and reads, what is purged."""

from weftwork_chaincode import Context, Contract, evaluate, submit
from weftwork_chaincode.testing import Collection, Ledger
from weftwork_model import Id, Quantity, Record


class Meter(Record, kind="meter", key=("street", "id")):
    street: Id
    id: Id
    reading: Quantity


class Meters(Contract, name="meters"):
    @submit
    async def put(self, ctx: Context, meter: Meter, secret: bool) -> None:
        await (ctx.private("secrets") if secret else ctx).put(meter)

    @submit
    async def purge(self, ctx: Context, meter: Meter) -> None:
        await ctx.private("secrets").purge(meter)

    @evaluate
    async def query(self, ctx: Context, selector: str, secret: bool) -> list[Meter]:
        holder = ctx.private("secrets") if secret else ctx
        return [meter async for meter in holder.query(Meter, selector)]

    @evaluate
    async def range(self, ctx: Context, street: str, secret: bool) -> list[Meter]:
        holder = ctx.private("secrets") if secret else ctx
        return [meter async for meter in holder.range(Meter, street)]

    @evaluate
    async def several(self, ctx: Context, secret: bool) -> list[Meter | None]:
        holder = ctx.private("secrets") if secret else ctx
        return await holder.find_many(Meter, [("north", "1"), ("north", "9"), ("south", "3")])


METERS = [
    Meter(street="north", id="1", reading=5),
    Meter(street="north", id="2", reading=50),
    Meter(street="south", id="3", reading=500),
]
SELECTOR = '{"selector": {"reading": {"$gt": 10}}}'


def test_many_records() -> None:
    ledger = Ledger(["AMSP", "BMSP"], state_database="CouchDB")
    meters = ledger.deploy(
        Meters,
        policy="OR('AMSP.peer', 'BMSP.peer')",
        collections=[Collection("secrets", ["AMSP", "BMSP"])],
    )
    for secret in (False, True):
        for meter in METERS:
            meters.submit("put", meter, secret)
        several = meters.evaluate("several", secret, returns=list[Meter | None])
        assert several == [METERS[0], None, METERS[2]]
        assert meters.evaluate("range", "north", secret, returns=list[Meter]) == METERS[:2]
        assert meters.evaluate("query", SELECTOR, secret, returns=list[Meter]) == METERS[1:]
    meters.submit("purge", METERS[1])
    assert meters.evaluate("range", "north", True, returns=list[Meter]) == METERS[:1]
    assert meters.evaluate("range", "north", False, returns=list[Meter]) == METERS[:2]
