"""The comment that allows a finding: ``# weftwork: allow RULE: why it is right here``."""

import io
import re
import tokenize
from collections.abc import Iterable

from weftwork_chaincode.lint.findings import Finding
from weftwork_chaincode.lint.rules import RULES

_COMMENT = re.compile(r"#\s*weftwork:\s*allow\b(?P<rest>.*)")
_FORM = re.compile(r"\s+(?P<rules>[a-z-]+(?:\s*,\s*[a-z-]+)*)\s*:\s*(?P<reason>\S.*)")
_SHORTEST_REASON = 8


def allowed(path: str, source: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one file that no comment allows, and what is wrong with the comments.

    A comment allows what is on its own line, or alone on a line what is on the next line of code.
    """
    left = list(findings)
    lines = source.splitlines()
    for line, column, rest in _comments(source):
        form = _FORM.fullmatch(rest)
        problem = ""
        if form is None or len(form["reason"].strip()) < _SHORTEST_REASON:
            problem = "the comment allows something without a rule and a reason"
        else:
            rules = [name.strip() for name in form["rules"].split(",")]
            target = _target(lines, line)
            for rule in rules:
                kept = [item for item in left if item.rule != rule or item.line != target]
                if rule not in RULES or rule == "suppression":
                    problem = f"there is no rule {rule!r}"
                elif len(kept) == len(left):
                    problem = f"nothing here falls under {rule!r} any more"
                left = kept
        if problem:
            left.append(Finding(path, line, column, "suppression", problem))
    return sorted(left)


def _comments(source: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    if "weftwork:" not in source:
        return found
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if match is not None:
            found.append((token.start[0], token.start[1] + 1, match["rest"].rstrip()))
    return found


def _target(lines: list[str], line: int) -> int:
    """The line that a comment speaks of."""
    if not lines[line - 1].lstrip().startswith("#"):
        return line
    for place in range(line, len(lines)):
        text = lines[place].strip()
        if text and not text.startswith("#"):
            return place + 1
    return line
