"""A stream of events under a span."""

# Generated from weftwork/aio/tracing.py by scripts/unasync.py: change that one.

from collections.abc import Callable

import grpc

from weftwork._sync.waiting import Stream
from weftwork.failures import status_name
from weftwork.identity import Identity
from weftwork.options import CallOptions
from weftwork.tracing import Tracing, end_span


def open_traced(
    tracing: Tracing | None,
    path: str,
    target: str,
    identity: Identity,
    request: bytes,
    options: CallOptions,
    opening: Callable[[CallOptions], Stream],
) -> Stream:
    """The stream that ``opening`` opens, under a span where there is something to trace it."""
    if tracing is None:
        return opening(options)
    span, options = tracing.begin(path, target, identity.mspid, request, options)
    try:
        stream = opening(options)
    except BaseException as error:
        end_span(span, status_name(error) if isinstance(error, grpc.RpcError) else "UNKNOWN")
        raise
    return TracedStream(stream, tracing.ends(span))


class TracedStream(Stream):
    """A stream whose span ends as it does."""

    def __init__(self, stream: Stream, end: Callable[[str, int], None]) -> None:
        self._stream = stream
        self._end = end
        self._messages = 0

    def read(self) -> bytes | None:
        """The next answer; None at the end. Raises grpc.RpcError."""
        try:
            answer = self._stream.read()
        except grpc.RpcError as error:
            self._end(status_name(error), self._messages)
            raise
        if answer is None:
            self._end("OK", self._messages)
        else:
            self._messages += 1
        return answer

    def cancel(self) -> None:
        """Give the call up, from any thread."""
        self._end("OK", self._messages)
        self._stream.cancel()
