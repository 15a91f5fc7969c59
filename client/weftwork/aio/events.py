"""Events as they are committed: chaincode events, and whole blocks."""

from collections.abc import Callable
from typing import Self

import grpc

from weftwork.aio.calls import Calls
from weftwork.aio.closing import Closing
from weftwork.aio.waiting import Stream
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

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChaincodeEvent:
        while not self._waiting:
            answer = await _read(self._calls, self._stream, self._end)
            if answer is None:
                raise StopAsyncIteration
            # A block's events come in one answer; popping wants the first one last.
            self._waiting = decode_chaincode_events(answer)[::-1]
        return self._waiting.pop()

    async def aclose(self) -> None:
        """Stop the stream, from any task; who iterates comes to the end."""
        self._end("OK")
        await self._stream.cancel()


class BlockEvents(Closing):
    """Whole blocks in order, as one peer commits them. Iterate it; leave it to stop the stream.

    Raises EventsError while iterating, where the stream cannot be opened or breaks.
    """

    def __init__(self, calls: Calls, payload: bytes) -> None:
        self._calls = calls
        self._stream: Stream = calls.deliver("Deliver", payload, calls.options.block_events)
        self._end = calls.stream_begins()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Block:
        answer = await _read(self._calls, self._stream, self._end)
        if answer is None:
            raise StopAsyncIteration
        delivered = decode_delivery(answer)
        if isinstance(delivered, Block):
            return delivered
        if delivered == "SUCCESS":
            await self.aclose()
            raise StopAsyncIteration
        self._end("UNKNOWN")
        await self.aclose()
        raise EventsError(delivered, "the peer ended the stream", peer=self._calls.channel.target)

    async def aclose(self) -> None:
        """Stop the stream, from any task; who iterates comes to the end."""
        self._end("OK")
        await self._stream.cancel()


async def _read(calls: Calls, stream: Stream, end: Callable[[str], None]) -> bytes | None:
    try:
        answer = await stream.read()
    except grpc.RpcError as error:
        failure = calls.events_error(error)
        end(failure.status)
        raise failure from error
    if answer is None:
        end("OK")
    else:
        calls.stream_brought()
    return answer
