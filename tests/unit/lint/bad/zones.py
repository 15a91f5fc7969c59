"""Time zones of the machine."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from weftwork_chaincode import Context, Contract, submit


class Zones(Contract):
    @submit
    async def naive(self, ctx: Context) -> str:
        return datetime.fromtimestamp(ctx.timestamp // 1000).isoformat()  # bad: time-zone

    @submit
    async def local(self, ctx: Context) -> int:
        return time.localtime(ctx.timestamp // 1000).tm_hour  # bad: time-zone

    @submit
    async def zone_of_files(self, ctx: Context) -> str:
        zone = ZoneInfo("Asia/Shanghai")  # bad: time-zone
        return datetime.fromtimestamp(ctx.timestamp // 1000, zone).isoformat()

    @submit
    async def converted(self, ctx: Context) -> str:
        moment = datetime.fromtimestamp(ctx.timestamp // 1000, tz=UTC)
        return moment.astimezone().isoformat()  # bad: time-zone

    @submit
    async def made(self, ctx: Context, year: int) -> int:
        return int(datetime(year, 1, 1).timestamp())  # bad: float

    @submit
    async def day(self, ctx: Context) -> str:
        return date.fromtimestamp(ctx.timestamp // 1000).isoformat()  # bad: time-zone

    @submit
    async def readable(self, ctx: Context) -> str:
        return time.ctime(ctx.timestamp // 1000)  # bad: time-zone
