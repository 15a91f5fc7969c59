"""The nodes' logs as one: merged in the order of time, filtered, also by transaction."""

import datetime
import heapq
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from weftwork_network.backend import Backend
from weftwork_network.log_entries import LEVELS, Entry, at_least, continued, entries, parsed
from weftwork_network.log_transactions import LoggedTransaction
from weftwork_network.topology import Node, Topology

_FIRST_READ = 400
# A transaction is looked for far back, and each read of a container's log is a program started.
_FIRST_SEARCH = 20_000
_GROWS = 16
# Fewer lines than this part of those asked for: there are no more, however many containers a node
# has that share them.
_WHOLE = 8
_AT_ONCE = 8
# What is logged of a transaction before its client's own clock says that it began.
_CLOCKS_APART = datetime.timedelta(minutes=2)
_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Wanted:
    """Which entries are wanted.

    Attributes:
        level: the least grave one.
        since: none from before.
        transaction: only what tells of it.
    """

    level: str = LEVELS[0]
    since: datetime.datetime | None = None
    transaction: LoggedTransaction | None = None

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self.level == LEVELS[0] and self.transaction is None

    @property
    def oldest(self) -> datetime.datetime | None:
        """Nothing that was written before is wanted."""
        begun = self.transaction.begun if self.transaction is not None else None
        bounds = [each for each in (self.since, begun and begun - _CLOCKS_APART) if each]
        return max(bounds, default=None)

    def has(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        if entry.level not in at_least(self.level):
            return False
        if self.since is not None and (entry.time or _LONG_AGO) < self.since:
            return False
        return self.transaction is None or self.transaction.is_told_by(entry)


def chosen_nodes(topology: Topology, names: Sequence[str]) -> list[Node]:
    """The nodes that some names mean: nodes, or departments with all of their nodes.

    Raises:
        KeyError: a name means nothing here.
    """
    if not names:
        return list(topology.nodes)
    chosen: list[Node] = []
    for name in names:
        found = [
            node for node in topology.nodes if name.lower() in (node.id, node.department.lower())
        ]
        if not found:
            raise KeyError(name)
        chosen += [node for node in found if node not in chosen]
    return chosen


def recent(
    backend: Backend, nodes: Sequence[Node], wanted: Wanted, most: int | None
) -> list[Entry]:
    """The last wanted entries of all nodes together, oldest first.

    Args:
        backend: where the logs are.
        nodes: whose.
        wanted: which.
        most: how many; None for all there are.
    """

    def last(node: Node) -> list[Entry]:
        return _last_entries(backend, node, wanted, most)

    backend.recorded()  # asks the engine once, before all at once would
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = list(pool.map(last, nodes))
    merged = list(heapq.merge(*found, key=_when))
    return merged if most is None else merged[len(merged) - min(most, len(merged)) :]


def follow(lines: Iterable[tuple[str, str]], wanted: Wanted) -> Iterator[Entry]:
    """Wanted entries as they are written, until the caller stops asking.

    Args:
        lines: each line with the name of its node.
        wanted: which entries; a line that goes on with the one before is one by itself here.
    """
    last: dict[str, Entry] = {}
    for node, line in lines:
        entry = parsed(node, line)
        if entry is None:
            before = last.get(node)
            if before is None or continued(before, line) is before or not wanted.has(before):
                continue
            yield Entry(node, before.time, before.level, f"  {line.strip()}")
            continue
        last[node] = entry
        if wanted.has(entry):
            yield entry


def _last_entries(backend: Backend, node: Node, wanted: Wanted, most: int | None) -> list[Entry]:
    """A node's last wanted entries: read from the end, more and more until there are enough."""
    lines = max(_FIRST_READ, 2 * (most or 0))
    if wanted.transaction is not None:
        begun = wanted.transaction.begun is not None
        lines = _FIRST_READ * _GROWS if begun else _FIRST_SEARCH
    before = -1
    while True:
        read = backend.log_lines(node, lines)
        # Of several containers one after the other: in the order of time only once sorted.
        found = sorted(_timed(list(entries(node.id, read))), key=_when)
        chosen = [entry for entry in found if wanted.has(entry)]
        enough = most is not None and len(chosen) >= most
        oldest = found[0].time if found else None
        past = wanted.oldest is not None and oldest is not None and oldest < wanted.oldest
        past = past and node.kind != "chaincode"
        if enough or past or len(read) == before or len(read) < lines // _WHOLE:
            return chosen if most is None else chosen[len(chosen) - min(most, len(chosen)) :]
        before = len(read)
        lines *= _GROWS


def _timed(found: Sequence[Entry]) -> Iterator[Entry]:
    """Entries with a time each: what does not say when it was is of the time of the one before."""
    time: datetime.datetime | None = None
    for entry in found:
        time = entry.time or time
        yield entry if entry.time else Entry(entry.node, time, entry.level, entry.text)


def _when(entry: Entry) -> datetime.datetime:
    return entry.time or _LONG_AGO
