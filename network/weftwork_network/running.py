"""Asynchronous work run from plain code, wherever that is called, and clean-up left undisturbed."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs asynchronous work to its end, from plain code or from inside a running loop."""
    if not _loop_runs():
        return asyncio.run(work())
    # A loop runs in this thread already: another thread gets one of its own, and this one waits.
    results: list[T] = []
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@contextmanager
def uninterrupted() -> Generator[None]:
    """Ctrl-C waits for the body, which has a bound of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
