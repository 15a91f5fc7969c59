"""Random numbers, names, keys."""

import os
import random
import secrets
import uuid
from random import Random, choice
from uuid import uuid4

from weftwork_chaincode import Context, Contract, submit

GENERATOR = Random(7)  # bad: random


class Randoms(Contract):
    @submit
    async def number(self, ctx: Context) -> int:
        return random.randint(1, 6)  # bad: random

    @submit
    async def picked(self, ctx: Context, names: list[str]) -> str:
        return choice(names)  # bad: random

    @submit
    async def shuffled(self, ctx: Context, names: list[str]) -> list[str]:
        random.shuffle(names)  # bad: random
        return names

    @submit
    async def name(self, ctx: Context) -> str:
        return str(uuid4())  # bad: random

    @submit
    async def of_machine(self, ctx: Context) -> str:
        return uuid.uuid1().hex  # bad: random

    @submit
    async def token(self, ctx: Context) -> str:
        return secrets.token_hex(16)  # bad: random

    @submit
    async def bytes_of_system(self, ctx: Context) -> bytes:
        return os.urandom(16)  # bad: random

    @submit
    async def seeded(self, ctx: Context) -> int:
        return GENERATOR.randrange(10)

    @submit
    async def handed_on(self, ctx: Context, names: list[str]) -> list[str]:
        return sorted(names, key=lambda _: random.random())  # bad: random
