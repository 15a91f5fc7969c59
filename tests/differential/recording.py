"""A side's answers kept, so that they can be compared again without it."""

from collections.abc import Sequence
from typing import Any

from tests.differential.steps import Block, Call, Outcome, Side


class Recording:
    """Passes everything on to a side and keeps what it answered."""

    def __init__(self, side: Side) -> None:
        self.name = side.name
        self._side = side
        self._answers: list[tuple[str, Any, Any]] = []

    def endorse(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """The side's."""
        return self._kept("endorse", calls)

    def ask(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """The side's."""
        return self._kept("ask", calls)

    def order(self, batches: Sequence[Sequence[str]]) -> list[Block]:
        """The side's."""
        return self._kept("order", batches)

    def replay(self) -> "Replay":
        """The answers once more, from the first on."""
        return Replay(self.name, self._answers)

    def _kept(self, method: str, question: Any) -> Any:
        answer = getattr(self._side, method)(question)
        self._answers.append((method, question, answer))
        return answer


class Replay:
    """Answers as the recorded side did, as long as it is asked the same."""

    def __init__(self, name: str, answers: list[tuple[str, Any, Any]]) -> None:
        self.name = name
        self._answers = iter(answers)

    def endorse(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """As recorded."""
        return self._next("endorse", calls)

    def ask(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """As recorded."""
        return self._next("ask", calls)

    def order(self, batches: Sequence[Sequence[str]]) -> list[Block]:
        """As recorded."""
        return self._next("order", batches)

    def _next(self, method: str, question: Any) -> Any:
        recorded, asked, answer = next(self._answers)
        if (recorded, asked) != (method, question):
            raise AssertionError(f"recorded was {recorded} {asked}, asked is {method} {question}")
        return answer
