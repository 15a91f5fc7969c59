"""Time limits: of one call, and one over several."""

import math
import time
from typing import Final

from weftwork.errors import ArgumentError

_NEVER: Final = 1e9
"""Seconds, thirty years: gRPC takes a much larger limit for one that is over already."""


def limit(timeout: float | None) -> float | None:
    """A call's time limit in seconds as gRPC takes it; None sets none, nor does infinity.

    Raises ArgumentError for what is no number.
    """
    if timeout is None:
        return None
    try:
        wrong = math.isnan(timeout)
    except TypeError:
        wrong = True
    if wrong:
        raise ArgumentError(f"a timeout is a number of seconds or None, not {timeout!r}")
    return None if timeout > _NEVER else timeout


class Deadline:
    """A moment by which an operation of several calls must have ended."""

    __slots__ = ("_end", "seconds")

    def __init__(self, timeout: float | None) -> None:
        """``timeout`` is in seconds from now; None sets no limit. Raises ArgumentError."""
        try:
            usual = timeout is None or timeout < _NEVER
        except TypeError:
            usual = False
        if not usual:
            timeout = limit(timeout)
        self.seconds: float | None = timeout
        """What it began with, as gRPC takes it; None sets no limit."""
        self._end = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Seconds that the next call may take; None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())
