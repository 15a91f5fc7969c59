"""Floating point."""

import json
import math
import statistics
from math import sqrt

import msgspec
from weftwork_chaincode import Context, Contract, submit

RATE = 0.13  # bad: float


class Reading(msgspec.Struct):
    value: float  # bad: float


class Floats(Contract):
    @submit
    async def literal(self, ctx: Context, fen: int) -> int:
        return int(fen * 1.5)  # bad: float

    @submit
    async def of_module(self, ctx: Context, fen: int) -> int:
        return int(fen * RATE)

    @submit
    async def divided(self, ctx: Context, fen: int) -> int:
        return int(fen / 3)  # bad: float

    @submit
    async def divided_in_place(self, ctx: Context, fen: int) -> int:
        fen /= 3  # bad: float
        return int(fen)

    @submit
    async def parsed(self, ctx: Context, text: str) -> int:
        return int(float(text) * 100)  # bad: float

    @submit
    async def root(self, ctx: Context, area: int) -> int:
        return int(sqrt(area)) + int(math.pow(area, 2))  # bad: float, float

    @submit
    async def averaged(self, ctx: Context, values: list[int]) -> int:
        return int(statistics.mean(values))  # bad: float

    @submit
    async def argument(self, ctx: Context, amount: float) -> None:  # bad: float
        await ctx.stub.put_state("a", str(amount).encode())

    @submit
    async def record(self, ctx: Context, reading: Reading) -> str:
        return str(reading.value)

    @submit
    async def of_json(self, ctx: Context, text: str) -> str:
        return str(json.loads(text)["amount"])  # bad: float

    @submit
    async def of_msgspec(self, ctx: Context, text: bytes) -> str:
        return str(msgspec.json.decode(text))  # bad: float

    @submit
    async def negative_power(self, ctx: Context, value: int) -> int:
        return int(value * 10**-2)  # bad: float

    @submit
    async def shown(self, ctx: Context, value: int) -> str:
        return f"{value:.2f}"  # bad: float

    @submit
    async def mapped(self, ctx: Context, values: list[str]) -> str:
        return str(sum(map(float, values)))  # bad: float
