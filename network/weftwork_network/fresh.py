"""Nodes that have joined no channel yet: a start that was cut short may leave them unusable.

A peer or an orderer that is ended while it makes its databases panics at every later start. Until
it has answered for the first time it holds nothing that another start would not make again.
"""

from collections.abc import Sequence

from weftwork_network.backend import Backend
from weftwork_network.state import State, write_file
from weftwork_network.topology import Node

_MARK = "has answered at no start yet\n"


def begin(state: State, backend: Backend, nodes: Sequence[Node]) -> None:
    """Marks those of the nodes that start for the first time, before they are started.

    What an earlier first start has left is deleted: it did not last until the node answered.

    Args:
        state: the state folder.
        backend: where the nodes run.
        nodes: orderers and peers that do not run.

    Raises:
        EngineError: the container engine does not answer.
        OSError: the mark cannot be written.
    """
    with_data = backend.with_data(nodes)
    unfinished = [node for node in nodes if state.first_start(node).exists()]
    backend.discard_data([node for node in unfinished if node.id in with_data])
    for node in nodes:
        if node.id not in with_data and node not in unfinished:
            write_file(state.first_start(node), _MARK)


def answered(state: State, node: Node) -> None:
    """Takes note that a node has answered; what it keeps from now on is its ledger."""
    state.first_start(node).unlink(missing_ok=True)
