"""Threads for functions that block: bounded, started when needed, ended with the process."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

_log = logging.getLogger("weftwork_chaincode")

MOST_WORKERS = 32
"""Functions that block at once; more wait for one of them to end, without a thread."""


class Workers:
    """Runs blocking calls beside the loop.

    Daemon threads: a function that never comes back must not keep the process from ending, which
    the standard pool's threads do.
    """

    def __init__(self, most: int = MOST_WORKERS) -> None:
        if most < 1:
            raise ValueError(f"{most} workers run nothing: give 1 or more")
        self._most = most
        self._threads = 0
        self._idle = 0
        self._lock = threading.Lock()
        self._calls: queue.SimpleQueue[_Task] = queue.SimpleQueue()

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The function's result, with this task's context variables.

        Cancelled while it waits for a thread, it never runs; later, the thread runs on and its
        result concerns nobody.
        """
        task = _Task(function, arguments)
        self._calls.put(task)
        self._more()
        failure, result = await task.future
        if failure is not None:
            raise failure
        return result

    def _more(self) -> None:
        with self._lock:
            if self._calls.qsize() <= self._idle or self._threads >= self._most:
                return
            self._threads += 1
        name = f"weftwork-sync-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            task = self._calls.get()
            with self._lock:
                self._idle -= 1
            task()
            del task  # what a transaction held must not live until the next one


class _Task:
    """One call under way. Its outcome is handed over as a pair: no future takes StopIteration."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._context = copy_context()
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[tuple[BaseException | None, Any]] = self._loop.create_future()

    def __call__(self) -> None:
        if self.future.cancelled():
            return
        outcome: tuple[BaseException | None, Any]
        try:
            outcome = (None, self._context.run(self._function, *self._arguments))
        except BaseException as error:
            # SystemExit too: the transaction's own task answers for it
            outcome = (error, None)
        try:
            self._loop.call_soon_threadsafe(self._done, outcome)
        except RuntimeError:
            _log.debug("a blocking function came back after its loop had ended")

    def _done(self, outcome: tuple[BaseException | None, Any]) -> None:
        if not self.future.done():
            self.future.set_result(outcome)
