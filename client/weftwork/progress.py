"""What of a stream's answers is new: nothing twice, nothing left out, whatever was opened again."""

from typing import Protocol, TypeVar

from weftwork.cursor import Cursor
from weftwork.errors import EventsError
from weftwork.ledger.blocks import Block
from weftwork.ledger.events import ChaincodeEvent
from weftwork.ledger.filtered import FilteredBlock
from weftwork.ledger.private import BlockAndPrivateData

E = TypeVar("E")
B = TypeVar("B", Block, FilteredBlock, BlockAndPrivateData)


class Progress(Protocol[E]):
    """How far a reader has come, and what it has not had yet."""

    @property
    def cursor(self) -> Cursor | None:
        """Where reading goes on; None: where it began."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all that was asked for has come."""
        ...

    def begins_about(self, cursor: Cursor) -> None:
        """Where to go on if the stream breaks before anything came."""
        ...

    def reopened(self) -> None:
        """The peer has been asked from the cursor's block on."""
        ...

    def fresh(self, events: list[E]) -> list[E]:
        """Those that are new of what an answer brought. Raises EventsError at another ledger's."""
        ...


class ChaincodeProgress:
    """How far a reader of a chaincode's events has come.

    A peer that is asked from the cursor's block on tells all events of that block anew. Those
    up to the cursor's transaction are left out here, and that it is among them shows that the
    peer's ledger is the one that was read before.
    """

    complete = False

    def __init__(self, cursor: Cursor | None) -> None:
        self._reached = cursor
        self._about: Cursor | None = None
        self._owed = False

    @property
    def cursor(self) -> Cursor | None:
        """Where reading goes on; None: where it began."""
        return self._reached or self._about

    def begins_about(self, cursor: Cursor) -> None:
        """Where to go on if the stream breaks before anything came."""
        self._about = cursor

    def reopened(self) -> None:
        """The peer was asked from the cursor's block on, so owes the cursor's own event first."""
        self._reached = self.cursor
        self._owed = self._reached is not None and self._reached.transaction_id != ""

    def fresh(self, events: list[ChaincodeEvent]) -> list[ChaincodeEvent]:
        """Those of a block's events that are new. Raises EventsError at another ledger's."""
        if not events:
            return events
        block, reached = events[0].block_number, self._reached
        if reached is not None:
            if block < reached.block:
                return []
            if self._owed or block == reached.block:
                events = self._after(reached, events)
                if not events:
                    return events
        self._reached = Cursor(block, events[-1].transaction_id)
        return events

    def _after(self, reached: Cursor, events: list[ChaincodeEvent]) -> list[ChaincodeEvent]:
        if events[0].block_number == reached.block:
            for place, event in enumerate(events):
                if event.transaction_id == reached.transaction_id:
                    self._owed = False
                    return events[place + 1 :]
        if self._owed:
            raise EventsError(
                "DATA_LOSS",
                f"the peer's block {reached.block} has no event of {events[0].chaincode} by "
                f"transaction {reached.transaction_id}: its ledger is not the one that was read "
                "before, or the cursor is another chaincode's",
            )
        return events


class BlockProgress(Progress[B]):
    """How far a reader of blocks has come; each must be the successor of the one before."""

    def __init__(self, cursor: Cursor | None, stop: int | None) -> None:
        self._reached = cursor
        self._about: Cursor | None = None
        self._stop = stop
        self._hash = b""
        self._some = False

    @property
    def cursor(self) -> Cursor | None:
        """Where reading goes on; None: where it began."""
        return self._reached or self._about

    @property
    def complete(self) -> bool:
        """Whether the last block that was asked for has come."""
        reached = self._reached
        return (
            self._some
            and self._stop is not None
            and reached is not None
            and (reached.block > self._stop)
        )

    def begins_about(self, cursor: Cursor) -> None:
        """Where to go on if the stream breaks before its first block."""
        self._about = cursor

    def reopened(self) -> None:
        """The peer was asked from the cursor's block on."""
        self._reached = self.cursor

    def fresh(self, events: list[B]) -> list[B]:
        """Those blocks that are new. Raises EventsError if one does not follow the one before."""
        return [block for block in events if self._is_new(block)]

    def _is_new(self, block: B) -> bool:
        reached = self._reached
        if reached is not None:
            if block.number < reached.block:
                return False
            if block.number > reached.block:
                raise EventsError(
                    "DATA_LOSS", f"block {reached.block} was left out before {block.number}"
                )
        if not isinstance(block, FilteredBlock):
            whole = block if isinstance(block, Block) else block.block
            if self._hash and whole.previous_hash != self._hash:
                raise EventsError(
                    "DATA_LOSS",
                    f"the peer's block {block.number} does not follow block {block.number - 1} "
                    "as it was read before: its ledger is another one",
                )
            self._hash = whole.hash
        self._reached = Cursor(block.number + 1)
        self._some = True
        return True
