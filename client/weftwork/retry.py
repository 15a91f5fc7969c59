"""When an invalidated transaction is endorsed afresh and submitted again."""

import random
from collections.abc import Collection
from dataclasses import dataclass

from weftwork.ledger.codes import ValidationCode

CONFLICTS: frozenset[ValidationCode] = frozenset(
    {ValidationCode.MVCC_READ_CONFLICT, ValidationCode.PHANTOM_READ_CONFLICT}
)
"""Another transaction changed first what this one had read: the same call may do well next time."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and after which pauses, a ``submit`` is tried anew that the peers invalidated.

    Each attempt is a new transaction, endorsed afresh on what the ledger holds by then. An
    invalidated transaction changed nothing, so a call is still made once; but it may then read
    another's change, which is why nothing is tried anew unless it is asked for.
    """

    attempts: int = 5
    """Attempts in all, the first among them; 1: none is repeated."""
    base: float = 0.1
    """Seconds: the first pause is between 0 and this, each further one between 0 and twice as much
    (full jitter, so that those who collided do not meet again)."""
    cap: float = 2.0
    """Seconds that a pause is at most."""
    codes: Collection[ValidationCode] = CONFLICTS
    """What is tried anew."""
    deadline: float | None = 30.0
    """Seconds after which no further attempt begins; None leaves it to the call's ``timeout``."""

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be meant."""
        if self.attempts < 1:
            raise ValueError(f"Retry(attempts={self.attempts}): the first attempt counts, so >= 1")
        if self.base < 0 or self.cap < 0:
            raise ValueError("Retry: base and cap are seconds and not negative")
        if ValidationCode.VALID in self.codes:
            raise ValueError("Retry(codes=...): VALID is no failure")

    def pause(self, attempts: int) -> float:
        """Seconds to wait after so many attempts, drawn anew at each call."""
        most = min(self.cap, self.base * 2 ** min(attempts - 1, 60))
        return random.uniform(0, most)  # noqa: S311  # spreads load, hides nothing
