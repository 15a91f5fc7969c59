"""Faults in a file: where each is and what to do about it, collected and told at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: `file:line: what is wrong; what to do`.

    Attributes:
        file: the file as the reader would open it.
        line: counted from 1; 0 when the fault is the whole file's.
        text: what is wrong and what to do, one line.
    """

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass
class Faults:
    """Collects the faults of one file."""

    file: str
    found: list[Fault] = field(default_factory=list[Fault])

    def add(self, line: int, text: str) -> None:
        """Records a fault at a line of this file (0: the whole file)."""
        fault = Fault(self.file, line, text)
        if fault not in self.found:
            self.found.append(fault)


def shown(path: Path) -> str:
    """A path as the reader would type it: relative to the working folder where that is shorter."""
    try:
        relative = path.resolve().relative_to(Path.cwd())
    except ValueError:
        return str(path)
    return str(relative)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known word is close, else the list of what is known."""
    candidates = sorted(known)
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known here: {', '.join(candidates)}" if candidates else ""
