"""The two clients behind one face: what the steps say once is done by the sync or the async one.

Both have the same names, so a step writes a call and a driver carries it out: `SyncDriver` in a
thread, so that nothing waits for ever, `AsyncDriver` in an event loop that runs between the steps
too, where streams live on.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, Protocol

import weftwork
import weftwork.aio

TIMEOUT = 30.0
"""Seconds that one call of a step may take; the official suites have 30 too."""


class Driver(Protocol):
    """Carries out calls of a client."""

    client: ModuleType

    def do(self, call: Callable[[], Any]) -> Any:
        """What the call gives, waited for. Raises what it raises, TimeoutError after `TIMEOUT`."""
        ...

    def following(self, stream: Any) -> Any:
        """The next of a stream."""
        ...

    def close(self, opened: Any) -> None:
        """Closes a gateway or a stream."""
        ...

    def end(self) -> None:
        """Ends the driver itself."""
        ...


class SyncDriver:
    """The sync client."""

    client = weftwork

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(thread_name_prefix="step")

    def do(self, call: Callable[[], Any]) -> Any:
        return self._threads.submit(call).result(TIMEOUT)

    def following(self, stream: Any) -> Any:
        return self.do(lambda: next(stream))

    def close(self, opened: Any) -> None:
        self.do(opened.close)

    def end(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class AsyncDriver:
    """The async client, on one event loop."""

    client = weftwork.aio

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="steps", daemon=True)
        self._thread.start()

    def do(self, call: Callable[[], Any]) -> Any:
        async def carried_out() -> Any:
            # Inside the loop, where a channel has to be opened.
            given = call()
            return await given if inspect.isawaitable(given) else given

        future = asyncio.run_coroutine_threadsafe(carried_out(), self._loop)
        try:
            return future.result(TIMEOUT)
        except TimeoutError:
            future.cancel()
            raise

    def following(self, stream: Any) -> Any:
        return self.do(lambda: anext(stream))

    def close(self, opened: Any) -> None:
        self.do(opened.aclose)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)


DRIVERS: dict[str, Callable[[], Driver]] = {"sync": SyncDriver, "async": AsyncDriver}
