"""Runs async work for callers that block: one event loop for as long as they are there."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Waiting:
    """An event loop of its own, closed with its last owner."""

    def __init__(self) -> None:
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._finalizer = weakref.finalize(self, _end, loop)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Waits for the work; RuntimeError within a loop that runs, or after :meth:`close`."""

        async def main() -> T:
            return await work()

        if self._loop.is_closed():
            raise RuntimeError("this ledger is closed")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._loop.run_until_complete(main())
        raise RuntimeError("a Ledger blocks: in async code use AsyncLedger")

    def close(self) -> None:
        """Ends the loop; a second call does nothing."""
        self._finalizer()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    # a function that the peer gave up waiting for, or a call under way, ends here
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
