"""Waiting within a bound, and saying at the end what was being waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from weftwork_network.errors import NotReadyError

T = TypeVar("T")

POLL = 0.04


async def wait_for(
    condition: Callable[[], Awaitable[str]], timeout: float, interval: float = POLL
) -> None:
    """Waits until a condition has nothing more to wait for.

    Args:
        condition: gives in words what is missing, or the empty text.
        timeout: seconds.
        interval: seconds between two looks.

    Raises:
        NotReadyError: with what was still missing.
    """
    deadline = time.monotonic() + timeout
    while True:
        missing = await condition()
        if not missing:
            return
        if time.monotonic() >= deadline:
            raise NotReadyError(f"not ready after {timeout:.0f} s: {missing}")
        await asyncio.sleep(interval)


async def together(calls: Iterable[Awaitable[T]]) -> list[T]:
    """All calls at once, results in their order; the first failure ends the rest and is raised."""

    async def one(call: Awaitable[T]) -> T:
        return await call

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
