"""What a chaincode has done, counted: plain numbers on the event loop's thread, read at a scrape.

Counting is always on, because it costs less than asking whether it is: a few additions a
transaction. No key, value, argument or transient datum is kept, and the labels are bounded: the
contract's own functions, the statuses below, the protocol's own kinds of request.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of a duration's buckets, seconds; a peer gives a transaction up after 30 s."""

UNKNOWN = "unknown"
"""Stands for every function that the contract does not have."""

CANCELLED = "cancelled"
"""Stands for the status of a transaction whose stream was lost."""

_STATUSES = {status: str(status) for status in (200, 400, 403, 404, 409, 500)}


class Durations:
    """A histogram: how many took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: list[int] = [0] * (len(BUCKETS) + 1)
        """How many fell into each bucket, the last one without a bound; not cumulated."""
        self.total: float = 0.0
        """Seconds of all together."""

    def add(self, seconds: float) -> None:
        """Counts one."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Meter:
    """The counts of one chaincode, over all its peers."""

    __slots__ = (
        "_functions",
        "bytes_received",
        "bytes_sent",
        "durations",
        "in_flight",
        "messages_received",
        "messages_sent",
        "peers",
        "refused",
        "requests",
        "transactions",
    )

    def __init__(self, functions: Iterable[str] = ()) -> None:
        self._functions = frozenset(functions)
        self.transactions: Counter[tuple[str, str]] = Counter()
        """Ended transactions by function and status."""
        self.durations: dict[str, Durations] = {}
        """How long they took, by function."""
        self.requests: Counter[int] = Counter()
        """Requests to peers by the protocol's number of their kind."""
        self.in_flight: int = 0
        """Transactions under way."""
        self.refused: int = 0
        """Transactions that were refused before they began, e.g. at shutdown."""
        self.peers: int = 0
        """Streams of peers that have registered."""
        self.messages_received: int = 0
        self.messages_sent: int = 0
        self.bytes_received: int = 0
        self.bytes_sent: int = 0

    def received(self, message: bytes) -> None:
        """A message has come from a peer."""
        self.messages_received += 1
        self.bytes_received += len(message)

    def sent(self, message: bytes) -> None:
        """A message goes to a peer."""
        self.messages_sent += 1
        self.bytes_sent += len(message)

    def ended(self, function: str, status: int | None, seconds: float) -> None:
        """A transaction has ended.

        Args:
            function: as the contract names it; anything else counts as unknown.
            status: of its response; None when its stream was lost.
            seconds: how long it took.
        """
        self.in_flight -= 1
        if function not in self._functions:
            function = UNKNOWN
        self.transactions[function, _shown(status)] += 1
        durations = self.durations.get(function)
        if durations is None:
            durations = self.durations[function] = Durations()
        durations.add(seconds)


def _shown(status: int | None) -> str:
    if status is None:
        return CANCELLED
    # A contract may answer any number: those that are not the runtime's own are told by class.
    return _STATUSES.get(status) or f"{min(max(status // 100, 0), 9)}xx"
