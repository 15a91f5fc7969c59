"""What a chaincode wrote in earlier calls of one and the same transaction.

A chaincode that is called twice in a transaction runs twice, and what it wrote the first time it
cannot read the second time: the peer answers from the committed state. Nobody tells it so, hence
this memory, which lasts as long as such a transaction can.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from weftwork_chaincode.batch import Place, WriteBuffer

_MOST = 10_000
"""Most transactions that are remembered."""

_KEPT = 30.0
"""Seconds: the peer's ``executetimeout``, within which all calls of a transaction have been."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where earlier calls wrote.

    Attributes:
        values: collections (empty: public) and keys that were written or deleted.
        policies: those whose own policy was set.
    """

    values: frozenset[Place]
    policies: frozenset[Place]

    def within(self, collection: str, start: str, end: str) -> bool:
        """Whether a key in the half-open range was written; an empty end has no bound."""
        return any(
            where == collection and start <= key and (not end or key < end)
            for where, key in self.values
        )


class CalledWrites:
    """The writes of called chaincodes on one peer's stream, by channel and transaction."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[tuple[str, str], tuple[float, Written]] = {}

    def __len__(self) -> int:
        return len(self._written)

    def of(self, transaction: tuple[str, str]) -> Written | None:
        """What earlier calls of a transaction wrote; None where there were none that did."""
        if not self._written:
            return None
        found = self._written.get(transaction)
        return found[1] if found is not None and found[0] > self._clock() else None

    def remember(self, transaction: tuple[str, str], writes: WriteBuffer) -> None:
        """Adds what a call wrote."""
        self._forget()
        values, policies = writes.places()
        before = self._written.pop(transaction, None)
        if before is not None:
            values |= before[1].values
            policies |= before[1].policies
        self._written[transaction] = (self._clock() + _KEPT, Written(values, policies))

    def forget(self, transaction: tuple[str, str]) -> None:
        """A transaction of this id begins anew."""
        self._written.pop(transaction, None)

    def _forget(self) -> None:
        # In the order of their ends: each was put last when it was written.
        now = self._clock()
        while self._written:
            oldest = next(iter(self._written))
            if len(self._written) < _MOST and self._written[oldest][0] > now:
                return
            del self._written[oldest]
