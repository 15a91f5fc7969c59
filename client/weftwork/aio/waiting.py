"""Everything that waits, async: the hand-written half of a pair with ``weftwork/_sync/waiting.py``.

All of ``aio/`` waits through this module and ``signatures`` alone, so that its generated sync
twin needs nothing else. Requests and answers are bytes here.
"""

import asyncio
import os
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Sequence,
)
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc
import grpc.aio

from weftwork.errors import ArgumentError, ClosedError, ForkedError
from weftwork.options import CallOptions
from weftwork.rest import Tls, http_failure

if TYPE_CHECKING:
    # httpx comes with an extra; whoever asks no orderer and no CA needs none.
    import httpx

    HttpClient = httpx.AsyncClient
else:
    HttpClient = object

T = TypeVar("T")


class _Line:
    """A gRPC channel and what was made of it: to make a call's object costs a good part of it."""

    __slots__ = ("channel", "unary")

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.unary: dict[str, Any] = {}


class Channel:
    """A gRPC channel, opened by ``open_channel`` or brought by the application."""

    def __init__(
        self,
        channel: Any,
        target: str,
        *,
        owned: bool,
        opening: Callable[[], Any] | None = None,
    ) -> None:
        """``opening`` makes another gRPC channel like it."""
        if isinstance(channel, grpc.Channel):
            # The first call would be sent before anybody noticed.
            raise ArgumentError(
                "this gateway needs a grpc.aio.Channel; weftwork.Gateway takes the other"
            )
        self._line = _Line(channel)
        self._opening = opening
        self.target = target
        """Where it leads, ``host:port``, as it shall stand in errors."""
        self._owned = owned
        self._closed = False
        self._process = os.getpid()
        self._loop = _running_loop()

    async def unary(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> bytes:
        """One request, one answer. Raises grpc.RpcError."""
        self._check_open()
        line = self._line
        call = line.unary.get(path)
        if call is None:
            call = line.unary[path] = line.channel.unary_unary(path)
        try:
            return await call(
                request,
                timeout=timeout,
                metadata=tuple(options.metadata.items()) if options.metadata else None,
                wait_for_ready=options.wait_for_ready,
            )
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            raise _closed_meanwhile() from None
        except grpc.aio.UsageError as error:
            if line is not self._line:
                raise _closed_meanwhile() from None
            raise self._in_words(error) from None

    def stream(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> "Stream":
        """One request, many answers."""
        self._check_open()
        line = self._line
        try:
            call = line.channel.unary_stream(path)(
                request,
                timeout=timeout,
                metadata=tuple(options.metadata.items()),
                wait_for_ready=options.wait_for_ready,
            )
        except grpc.aio.UsageError as error:
            if line is not self._line:
                return self.stream(path, request, options, timeout)
            raise self._in_words(error) from None
        return Stream(call)

    def duplex(
        self, path: str, requests: Sequence[bytes], options: CallOptions, timeout: float | None
    ) -> "Stream":
        """Requests that are sent at once and whose direction then stays open, many answers."""
        ended = asyncio.Event()

        async def sending() -> AsyncIterator[bytes]:
            for request in requests:
                yield request
            await ended.wait()

        self._check_open()
        line = self._line
        try:
            call = line.channel.stream_stream(path)(
                sending(),
                timeout=timeout,
                metadata=tuple(options.metadata.items()),
                wait_for_ready=options.wait_for_ready,
            )
        except grpc.aio.UsageError as error:
            if line is not self._line:
                return self.duplex(path, requests, options, timeout)
            raise self._in_words(error) from None
        return Stream(call, ended.set)

    @property
    def closed(self) -> bool:
        """Whether ``close`` has been called."""
        return self._closed

    async def renew(self) -> None:
        """Drop the connection with all that is under way; the next call makes another.

        Not of a channel that the application brought.
        """
        if self._opening is None or self._closed:
            return
        dropped, self._line = self._line, _Line(self._opening())
        await dropped.channel.close()
        if self._closed:
            await self._line.channel.close()

    @property
    def channel(self) -> Any:
        """gRPC's own channel; another one once it was renewed."""
        return self._line.channel

    async def close(self) -> None:
        """Close what ``open_channel`` opened; an application's own channel is left as it is.

        In a process that was forked off it is left alone: it is the parent's.
        """
        self._closed = True
        if self._owned and os.getpid() == self._process:
            await self.channel.close()

    def _in_words(self, error: Exception) -> Exception:
        """What gRPC raises of a channel that is closed, by another thread or the application."""
        if "closed" in str(error).lower():
            return ClosedError(f"the connection to {self.target} has been closed")
        return error

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError(f"the connection to {self.target} has been closed")
        if os.getpid() != self._process:
            raise ForkedError(self.target)
        if self._loop is not None and asyncio.get_running_loop() is not self._loop:
            # gRPC would hang, or fail deep inside: the connection is read by the other loop alone.
            raise RuntimeError(
                f"the connection to {self.target} belongs to another event loop: connect in each"
            )


class Stream:
    """Answers as they come. Cancelling ends it quietly."""

    def __init__(self, call: Any, ending: Callable[[], None] = lambda: None) -> None:
        self._call = call
        self._ending = ending
        self._answers = aiter(call)
        self._cancelled = False
        self.on_failure: Callable[[grpc.RpcError], None] = lambda error: None
        """Hears of what breaks the stream before the reader does."""
        self.on_answer: Callable[[], None] = _nothing
        """Called with each answer."""
        self.on_end: Callable[[], None] = _nothing
        """Called once, when it has ended or is given up."""

    async def read(self) -> bytes | None:
        """The next answer; None at the end. Raises grpc.RpcError."""
        try:
            answer = await anext(self._answers)
        except StopAsyncIteration:
            self._finished()
            return None
        except grpc.RpcError as error:
            self._finished()
            self.on_failure(error)
            raise
        except asyncio.CancelledError:
            self._finished()
            # grpc.aio reports a cancelled call like a cancelled task: tell them apart.
            if self._cancelled:
                return None
            if _is_cancelled():
                raise
            raise _closed_meanwhile() from None
        self.on_answer()
        return answer

    def _finished(self) -> None:
        ended, self.on_end = self.on_end, _nothing
        ended()

    async def cancel(self) -> None:
        """Give the call up, from any task."""
        self._cancelled = True
        self._ending()
        self._call.cancel()
        self._finished()

    async def opened(self) -> None:
        """Wait until it is sent, or failed, where it has to wait for a signature."""


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None, options: Sequence[tuple[str, Any]]
) -> Channel:
    """A channel to ``target``; without credentials it is plaintext. Connects at first use.

    Raises RuntimeError outside a running event loop.
    """
    if _running_loop() is None:
        # A channel belongs to its loop: one made here would hang at the first call.
        raise RuntimeError(
            "weftwork.aio connects inside a running event loop; elsewhere use weftwork itself"
        )

    def opening() -> Any:
        if credentials is None:
            return grpc.aio.insecure_channel(target, options)
        return grpc.aio.secure_channel(target, credentials, options)

    return Channel(opening(), target, owned=True, opening=opening)


def http_client(base_url: str, tls: Tls, timeout: float) -> "HttpClient":
    """An HTTP client with TLS that heeds no proxy of the environment.

    Raises MissingExtraError, IdentityError.
    """
    http_failure()
    import httpx

    return httpx.AsyncClient(
        base_url=base_url, verify=tls.context(), timeout=timeout, trust_env=False
    )


class Ending:
    """Set once, from any task; who pauses until then goes on at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """It has come."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether it has come."""
        return self._event.is_set()

    async def pause(self, seconds: float) -> bool:
        """Wait for it, no longer than ``seconds``; whether it has come."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


class Background:
    """Work that goes on beside the caller's, in a task of its own."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._task = asyncio.get_running_loop().create_task(work())

    async def ended(self) -> None:
        """Wait until it has ended."""
        await asyncio.wait([self._task])


async def sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


def _nothing() -> None:
    pass


def _is_cancelled() -> bool:
    # A channel that closes ends its calls as if their tasks had been cancelled.
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _closed_meanwhile() -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        grpc.StatusCode.CANCELLED,
        grpc.aio.Metadata(),
        grpc.aio.Metadata(),
        "the connection was closed while the call was under way",
    )


async def gather(
    calls: Sequence[Callable[[], Awaitable[T]]], stop: Callable[[], None] = lambda: None
) -> list[T]:
    """All calls at once; results in their order. The first failure is raised when all ended.

    ``stop`` is called where the wait itself is broken off; the calls are cancelled then.
    """
    try:
        results = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
    except BaseException:
        stop()
        raise
    return [_raised(result) for result in results]


class Source(Generic[T]):
    """Hands out what an iterable, sync or async, gives: one at a time, to any number of tasks."""

    def __init__(self, items: Iterable[T] | AsyncIterable[T]) -> None:
        self._items = aiter(items) if isinstance(items, AsyncIterable) else iter(items)
        self._turn = asyncio.Lock()
        self._next = 0
        self._stopped = False
        self.counting: AbstractContextManager[None] = nullcontext()
        """Around what must not be torn apart; tasks of one loop need nothing."""

    async def take(self) -> tuple[int, T] | None:
        """The next item and its place from 0; None when there are no more."""
        async with self._turn:
            if self._stopped:
                return None
            try:
                if isinstance(self._items, AsyncIterator):
                    item = await anext(self._items)
                else:
                    item = next(self._items)
            except (StopAsyncIteration, StopIteration):
                self._stopped = True
                return None
            self._next += 1
            return self._next - 1, item

    def stop(self) -> None:
        """Give no more."""
        self._stopped = True


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _raised(result: T | BaseException) -> T:
    if isinstance(result, BaseException):
        raise result
    return result
