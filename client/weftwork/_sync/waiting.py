"""Everything that waits, sync: the hand-written half of a pair with ``weftwork/aio/waiting.py``.

It is grpcio's own blocking API: no event loop is involved, so any number of threads may share a
channel, and code inside a running event loop may use it (it then blocks that loop).
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc

from weftwork.errors import ArgumentError, ClosedError, ForkedError
from weftwork.options import CallOptions
from weftwork.rest import Tls, http_failure

if TYPE_CHECKING:
    # httpx comes with an extra; whoever asks no orderer and no CA needs none.
    import httpx

    HttpClient = httpx.Client
else:
    HttpClient = object

T = TypeVar("T")


class _Line:
    """A gRPC channel and what was made of it: to make a call's object costs a good part of it."""

    __slots__ = ("channel", "unary")

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.unary: dict[str, Any] = {}


class _Dropped(grpc.RpcError):
    """A call that came to a connection just when that was dropped."""

    def code(self) -> grpc.StatusCode:
        """As gRPC says it of those that were under way."""
        return grpc.StatusCode.CANCELLED

    def details(self) -> str:
        """In words."""
        return "the connection was closed while the call was under way"

    def trailing_metadata(self) -> Any:
        """None."""
        return ()


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
        if isinstance(channel, grpc.aio.Channel):
            # The first call would be sent before anybody noticed.
            raise ArgumentError(
                "this gateway needs a grpc.Channel; weftwork.aio.Gateway takes the other"
            )
        self._line = _Line(channel)
        self._opening = opening
        self.target = target
        """Where it leads, ``host:port``, as it shall stand in errors."""
        self._owned = owned
        self._closed = False
        self._process = os.getpid()

    def unary(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> bytes:
        """One request, one answer. Raises grpc.RpcError."""
        self._check_open()
        line = self._line
        call = line.unary.get(path)
        if call is None:
            call = line.unary[path] = line.channel.unary_unary(path)
        try:
            return call(
                request,
                timeout=timeout,
                metadata=tuple(options.metadata.items()),
                wait_for_ready=options.wait_for_ready,
            )
        except ValueError as error:
            if line is not self._line:
                raise _Dropped() from None
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
        except ValueError as error:
            if line is not self._line:
                return self.stream(path, request, options, timeout)
            raise self._in_words(error) from None
        return Stream(call)

    def duplex(
        self, path: str, requests: Sequence[bytes], options: CallOptions, timeout: float | None
    ) -> "Stream":
        """Requests that are sent at once and whose direction then stays open, many answers."""
        ended = threading.Event()

        def sending() -> Iterator[bytes]:
            yield from requests
            ended.wait()

        self._check_open()
        line = self._line
        try:
            call = line.channel.stream_stream(path)(
                sending(),
                timeout=timeout,
                metadata=tuple(options.metadata.items()),
                wait_for_ready=options.wait_for_ready,
            )
        except ValueError as error:
            if line is not self._line:
                return self.duplex(path, requests, options, timeout)
            raise self._in_words(error) from None
        return Stream(call, ended.set)

    @property
    def closed(self) -> bool:
        """Whether ``close`` has been called."""
        return self._closed

    def renew(self) -> None:
        """Drop the connection with all that is under way; the next call makes another.

        Not of a channel that the application brought.
        """
        if self._opening is None or self._closed:
            return
        dropped, self._line = self._line, _Line(self._opening())
        dropped.channel.close()
        if self._closed:
            self._line.channel.close()

    @property
    def channel(self) -> Any:
        """gRPC's own channel; another one once it was renewed."""
        return self._line.channel

    def close(self) -> None:
        """Close what ``open_channel`` opened; an application's own channel is left as it is.

        In a process that was forked off it is left alone: it is the parent's.
        """
        self._closed = True
        if self._owned and os.getpid() == self._process:
            self.channel.close()

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


class Stream:
    """Answers as they come. Cancelling ends it quietly."""

    def __init__(self, call: Any, ending: Callable[[], None] = lambda: None) -> None:
        self._call = call
        self._ending = ending
        self._answers = iter(call)
        self._cancelled = False
        self.on_failure: Callable[[grpc.RpcError], None] = lambda error: None
        """Hears of what breaks the stream before the reader does."""
        self.on_answer: Callable[[], None] = _nothing
        """Called with each answer."""
        self.on_end: Callable[[], None] = _nothing
        """Called once, when it has ended or is given up."""

    def read(self) -> bytes | None:
        """The next answer; None at the end. Raises grpc.RpcError."""
        try:
            answer = next(self._answers)
        except StopIteration:
            self._finished()
            return None
        except grpc.RpcError as error:
            self._finished()
            # grpcio reports our own cancelling as an error: it is how a reader leaves.
            if self._cancelled:
                return None
            self.on_failure(error)
            raise
        self.on_answer()
        return answer

    def _finished(self) -> None:
        ended, self.on_end = self.on_end, _nothing
        ended()

    def cancel(self) -> None:
        """Give the call up, from any thread."""
        self._cancelled = True
        self._ending()
        self._call.cancel()
        self._finished()

    def opened(self) -> None:
        """Wait until it is sent, which it is."""


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None, options: Sequence[tuple[str, Any]]
) -> Channel:
    """A channel to ``target``; without credentials it is plaintext. Connects at first use."""

    def opening() -> Any:
        if credentials is None:
            return grpc.insecure_channel(target, options)
        return grpc.secure_channel(target, credentials, options)

    return Channel(opening(), target, owned=True, opening=opening)


def http_client(base_url: str, tls: Tls, timeout: float) -> "HttpClient":
    """An HTTP client with TLS that heeds no proxy of the environment.

    Raises MissingExtraError, IdentityError.
    """
    http_failure()
    import httpx

    return httpx.Client(base_url=base_url, verify=tls.context(), timeout=timeout, trust_env=False)


class Ending:
    """Set once, from any thread; who pauses until then goes on at once."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """It has come."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether it has come."""
        return self._event.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait for it, no longer than ``seconds``; whether it has come."""
        return self._event.wait(seconds)


class Background:
    """Work that goes on beside the caller's, in a thread of its own."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="weftwork-watch", daemon=True)
        self._thread.start()

    def ended(self) -> None:
        """Wait until it has ended."""
        self._thread.join()


def _nothing() -> None:
    pass


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def gather(calls: Sequence[Callable[[], T]], stop: Callable[[], None] = lambda: None) -> list[T]:
    """All calls at once, a thread each; results in their order.

    The first failure is raised when all ended. ``stop`` is called where the wait itself is broken
    off, by Ctrl-C for example: threads cannot be cancelled, so the calls must heed it.
    """
    if not calls:
        return []
    with ThreadPoolExecutor(len(calls), thread_name_prefix="weftwork") as threads:
        futures = [threads.submit(call) for call in calls]
        try:
            wait(futures)
        except BaseException:
            stop()
            raise
    return [future.result() for future in futures]


class Source(Generic[T]):
    """Hands out what an iterable gives: one at a time, to any number of threads."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._turn = threading.Lock()
        self._next = 0
        self._stopped = False
        self.counting: AbstractContextManager[object] = threading.Lock()
        """Around what must not be torn apart."""

    def take(self) -> tuple[int, T] | None:
        """The next item and its place from 0; None when there are no more."""
        with self._turn:
            if self._stopped:
                return None
            try:
                item = next(self._items)
            except StopIteration:
                self._stopped = True
                return None
            self._next += 1
            return self._next - 1, item

    def stop(self) -> None:
        """Give no more."""
        self._stopped = True
