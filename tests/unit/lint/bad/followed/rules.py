"""Rules that a contract reaches."""

import time


def later(at: int) -> int:
    return _skew() + at


def _skew() -> int:
    return time.time_ns()  # bad: clock


class Ledger:
    def __init__(self) -> None:
        self._names = {"a", "b"}

    def names(self) -> list[str]:
        return [name for name in self._names]  # bad: set-order


def never_called() -> int:
    return time.time_ns()
