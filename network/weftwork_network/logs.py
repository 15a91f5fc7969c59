"""The nodes' logs: one of them, or all of them merged, each line with its node's name."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from weftwork_network.processes import last_lines
from weftwork_network.state import State
from weftwork_network.topology import Node, Topology

_POLL = 0.3


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
            node
            for node in topology.nodes
            if name in (node.id, node.department.lower(), node.department)
        ]
        if not found:
            raise KeyError(name)
        chosen += [node for node in found if node not in chosen]
    return chosen


def recent(state: State, nodes: Sequence[Node], lines: int) -> Iterator[str]:
    """The last lines of each node's log."""
    for node in nodes:
        for line in last_lines(state.log(node), lines):
            yield _labelled(node, line, nodes)


def follow(state: State, nodes: Sequence[Node]) -> Iterator[str]:
    """Lines as they are written, until the caller stops asking."""
    places = {node.id: _size(state.log(node)) for node in nodes}
    while True:
        for node in nodes:
            path = state.log(node)
            if _size(path) < places[node.id]:
                places[node.id] = 0  # the node was started anew, and its log with it
            if _size(path) == places[node.id]:
                continue
            with path.open("rb") as file:
                file.seek(places[node.id])
                content = file.read()
            # A line that is still being written waits for its end.
            whole = content[: content.rfind(b"\n") + 1]
            places[node.id] += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                yield _labelled(node, line, nodes)
        time.sleep(_POLL)


def _labelled(node: Node, line: str, nodes: Sequence[Node]) -> str:
    if len(nodes) == 1:
        return line
    width = max(len(each.id) for each in nodes)
    return f"{node.id:<{width}} | {line}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
