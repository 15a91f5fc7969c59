"""Hashes, identities, tasks, and what one transaction leaves for the next."""

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

from weftwork_chaincode import Context, Contract, submit

CACHE: dict[str, bytes] = {}
SEEN: list[str] = []
COUNTER = itertools.count()
total = 0


class Registry:
    entries: dict[str, str] = {}


class Memory(Contract):
    def __init__(self) -> None:
        self.calls = 0
        self.names: list[str] = []

    @submit
    async def hashed(self, ctx: Context, name: str) -> int:
        return hash(name) % 10  # bad: hash

    @submit
    async def identified(self, ctx: Context, names: list[str]) -> list[str]:
        return sorted(names, key=id)  # bad: hash

    @submit
    async def gathered(self, ctx: Context) -> None:
        await asyncio.gather(ctx.stub.get_state("a"), ctx.stub.get_state("b"))  # bad: concurrency

    @submit
    async def grouped(self, ctx: Context) -> None:
        async with asyncio.TaskGroup() as group:  # bad: concurrency
            group.create_task(ctx.stub.put_state("a", b"1"))

    @submit
    async def tasked(self, ctx: Context) -> None:
        await asyncio.create_task(ctx.stub.put_state("a", b"1"))  # bad: concurrency

    @submit
    async def threaded(self, ctx: Context) -> None:
        threading.Thread(target=print).start()  # bad: concurrency

    @submit
    async def pooled(self, ctx: Context) -> None:
        with ThreadPoolExecutor() as pool:  # bad: concurrency
            pool.submit(print)

    @submit
    async def cached(self, ctx: Context, key: str) -> bytes:
        CACHE[key] = b"1"  # bad: global-state
        return CACHE[key]

    @submit
    async def listed(self, ctx: Context, key: str) -> int:
        SEEN.append(key)  # bad: global-state
        return len(SEEN)

    @submit
    async def counted(self, ctx: Context) -> int:
        global total
        total += 1  # bad: global-state
        return total

    @submit
    async def iterated(self, ctx: Context) -> int:
        return next(COUNTER)  # bad: global-state

    @submit
    async def on_self(self, ctx: Context) -> int:
        self.calls += 1  # bad: global-state
        return self.calls

    @submit
    async def in_self(self, ctx: Context, name: str) -> int:
        self.names.append(name)  # bad: global-state
        return len(self.names)

    @submit
    async def on_class(self, ctx: Context, name: str) -> None:
        Registry.entries[name] = name  # bad: global-state

    @submit
    async def in_default(self, ctx: Context, name: str, names: list[str] = []) -> int:
        names.append(name)  # bad: global-state
        return len(names)
