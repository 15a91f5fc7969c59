"""The nodes' logs: one of them, or all of them merged, each line with its node's name."""

from collections.abc import Iterator, Sequence

from weftwork_network.backend import Backend
from weftwork_network.topology import Node, Topology


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


def recent(backend: Backend, nodes: Sequence[Node], lines: int) -> Iterator[str]:
    """The last lines of each node's log."""
    for node in nodes:
        for line in backend.log_lines(node, lines):
            yield _labelled(node.id, line, nodes)


def follow(backend: Backend, nodes: Sequence[Node]) -> Iterator[str]:
    """Lines as they are written, until the caller stops asking."""
    for name, line in backend.follow_logs(nodes):
        yield _labelled(name, line, nodes)


def _labelled(name: str, line: str, nodes: Sequence[Node]) -> str:
    if len(nodes) == 1:
        return line
    width = max(len(each.id) for each in nodes)
    return f"{name:<{width}} | {line}"
