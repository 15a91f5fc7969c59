"""Where the nodes run: the seam between what a network is and how its programs are run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from weftwork_network.packages import Package
from weftwork_network.processes import Record
from weftwork_network.topology import Member, Node


class Backend(Protocol):
    """Starts and stops nodes; knows nothing of channels."""

    name: str
    """How it is called where a person reads it, e.g. `processes`."""

    def start(self, node: Node) -> None:
        """Starts an orderer or a peer.

        Raises:
            NodeError: it cannot be started.
        """
        ...

    def start_chaincode(
        self, member: Member, packages: Sequence[Package], contracts: Mapping[str, str]
    ) -> None:
        """Starts a department's chaincode process.

        Args:
            member: the department.
            packages: what it serves.
            contracts: classes to serve in place of the approved ones, by chaincode.

        Raises:
            NodeError: it cannot be started.
        """
        ...

    def chaincode_listens(self, member: Member) -> bool:
        """Whether a department's chaincode process serves all it was told to."""
        ...

    def stop(self, nodes: Iterable[str], timeout: float = 15.0) -> list[str]:
        """Ends nodes; gives those that had to be killed."""
        ...

    def kill(self, node: str) -> None:
        """Ends a node at once, as a crash would."""
        ...

    def running(self, node: str) -> Record | None:
        """A node's process, when it runs."""
        ...

    def strays(self) -> list[str]:
        """Takes note of nodes that run without a record; gives them."""
        ...

    def recorded(self) -> list[str]:
        """The nodes that were started and not stopped, running or not."""
        ...

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log that tell something."""
        ...
