"""A finding: how grave it is, where it is, what is wrong and what to do about it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from weftwork_network.faults import Fault

Severity = Literal["error", "warning"]

_PLACED = re.compile(r"(?P<where>[^\s:]+:[0-9]+): (?P<text>.+)", re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        severity: `error` where the network cannot run or does not run as its files say,
            `warning` where it runs and somebody should know.
        check: the check that found it, e.g. `certificates`.
        where: a file and its line, or a node.
        text: what is wrong; what to do.
    """

    severity: Severity
    check: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.text}"


def error(check: str, where: str, text: str) -> Finding:
    """A finding of an error."""
    return Finding("error", check, where, text)


def warning(check: str, where: str, text: str) -> Finding:
    """A finding of a warning."""
    return Finding("warning", check, where, text)


def of_faults(check: str, faults: Iterable[Fault]) -> list[Finding]:
    """The faults of files, as errors."""
    return [
        error(check, f"{fault.file}:{fault.line}" if fault.line else fault.file, fault.text)
        for fault in faults
    ]


def of_lines(check: str, where: str, lines: Iterable[str]) -> list[Finding]:
    """Lines, some with a `file:line: ` of their own, as errors; `where` is for the others."""
    found: list[Finding] = []
    for line in lines:
        placed = _PLACED.match(line)
        if placed is None:
            found.append(error(check, where, line))
        else:
            found.append(error(check, placed["where"], placed["text"]))
    return found
