"""Events as they are committed: streams that go on where they were when they break."""

# Generated from weftwork/aio/events.py by scripts/unasync.py: change that one.

from abc import abstractmethod
from collections import deque
from typing import Generic, Protocol, Self, TypeVar

import grpc

from weftwork._sync.calls import Calls
from weftwork._sync.closing import Closing
from weftwork._sync.waiting import Ending, Stream
from weftwork.deadline import Deadline
from weftwork.errors import EventsError, LedgerError, SignatureTimeoutError
from weftwork.ledger.blocks import Block
from weftwork.ledger.events import ChaincodeEvent, decode_chaincode_events, decode_delivery
from weftwork.ledger.filtered import FilteredBlock
from weftwork.ledger.private import BlockAndPrivateData
from weftwork.logs import EVENTS
from weftwork.progress import Progress
from weftwork.reconnect import Backoff, Reconnect, is_transient

# A peer's Deliver service says no more than its status; these are what it may mean.
_MEANING = {
    "BAD_REQUEST": (
        ": it cannot make anything of the request. If it demands TLS client certificates, the "
        "request must hold the hash of the one that it is shown: Options.tls_certificate_hash"
    ),
    "NOT_FOUND": (
        ": it has not joined the channel, or does not have the block: it may be behind, and a peer "
        "that joined by a snapshot has none of the blocks up to it"
    ),
}
E = TypeVar("E", ChaincodeEvent, Block, FilteredBlock, BlockAndPrivateData)


class Opening(Protocol):
    """A request for events, as a stream uses it."""

    @property
    def start_block(self) -> int | None:
        """The block that it starts at; None: the next commit."""
        ...

    @property
    def stop_block(self) -> int | None:
        """The last block that it asks for; None: without end."""
        ...

    @property
    def after_transaction_id(self) -> str:
        """Events up to that transaction are left out by the peer."""
        ...

    @property
    def signed_elsewhere(self) -> bool:
        """Whether its signature came with it."""
        ...

    def send(self, timeout: float | None, after: Stream | None = None) -> Stream:
        """Sign it, unless it is signed, and send it, not before ``after``."""
        ...

    def send_moved(self, block: int, timeout: float | None) -> Stream:
        """Sign and send the same request, starting at another block."""
        ...

    def send_newest(self, timeout: float | None) -> Stream:
        """Ask for the newest block alone, filtered."""
        ...


class EventStream(Closing, Generic[E]):
    """Events in the ledger's order. Iterate it; leave it to stop the stream.

    One task at a time iterates it; any may close it. After a break it goes on where it was, at
    whichever of the gateway's peers answers: each event comes once, none is left out. Raises
    EventsError while iterating where it cannot go on: its ``cursor`` says how far it came.
    """

    def __init__(
        self,
        calls: Calls,
        request: Opening,
        progress: Progress[E],
        reconnect: Reconnect | None,
        timeout: float | None,
        *,
        moved: bool = False,
    ) -> None:
        self._calls = calls
        self._request = request
        self._progress = progress
        self._reconnect = reconnect
        self._backoff = Backoff(reconnect or Reconnect())
        self._deadline = Deadline(timeout)
        self._ending = Ending()
        self._waiting: deque[E] = deque()
        self._stream: Stream | None = None
        self._newest: Stream | None = None
        self._moved = moved
        self._brought = False
        self._open()

    def __enter__(self) -> Self:
        """Entered when it is sent, which a signer that is waited for may delay."""
        if self._stream is not None:
            try:
                self._stream.opened()
            except BaseException:
                self.close()
                raise
        return self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        while True:
            try:
                return self._waiting.popleft()
            except IndexError:
                self._take_in()

    def close(self) -> None:
        """Stop the stream, from any thread; who iterates comes to the end."""
        self._ending.set()
        self._waiting.clear()
        self._drop("OK")

    def _end_of(self, delivered: object) -> list[E]:
        """Nothing, where a status ended the stream in good order. Raises EventsError."""
        if delivered != "SUCCESS":
            status = delivered if isinstance(delivered, str) else "INTERNAL"
            raise EventsError(status, f"the peer ended the stream{_MEANING.get(status, '')}")
        self._ending.set()
        return []

    @abstractmethod
    def _decoded(self, answer: bytes) -> list[E]:
        """What an answer brings. Raises EventsError, LedgerError."""

    def _open(self) -> None:
        left = self._deadline.left()
        cursor = self._progress.cursor
        self._target = self._calls.channel.target
        if cursor is not None and self._moved:
            self._progress.reopened()
            self._stream = self._request.send_moved(cursor.block, left)
        else:
            if self._begins_anywhere():
                # Should the stream break before anything came, this tells where it had begun.
                self._newest = self._request.send_newest(left)
            self._stream = self._request.send(left, self._newest)
        self._end = self._calls.stream_begins()
        self._backoff.opened()

    def _begins_anywhere(self) -> bool:
        request = self._request
        return (
            self._reconnect is not None
            and not request.signed_elsewhere
            and request.start_block is None
            and not request.after_transaction_id
            and self._progress.cursor is None
        )

    def _take_in(self) -> None:
        """Waits for an answer and takes what it brings; what broke is opened again."""
        try:
            if self._stream is None and not self._over:
                self._reopen()
            # Asked after it was opened: who closes meanwhile cannot know of the new stream.
            if not self._over:
                self._learn_start()
                answer = self._read()
                if answer is not None:
                    self._waiting.extend(self._progress.fresh(self._decoded(answer)))
                    self._brought = True
                    return
        except EventsError as failure:
            self._broken(failure)
            return
        except SignatureTimeoutError as late:
            self._broken(EventsError("DEADLINE_EXCEEDED", str(late)))
            return
        except LedgerError as error:
            self._broken(EventsError("DATA_LOSS", str(error)))
            return
        except BaseException:
            # A reader that was cancelled has ended the call; who reads again opens another.
            self._drop("CANCELLED")
            raise
        self.close()
        raise StopIteration

    @property
    def _over(self) -> bool:
        return self._ending.is_set() or self._progress.complete

    def _read(self) -> bytes | None:
        stream = self._stream
        if stream is None:
            return None  # closed a moment ago
        try:
            answer = stream.read()
        except grpc.RpcError as error:
            raise self._calls.events_error(error) from error
        if answer is not None:
            self._calls.stream_brought()
            if self._backoff.interrupted:
                EVENTS.info("events come again, from %s", self._target)
            self._backoff.heard()
        return answer

    def _reopen(self) -> None:
        if self._reconnect is None:
            raise EventsError("CANCELLED", "a reader that was cancelled ended this stream")
        self._open()

    def _learn_start(self) -> None:
        newest, self._newest = self._newest, None
        if newest is None:
            return
        try:
            answer = newest.read()
            block = decode_delivery(answer) if answer is not None else None
        except (grpc.RpcError, LedgerError, SignatureTimeoutError):
            return  # It was worth asking; what is wrong the stream itself will tell.
        finally:
            newest.cancel()
        if isinstance(block, FilteredBlock):
            self._progress.begins_about(block.cursor)

    def _broken(self, failure: EventsError) -> None:
        self._drop(failure.status)
        if self._ending.is_set():
            raise StopIteration
        pause, advice = self._what_now(failure)
        failure.peer = self._target
        failure.name_cursor(self._progress.cursor, advice)
        if self._reconnect is None or pause is None:
            self._ending.set()
            raise failure
        EVENTS.warning("%s; read again in %.2f s", failure, pause)
        if self._reconnect.on_break is not None:
            self._reconnect.on_break(failure, pause)
        self._moved = self._progress.cursor is not None
        self._ending.pause(pause)

    def _what_now(self, failure: EventsError) -> tuple[float | None, str]:
        """The pause before the stream is opened again, None where it is not, and why not."""
        left, peers = self._deadline.left(), len(self._calls.channel.health)
        transient = is_transient(failure, peers, read=self._brought)
        if self._reconnect is None or left == 0 or not transient:
            return None, ""
        if self._request.signed_elsewhere:
            return None, (
                "its request was signed elsewhere, so it cannot be moved: make one that starts "
                "at the cursor and have that signed"
            )
        pause = self._backoff.broke()
        if pause is None:
            return None, f"no peer has answered for {self._reconnect.patience:g} s"
        return (pause if left is None else min(pause, left)), ""

    def _drop(self, status: str) -> None:
        stream, self._stream = self._stream, None
        newest, self._newest = self._newest, None
        self._end(status)
        for each in (stream, newest):
            if each is not None:
                each.cancel()


class ChaincodeEvents(EventStream[ChaincodeEvent]):
    """A chaincode's events of valid transactions; see ``EventStream``."""

    def _decoded(self, answer: bytes) -> list[ChaincodeEvent]:
        return decode_chaincode_events(answer)


class BlockEvents(EventStream[Block]):
    """Whole blocks, as the peer commits them; see ``EventStream``."""

    def _decoded(self, answer: bytes) -> list[Block]:
        delivered = decode_delivery(answer)
        return [delivered] if isinstance(delivered, Block) else self._end_of(delivered)


class FilteredBlockEvents(EventStream[FilteredBlock]):
    """Which transactions blocks hold and how they ended; see ``EventStream``."""

    def _decoded(self, answer: bytes) -> list[FilteredBlock]:
        delivered = decode_delivery(answer)
        return [delivered] if isinstance(delivered, FilteredBlock) else self._end_of(delivered)


class BlockAndPrivateDataEvents(EventStream[BlockAndPrivateData]):
    """Whole blocks with the private data that the peer has of them; see ``EventStream``."""

    def _decoded(self, answer: bytes) -> list[BlockAndPrivateData]:
        delivered = decode_delivery(answer)
        return (
            [delivered] if isinstance(delivered, BlockAndPrivateData) else self._end_of(delivered)
        )
