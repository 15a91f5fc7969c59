"""Signature policies: Fabric's words for them read, checked against the departments, written."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_DIGITS = 9  # a count with more is refused for its size whatever it is exactly
_CURE = "write one such as AND('EnergyMSP.peer', OR('CivicMSP.peer', 'PropertyMSP.peer'))"
ROLES = frozenset({"member", "admin", "client", "peer", "orderer"})

_WORD = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][A-Za-z0-9]*)|(?P<number>[0-9]+)|'(?P<name>[^']*)'|(?P<mark>[(),]))"
)


class PolicyError(ValueError):
    """A signature policy that cannot be read; the text says what was expected and where."""


@dataclass(frozen=True)
class Principal:
    """A role in a department: `'EnergyMSP.peer'`."""

    mspid: str
    role: str

    def __str__(self) -> str:
        return f"'{self.mspid}.{self.role}'"


@dataclass(frozen=True)
class OutOf:
    """At least `count` of the `rules` are met."""

    count: int
    rules: "tuple[Rule, ...]"

    def __str__(self) -> str:
        members = ", ".join(str(rule) for rule in self.rules)
        if self.count == 1:
            return f"OR({members})"
        if self.count == len(self.rules):
            return f"AND({members})"
        return f"OutOf({self.count}, {members})"


Rule: TypeAlias = Principal | OutOf


def parse_policy(text: str) -> Rule:
    """Reads a signature policy: `AND(…)`, `OR(…)`, `OutOf(n, …)` over `'MSP.role'`.

    Raises:
        PolicyError: the text is no policy.
    """
    try:
        return _PolicyReader(text).read()
    except RecursionError:
        raise PolicyError("it is nested too deeply; take levels out") from None


def principals(rule: Rule) -> list[Principal]:
    """Every principal that a policy names, in the order written."""
    if isinstance(rule, Principal):
        return [rule]
    return [principal for member in rule.rules for principal in principals(member)]


def satisfied(rule: Rule, mspids: Collection[str]) -> bool:
    """Whether a policy over peers can be met by peers of these departments."""
    if isinstance(rule, Principal):
        return rule.mspid in mspids
    return sum(satisfied(member, mspids) for member in rule.rules) >= rule.count


def any_peer(mspids: Iterable[str]) -> Rule:
    """A peer of any one of the departments."""
    return OutOf(1, tuple(Principal(mspid, "peer") for mspid in mspids))


def any_member(mspids: Iterable[str]) -> Rule:
    """Any identity of any one of the departments: who may hold a collection's data.

    Not `.peer`: Fabric asks this policy also of the client that reads with member-only read
    (core/common/privdata/store.go), and a client is no peer.
    """
    return OutOf(1, tuple(Principal(mspid, "member") for mspid in mspids))


def authority_policy(authority: str, mspids: Sequence[str]) -> Rule:
    """A peer of the creating department and a peer of one of the others: nobody mints alone."""
    others = [mspid for mspid in mspids if mspid != authority]
    own = Principal(authority, "peer")
    return OutOf(2, (own, any_peer(others))) if others else any_peer([authority])


def majority_policy(mspids: Sequence[str]) -> Rule:
    """Peers of more than half of the departments."""
    peers = tuple(Principal(mspid, "peer") for mspid in mspids)
    return OutOf(len(peers) // 2 + 1, peers)


class _PolicyReader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._kind = ""
        self._read = ""
        self._next()

    def read(self) -> Rule:
        rule = self._rule()
        if self._kind != "end":
            raise self._error("nothing more")
        if isinstance(rule, Principal):
            raise PolicyError(f"a principal alone is none; write OR({rule})")
        return rule

    def _rule(self) -> Rule:
        if self._kind == "name":
            return self._principal()
        if self._kind != "word" or self._read.lower() not in {"and", "or", "outof"}:
            raise self._error("AND, OR, OutOf or a quoted 'MSP.role'")
        word = self._read.lower()
        self._next()
        self._take("(")
        count = self._count() if word == "outof" else 0
        rules = [self._rule()]
        while self._sees(","):
            self._next()
            rules.append(self._rule())
        self._take(")")
        if word != "outof":
            count = len(rules) if word == "and" else 1
        if not 1 <= count <= len(rules):
            raise PolicyError(f"OutOf asks for {count} of {len(rules)}; write 1 to {len(rules)}")
        return OutOf(count, tuple(rules))

    def _count(self) -> int:
        if self._kind != "number":
            raise self._error("a number")
        count = int(self._read[:_DIGITS])
        self._next()
        self._take(",")
        return count

    def _principal(self) -> Principal:
        mspid, dot, role = self._read.rpartition(".")
        if not dot or not mspid or role not in ROLES:
            raise PolicyError(
                f"'{self._read}' is no principal; write 'MSP.role' with a role of "
                f"{', '.join(sorted(ROLES))}"
            )
        self._next()
        return Principal(mspid, role)

    def _take(self, mark: str) -> None:
        if not self._sees(mark):
            raise self._error(f"'{mark}'")
        self._next()

    def _sees(self, mark: str) -> bool:
        return self._kind == "mark" and self._read == mark

    def _next(self) -> None:
        rest = self._text[self._at :]
        if not rest.strip():
            self._kind, self._read = "end", ""
            return
        found = _WORD.match(self._text, self._at)
        if found is None:
            self._kind, self._read = "unknown", rest.strip()[:12]
            return
        self._kind = found.lastgroup or ""
        self._read = found.group(self._kind)
        self._at = found.end()

    def _error(self, expected: str) -> PolicyError:
        found = f"'{self._read}'" if self._read else "the end"
        return PolicyError(f"expected {expected}, found {found}; {_CURE}")
