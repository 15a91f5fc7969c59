"""What the lint says: findings, each with its place, its rule and what to write instead."""

from dataclasses import dataclass, field
from pathlib import Path

from weftwork_chaincode.lint.rules import RULES


class LintError(Exception):
    """The lint was given what it cannot read: no such file, no Python, no contract."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place whose result may differ between two departments' peers."""

    path: str
    line: int
    column: int
    """From 1, in characters."""

    rule: str
    """One of :data:`weftwork_chaincode.lint.rules.RULES`."""

    message: str
    """What was found there."""

    reached: str = field(default="", compare=False)
    """The contract function by which the place is reached; empty where all of a file was asked."""

    @property
    def instead(self) -> str:
        """What to write instead."""
        return RULES[self.rule].instead

    def __str__(self) -> str:
        via = f" (reached from {self.reached})" if self.reached else ""
        place = f"{self.path}:{self.line}:{self.column}"
        return f"{place}: {self.rule}: {self.message}{via}; {self.instead}"


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one run, in the order of their places."""

    findings: tuple[Finding, ...]
    contracts: tuple[str, ...]
    """The contract classes that were found, ``module.Class``."""

    files: tuple[Path, ...]
    """The files some part of which was looked at."""
