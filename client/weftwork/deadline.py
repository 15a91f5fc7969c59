"""One time limit over several calls."""

import time


class Deadline:
    """A moment by which an operation of several calls must have ended."""

    def __init__(self, timeout: float | None) -> None:
        """``timeout`` is in seconds from now; None sets no limit."""
        self._end = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Seconds that the next call may take; None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())
