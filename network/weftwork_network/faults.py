"""Faults in a file: where each is and what to do about it, collected and told at once."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_LONGEST = 600
_KEPT_END = 200


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
    _known: set[Fault] = field(default_factory=set[Fault])

    def add(self, line: int, text: str) -> None:
        """Records a fault at a line of this file (0: the whole file)."""
        fault = Fault(self.file, line, one_line(text))
        if fault not in self._known:
            self._known.add(fault)
            self.found.append(fault)


def one_line(text: str) -> str:
    """Text from a file as it can be shown: on one line, not endless, nothing a terminal obeys."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - _KEPT_END]} … {text[-_KEPT_END:]}"
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def shown(path: Path) -> str:
    """A path as the reader would type it: relative to the working folder where that is shorter."""
    try:
        relative = Path(os.path.abspath(path)).relative_to(Path.cwd())
    except ValueError:
        return str(path)
    return str(relative)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known word is close, else the list of what is known."""
    candidates = sorted(known)
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known here: {', '.join(candidates) or 'none'}"
