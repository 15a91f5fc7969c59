"""Runs the same steps on two sides and stops at the first difference."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.differential.coverage import Coverage
from tests.differential.generator import Generator
from tests.differential.steps import Call, Outcome, Side


class Difference(AssertionError):
    """The sides differ; the text says where and how."""


class Comparison:
    """One run: the reference first, which says how the blocks were cut, then the other.

    Attributes:
        coverage: What each side has been through, by its name.
    """

    def __init__(self, seed: int, reference: Side, other: Side) -> None:
        self._seed = seed
        self._sides = (reference, other)
        self._generator = Generator(seed)
        self._step = 0
        self.coverage: dict[str, Coverage] = {side.name: Coverage() for side in self._sides}

    def run(self, steps: int) -> None:
        """Runs so many steps, a block each. Raises Difference."""
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        """Endorses, asks, orders, and looks at the whole state. Raises Difference."""
        generator = self._generator
        step = generator.step() if self._step else generator.first()
        self._step += 1
        endorsed = self._both("endorse", step.calls)
        self._both("ask", step.questions)
        labels = [label for label, outcome in endorsed.items() if outcome.ok]
        self._order(generator.blocks(labels))
        self._both("ask", generator.state())

    def _both(self, method: str, calls: Sequence[Call]) -> Mapping[str, Outcome]:
        outcomes = [getattr(side, method)(calls) for side in self._sides]
        for side, found in zip(self._sides, outcomes, strict=True):
            for call in calls:
                self.coverage[side.name].answered(call, found[call.label])
        first, second = outcomes
        for call in calls:
            if first[call.label] != second[call.label]:
                raise self._difference(
                    f"{method} {call}", _told(first[call.label]), _told(second[call.label])
                )
        return first

    def _order(self, batches: Sequence[Sequence[str]]) -> None:
        reference, other = self._sides
        blocks = reference.order(batches)
        # where the orderer's clock has cut a block early, the other's is cut there too
        mirrored = other.order([[entry.label for entry in block] for block in blocks])
        for number, (one, two) in enumerate(zip(blocks, mirrored, strict=True)):
            for side, block in zip(self._sides, (one, two), strict=True):
                self.coverage[side.name].cut(block)
            if one != two:
                raise self._difference(f"block {number} of {len(blocks)}", one, two)

    def _difference(self, where: str, one: Any, two: Any) -> Difference:
        names = [side.name for side in self._sides]
        told = [f"seed {self._seed}, step {self._step}: {where}"]
        for left, right in _apart(one, two):
            told += [f"  {names[0]:8} {left}", f"  {names[1]:8} {right}"]
        return Difference("\n".join(told))


def _told(outcome: Outcome) -> Any:
    return outcome.result if outcome.ok else outcome


def _apart(one: Any, two: Any) -> list[tuple[str, str]]:
    """The parts that differ: place by place where both are lists of one length."""
    if isinstance(one, list | tuple) and isinstance(two, list | tuple) and len(one) == len(two):
        pairs = zip(one, two, strict=True)
        return [
            (f"[{place}] {_text(a)}", f"[{place}] {_text(b)}")
            for place, (a, b) in enumerate(pairs)
            if a != b
        ]
    return [(_text(one), _text(two))]


def _text(value: Any) -> str:
    try:
        return json.dumps(value)[:2000]
    except TypeError:
        return str(value)[:2000]
