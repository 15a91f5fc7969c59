"""From a worker's thread to the loop and back: how a blocking function asks the ledger."""

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

from weftwork_chaincode.errors import ChaincodeError, TransactionOver

T = TypeVar("T")

_NO_MORE = object()


class Bridge:
    """One transaction's way from its thread to its loop.

    Made on the loop. Once :meth:`end` was called, the call that a thread waits in and every later
    one raises TransactionOver.
    """

    __slots__ = ("_lock", "_loop", "_loop_thread", "_over", "_pending")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._lock = threading.Lock()
        self._over = ""
        self._pending: set[concurrent.futures.Future[Any]] = set()

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs it on the loop, blocks this thread until it ends, and returns its result."""
        if threading.get_ident() == self._loop_thread:
            coroutine.close()
            raise ChaincodeError("a SyncContext is for a plain `def`: an `async def` takes Context")
        with self._lock:
            if self._over:
                coroutine.close()
                raise TransactionOver(self._over)
            try:
                future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
            except RuntimeError:
                coroutine.close()
                raise TransactionOver("the server has ended") from None
            self._pending.add(future)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise TransactionOver(self._over or "the call was cancelled") from None
        finally:
            with self._lock:
                self._pending.discard(future)

    def iterate(self, rows: AsyncIterator[T]) -> Iterator[T]:
        """What an asynchronous iterator gives, one by one."""
        while (row := self.wait(_next(rows))) is not _NO_MORE:
            yield row  # pyright: ignore[reportReturnType]  # the mark of the end is none of them

    def end(self, reason: str) -> None:
        """Tells the thread that its transaction is over."""
        with self._lock:
            self._over = reason
            pending = list(self._pending)
        for future in pending:
            future.cancel()


async def _next(rows: AsyncIterator[Any]) -> Any:
    return await anext(rows, _NO_MORE)
