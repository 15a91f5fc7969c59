"""A gRPC channel of the application's own that answers from a table and keeps what was sent.

No socket, no thread: what a gateway hands to gRPC is seen as it is, and the clock plays no part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message

Answer = bytes | Message | grpc.RpcError | Callable[[bytes], bytes | Message]

EVALUATE = "/gateway.Gateway/Evaluate"
ENDORSE = "/gateway.Gateway/Endorse"
SUBMIT = "/gateway.Gateway/Submit"
COMMIT_STATUS = "/gateway.Gateway/CommitStatus"
CHAINCODE_EVENTS = "/gateway.Gateway/ChaincodeEvents"
DELIVER = "/protos.Deliver/Deliver"
DELIVER_FILTERED = "/protos.Deliver/DeliverFiltered"
DELIVER_PRIVATE = "/protos.Deliver/DeliverWithPrivateData"


class Failed(grpc.RpcError):
    """A call that failed, as grpcio raises it."""

    def __init__(
        self,
        status: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
        text: str = "ERROR_MESSAGE",
        details: bytes | None = None,
    ) -> None:
        super().__init__(text)
        self._status = status
        self._text = text
        self._trailers = (("grpc-status-details-bin", details),) if details is not None else ()

    def code(self) -> grpc.StatusCode:
        return self._status

    def details(self) -> str:
        return self._text

    def trailing_metadata(self) -> Any:
        return self._trailers


@dataclass(frozen=True)
class Sent:
    """One call as gRPC would have got it."""

    path: str
    request: bytes
    timeout: float | None
    metadata: tuple[tuple[str, str], ...]
    wait_for_ready: bool


class StubStream:
    """The answers of one stream; then it stays open until it is cancelled."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = list(answers)
        self.cancelled = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._answers:
            raise StopIteration
        return _answered(self._answers.pop(0), b"")

    def cancel(self) -> bool:
        self.cancelled = True
        return True

    def __getattr__(self, name: str) -> Any:
        # What else grpcio's calls have; nothing of it waits here.
        if name in ("add_callback", "add_done_callback"):
            return lambda callback: True
        if name in ("initial_metadata", "trailing_metadata"):
            return lambda: ()
        raise AttributeError(name)


class StubChannel:
    """What ``Gateway.on_channel`` takes, with ``answers`` by a method's path."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {SUBMIT: b""}
        self.streams: dict[str, list[Answer]] = {}
        self.sent: list[Sent] = []
        self.opened: list[StubStream] = []
        self.closed = False

    def unary_unary(self, path: str, *_: Any, **__: Any) -> Any:
        def call(request: bytes, **options: Any) -> bytes:
            self._keep(path, request, options)
            return _answered(self.answers[path], request)

        return call

    def unary_stream(self, path: str, *_: Any, **__: Any) -> Any:
        def call(request: bytes, **options: Any) -> StubStream:
            return self._stream(path, request, options)

        return call

    def stream_stream(self, path: str, *_: Any, **__: Any) -> Any:
        def call(requests: Iterator[bytes], **options: Any) -> StubStream:
            return self._stream(path, next(iter(requests)), options)

        return call

    def close(self) -> None:
        self.closed = True

    def last(self, path: str) -> Sent:
        """The last call of that path."""
        return [sent for sent in self.sent if sent.path == path][-1]

    def _stream(self, path: str, request: bytes, options: dict[str, Any]) -> StubStream:
        self._keep(path, request, options)
        self.opened.append(StubStream(self.streams.get(path, [])))
        return self.opened[-1]

    def _keep(self, path: str, request: bytes, options: dict[str, Any]) -> None:
        self.sent.append(
            Sent(
                path,
                request,
                options.get("timeout"),
                tuple(options.get("metadata") or ()),
                bool(options.get("wait_for_ready")),
            )
        )


class AsyncStubStream:
    """The same for ``grpc.aio``."""

    def __init__(self, stream: StubStream) -> None:
        self._stream = stream

    def __aiter__(self) -> "AsyncStubStream":
        return self

    async def __anext__(self) -> bytes:
        try:
            return next(self._stream)
        except StopIteration:
            raise StopAsyncIteration from None

    def cancel(self) -> bool:
        return self._stream.cancel()


class AsyncStubChannel(StubChannel):
    """What the async ``Gateway.on_channel`` takes."""

    def unary_unary(self, path: str, *_: Any, **__: Any) -> Any:
        answering = super().unary_unary(path)

        async def call(request: bytes, **options: Any) -> bytes:
            return answering(request, **options)

        return call

    def unary_stream(self, path: str, *_: Any, **__: Any) -> Any:
        opening = super().unary_stream(path)
        return lambda request, **options: AsyncStubStream(opening(request, **options))

    def stream_stream(self, path: str, *_: Any, **__: Any) -> Any:
        opening = super().stream_stream(path)

        def call(requests: Any, **options: Any) -> AsyncStubStream:
            return AsyncStubStream(opening(iter([_first(requests)]), **options))

        return call


def _first(requests: Any) -> bytes:
    # It is there at once: no event loop is needed to get it.
    try:
        requests.__anext__().send(None)
    except StopIteration as found:
        return found.value
    raise AssertionError("the first request is waited for")


def _answered(answer: Answer, request: bytes) -> bytes:
    if isinstance(answer, grpc.RpcError):
        raise answer
    if callable(answer):
        answer = answer(request)
    return answer.SerializeToString() if isinstance(answer, Message) else answer
