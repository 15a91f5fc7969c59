"""Where a reader of events stands: small enough for a column of its own database."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"(0|[1-9][0-9]{0,19})(?::([!-~]+))?")
_LAST = 2**64 - 1


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a channel's ledger: what comes after it has not been handled yet.

    Every event has one, ``event.cursor``. Store it in the transaction that stores what the event
    brought, and hand it to ``checkpoint=``: the next event is the one after it, exactly. It means
    the same as the state of an official client's checkpointer.
    """

    block: int
    """Number of the block in which the next event is expected."""
    transaction_id: str = ""
    """The last transaction of that block that has been handled; empty: none of it has been."""

    def __post_init__(self) -> None:
        if not 0 <= self.block <= _LAST:
            raise ValueError(f"a block's number is 0 to 2^64-1, not {self.block}")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that ``str`` wrote, ``12`` or ``12:<transaction id>``. Raises ValueError."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"not a cursor, which is like 12 or 12:<transaction id>: {text!r:.80}")
        return cls(int(found.group(1)), found.group(2) or "")

    def __str__(self) -> str:
        return f"{self.block}:{self.transaction_id}" if self.transaction_id else str(self.block)
