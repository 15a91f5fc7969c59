"""Signers that wait, async: the hand-written half of a pair with ``weftwork/_sync/signatures.py``.

A signer that gives an awaitable is awaited; one that says that it waits is called in a thread. A
plain one is called at once, and costs neither.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any

from weftwork.aio.waiting import Stream
from weftwork.deadline import Deadline
from weftwork.signing import SigningIdentity

# For all gateways together; signatures that are too many at once wait for a thread.
_THREADS = 32


class _LateStream(Stream):
    """A stream that is opened when its signature has come."""

    def __init__(self, opening: Coroutine[Any, Any, Stream], asked: Awaitable[Any]) -> None:
        self._opening = asyncio.create_task(opening)
        self._asked = asked
        self._cancelled = False

    async def read(self) -> bytes | None:
        await self.opened()
        if self._cancelled and self._opening.cancelled():
            return None
        return await self._opening.result().read()

    async def cancel(self) -> None:
        self._cancelled = True
        self._opening.cancel()
        await self.opened()
        if self._opening.cancelled():
            if iscoroutine(self._asked):
                # It may not even have begun, and need not be warned of.
                self._asked.close()
        elif self._opening.exception() is None:
            await self._opening.result().cancel()

    async def opened(self) -> None:
        # Who waits may be cancelled, and hears of what failed when it reads.
        await asyncio.wait([self._opening])


async def sign(
    signing: SigningIdentity, message: bytes, timeout: float | None
) -> tuple[bytes, float | None]:
    """The signature of ``message``, and what it has left of ``timeout``, both in seconds.

    A signer that waits is awaited, or has a thread; any other costs neither, and is not limited.
    Raises SignatureError, of that SignatureTimeoutError, and what the signer raises.
    """
    asked = _asked(signing, message)
    if isinstance(asked, bytes):
        return asked, timeout
    return await _answered(signing, asked, timeout)


def signed_stream(
    signing: SigningIdentity,
    message: bytes,
    timeout: float | None,
    opening: Callable[[bytes, float | None], Stream],
    after: Stream | None = None,
) -> Stream:
    """The stream that ``opening`` opens with the signature: now, or as soon as there is one.

    That is not before ``after`` is open. Raises SignatureError, here or where it is read.
    """
    asked = _asked(signing, message)
    if isinstance(asked, bytes):
        return opening(asked, timeout)

    async def open_late() -> Stream:
        signature, left = await _answered(signing, asked, timeout)
        if after is not None:
            await after.opened()
        return opening(signature, left)

    return _LateStream(open_late(), asked)


def _asked(signing: SigningIdentity, message: bytes) -> bytes | Awaitable[Any]:
    """A plain signer's signature; of any other what is to be awaited."""
    if signing.in_thread:
        loop, context = asyncio.get_running_loop(), copy_context()
        work: Callable[[], Any] = partial(context.run, partial(signing.given, message))
        return loop.run_in_executor(_threads(), work)
    given = signing.given(message)
    if given and isinstance(given, bytes):
        return given
    return given if isawaitable(given) else signing.checked(given)


async def _answered(
    signing: SigningIdentity, asked: Awaitable[Any], timeout: float | None
) -> tuple[bytes, float | None]:
    deadline = Deadline(timeout)
    limit = asyncio.timeout(deadline.left())
    try:
        async with limit:
            given = await asked
    except TimeoutError:
        if not limit.expired():
            raise  # the signer's own
        raise signing.late(timeout) from None
    return signing.checked(given), deadline.left()


_pool: ThreadPoolExecutor | None = None


def _threads() -> ThreadPoolExecutor:
    # The loop's own threads are the application's: it shall not wait until an HSM has signed.
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="weftwork-sign")
    return _pool


def _after_fork() -> None:
    # The parent's threads are not there, only what counts them.
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
