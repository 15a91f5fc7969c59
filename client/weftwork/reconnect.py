"""How a stream of events that breaks is opened again: when, how often, and when not."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from weftwork.errors import EventsError
from weftwork.snapshots import BEFORE_SNAPSHOT

# Asking again, or asking another peer, brings the same answer.
_PERMANENT = frozenset(
    {
        # gRPC
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "NOT_FOUND",
        "UNIMPLEMENTED",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "ALREADY_EXISTS",
        "DATA_LOSS",
        # a peer's Deliver service (Fabric: common.Status)
        "BAD_REQUEST",
        "FORBIDDEN",
        "REQUEST_ENTITY_TOO_LARGE",
        "NOT_IMPLEMENTED",
    }
)


@dataclass(frozen=True)
class Reconnect:
    """When a broken stream is opened again. Pauses double, from the first to the longest."""

    first_pause: float = 0.05
    """Seconds before the first attempt."""
    longest_pause: float = 1.0
    """Seconds that no pause exceeds."""
    jitter: float = 0.5
    """The share of each pause that is left to chance, so that readers do not come all at once."""
    patience: float | None = 300.0
    """Seconds without any answer after which the last error is raised; None tries for ever."""
    on_break: Callable[[EventsError, float], None] | None = None
    """Called at every break with the error, whose ``cursor`` is where reading goes on, and the
    seconds of the pause. It must not wait. What it raises reaches the reader."""

    def __post_init__(self) -> None:
        if not 0 <= self.first_pause <= self.longest_pause:
            raise ValueError("0 <= first_pause <= longest_pause is needed")
        if not 0 <= self.jitter <= 1:
            raise ValueError("jitter is a share, 0 to 1")


def is_transient(error: EventsError, peers: int, *, read: bool = False) -> bool:
    """Whether a stream that broke so may be opened again, at one of so many ``peers``.

    ``read`` says that it has brought something: it goes on where one of them was.
    """
    if peers == 1 and BEFORE_SNAPSHOT in error.message:
        # This peer will never have the blocks; another may.
        return False
    if error.status == "RESOURCE_EXHAUSTED":
        # gRPC's words for a message above max_message_bytes: it would come again.
        return "larger than max" not in error.message
    if error.status == "NOT_FOUND" and read and peers > 1:
        # Deliver refuses a start beyond the next block (common/ledger/blockledger/fileledger):
        # this peer is behind the one at which the stream was.
        return True
    return error.status not in _PERMANENT


class Backoff:
    """The pauses of one stream."""

    def __init__(self, reconnect: Reconnect, clock: Callable[[], float] = time.monotonic) -> None:
        self._reconnect = reconnect
        self._clock = clock
        self._breaks = 0
        self._since: float | None = None
        self._opened = clock()

    @property
    def interrupted(self) -> bool:
        """Whether nothing has been heard since the last break."""
        return self._since is not None

    def opened(self) -> None:
        """The stream was opened."""
        self._opened = self._clock()

    def heard(self) -> None:
        """An answer came: the outage, if there was one, is over."""
        self._breaks = 0
        self._since = None

    def broke(self) -> float | None:
        """Seconds to pause before the stream is opened again; None: enough is enough."""
        now = self._clock()
        settings = self._reconnect
        # A stream with nothing to tell is silent: that it lasted shows that it worked.
        if now - self._opened > 2 * settings.longest_pause + 1:
            self.heard()
        if self._since is None:
            self._since = now
        elif settings.patience is not None and now - self._since >= settings.patience:
            return None
        # Bounded too, since 2**n is not.
        pause = min(settings.first_pause * 2 ** min(self._breaks, 30), settings.longest_pause)
        self._breaks += 1
        # Not for secrets: it spreads the readers.
        return pause * (1 - settings.jitter * random.random())  # noqa: S311
