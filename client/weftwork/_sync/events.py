"""Events as they are committed: chaincode events, and whole blocks."""

# Generated from weftwork/aio/events.py by scripts/unasync.py: change that one.

from collections.abc import Callable
from typing import Self

import grpc

from weftwork._sync.calls import Calls
from weftwork._sync.closing import Closing
from weftwork._sync.waiting import Stream
from weftwork.errors import EventsError
from weftwork.ledger.blocks import Block
from weftwork.ledger.events import ChaincodeEvent, decode_chaincode_events, decode_delivery


class ChaincodeEvents(Closing):
    """A chaincode's events in the ledger's order. Iterate it; leave it to stop the stream.

    Raises EventsError while iterating, where the stream cannot be opened or breaks.
    """

    def __init__(self, calls: Calls, request: bytes, timeout: float | None) -> None:
        self._calls = calls
        self._stream: Stream = calls.chaincode_events(request, timeout)
        self._end = calls.stream_begins()
        self._waiting: list[ChaincodeEvent] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChaincodeEvent:
        while not self._waiting:
            answer = _read(self._calls, self._stream, self._end)
            if answer is None:
                raise StopIteration
            # A block's events come in one answer; popping wants the first one last.
            self._waiting = decode_chaincode_events(answer)[::-1]
        return self._waiting.pop()

    def close(self) -> None:
        """Stop the stream, from any thread; who iterates comes to the end."""
        self._end("OK")
        self._stream.cancel()


class BlockEvents(Closing):
    """Whole blocks in order, as one peer commits them. Iterate it; leave it to stop the stream.

    Raises EventsError while iterating, where the stream cannot be opened or breaks.
    """

    def __init__(self, calls: Calls, payload: bytes) -> None:
        self._calls = calls
        self._stream: Stream = calls.deliver("Deliver", payload, calls.options.block_events)
        self._end = calls.stream_begins()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Block:
        answer = _read(self._calls, self._stream, self._end)
        if answer is None:
            raise StopIteration
        delivered = decode_delivery(answer)
        if isinstance(delivered, Block):
            return delivered
        if delivered == "SUCCESS":
            self.close()
            raise StopIteration
        self._end("UNKNOWN")
        self.close()
        raise EventsError(delivered, "the peer ended the stream", peer=self._calls.channel.target)

    def close(self) -> None:
        """Stop the stream, from any thread; who iterates comes to the end."""
        self._end("OK")
        self._stream.cancel()


def _read(calls: Calls, stream: Stream, end: Callable[[str], None]) -> bytes | None:
    try:
        answer = stream.read()
    except grpc.RpcError as error:
        failure = calls.events_error(error)
        end(failure.status)
        raise failure from error
    if answer is None:
        end("OK")
    else:
        calls.stream_brought()
    return answer
