"""Which of several gateway peers is asked: the one that works, until it fails.

One peer is kept for all calls while it answers, so that who submitted reads what was committed:
another peer of the department may be a block behind. A peer that failed is left out for a while,
longer each time it fails again, and asked after that, or before where no other answers.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from weftwork.logs import PEERS

FIRST_REST = 0.5
"""Seconds that a peer is left out after it failed once; twice that after each further failure."""
LONGEST_REST = 30.0
"""Seconds that a peer is left out at most."""

_DROPPED = ("Stream removed", "Socket closed", "RST_STREAM", "GOAWAY", "Connection reset")
# A gateway's own words (internal/pkg/gateway/submit.go, registry.go).
_OTHERS = ("orderer", "failed to find any endorsing peers")
_LATE = 1.0


@dataclass(frozen=True, slots=True)
class PeerHealth:
    """How one gateway peer has fared, as seen by this gateway's calls."""

    name: str
    """Its name in the profile; its address where it came without one."""
    target: str
    """``host:port``."""
    preferred: bool
    """Whether the next call goes to it."""
    healthy: bool
    """Whether it answered when it was last asked; True for one that was not asked yet."""
    failures: int
    """Failures in a row."""
    resting: float
    """Seconds that it is left out yet, 0 for one that may be asked in its turn."""
    error: str
    """What its last failure was, empty for a healthy one."""


class Roster:
    """The order in which peers are asked. Any number of threads may share it."""

    def __init__(self, peers: Sequence[tuple[str, str]]) -> None:
        """``peers`` are names and addresses, the one to ask first first."""
        self._standings = [_Standing(name, target) for name, target in peers]
        self._preferred = 0
        self._lock = threading.Lock()

    @property
    def preferred(self) -> int:
        """Place of the peer that the next call goes to."""
        return self._preferred

    @property
    def is_settled(self) -> bool:
        """Whether the preferred peer is well, so that it is asked first: it need not be sought."""
        return not self._standings[self._preferred].failures

    def has_other(self, place: int) -> bool:
        """Whether a peer other than this one may be asked now."""
        with self._lock:
            now = time.monotonic()
            return any(
                standing.due <= now
                for other, standing in enumerate(self._standings)
                if other != place
            )

    def order(self) -> list[int]:
        """Places of all peers: the healthy ones from the preferred on, then those that rest."""
        with self._lock:
            return self._order(time.monotonic())

    def answered(self, place: int, began: float) -> None:
        """A peer answered, be it with a refusal, what it was asked at ``began`` (monotonic)."""
        standing = self._standings[place]
        if not standing.failures and place == self._preferred:
            return
        with self._lock:
            if began < standing.failed:
                # One that stops answers what it has begun, and takes nothing more.
                return
            standing.failures, standing.due, standing.error = 0, 0.0, ""
            # It answered after all others had failed: it is the one that works.
            if self._standings[self._preferred].due:
                self._preferred = place

    def failed(self, place: int, error: str) -> None:
        """A peer did not answer."""
        with self._lock:
            standing, now = self._standings[place], time.monotonic()
            if standing.due <= now:
                # Calls that were under way together fail together: that is one failure, and the
                # first of them names it.
                standing.error = error
                standing.failures += 1
                standing.failed = now
                rest = min(FIRST_REST * 2 ** min(standing.failures - 1, 30), LONGEST_REST)
                standing.due = now + rest
                PEERS.warning(
                    "peer %s failed, others are asked for %.1f s: %s", standing.target, rest, error
                )
            if place == self._preferred:
                self._preferred = self._order(now)[0]

    def view(self) -> tuple[PeerHealth, ...]:
        """All peers' health, in the order in which they were given."""
        with self._lock:
            now = time.monotonic()
            first = self._order(now)[0]
            return tuple(
                PeerHealth(
                    name=standing.name,
                    target=standing.target,
                    preferred=place == first,
                    healthy=not standing.failures,
                    failures=standing.failures,
                    resting=max(0.0, standing.due - now),
                    error=standing.error,
                )
                for place, standing in enumerate(self._standings)
            )

    def _order(self, now: float) -> list[int]:
        count = len(self._standings)
        circle = [(self._preferred + step) % count for step in range(count)]
        return sorted(circle, key=lambda place: max(0.0, self._standings[place].due - now))


@dataclass(slots=True)
class _Standing:
    name: str
    target: str
    failures: int = 0
    failed: float = 0.0
    due: float = 0.0
    error: str = ""


def is_broken(error: grpc.RpcError) -> bool:
    """Whether a call failed because of its peer or the way there: another peer may answer.

    A gateway says UNAVAILABLE too where it is well itself but the orderers, or the peers it asked
    for others, are not: that would be the same at any other gateway.
    """
    call: Any = error
    code, words = call.code(), call.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE:
        told = any(key == "grpc-status-details-bin" for key, _ in call.trailing_metadata() or ())
        return not told and not any(sign in words for sign in _OTHERS)
    if code in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED):
        return code is grpc.StatusCode.CANCELLED or any(sign in words for sign in _DROPPED)
    return False


def is_reset(error: grpc.RpcError) -> bool:
    """Whether the other side gave the call up."""
    call: Any = error
    return call.code() is grpc.StatusCode.CANCELLED


def is_late(error: grpc.RpcError) -> bool:
    """Whether the time for an answer ran out."""
    call: Any = error
    return call.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def is_silent(path: str, error: grpc.RpcError, limit: float | None) -> bool:
    """Whether a peer had time to answer and did not: it may hang, so another is asked next.

    A commit may take as long as it likes, and an order is the orderers' to take.
    """
    call: Any = error
    late = is_late(error)
    # The peer's own words for a time that ran out are an answer.
    told = "timeout expired" in (call.details() or "")
    asked = path.endswith(("/Evaluate", "/Endorse"))
    return late and asked and not told and limit is not None and limit >= _LATE
