"""How a long command tells what it is doing, and how long each part took."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Takes what a command has to say while it works."""

    def say(self, line: str) -> None:
        """A line that stays."""
        ...

    def doing(self, text: str) -> None:
        """What is being done right now; the next one takes its place."""
        ...


class Silent:
    """Says nothing: for programs and tests."""

    def say(self, line: str) -> None:
        """Drops it."""

    def doing(self, text: str) -> None:
        """Drops it."""


class Stopwatch:
    """Measures a command and its phases.

    Attributes:
        phases: seconds by phase, in the order begun.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._started = time.perf_counter()
        self.phases: dict[str, float] = {}

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Measures the body as a phase and shows its name meanwhile."""
        self._progress.doing(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self.phases[name] = self.phases.get(name, 0.0) + spent
