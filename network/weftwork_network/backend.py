"""Where the nodes run: the seam between what a network is and how its programs are run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from weftwork_network.processes import Record
from weftwork_network.topology import Member, Node


class Backend(Protocol):
    """Starts and stops nodes; knows nothing of channels."""

    name: str
    """How it is called where a person reads it, e.g. `processes`."""

    by_name: bool
    """Whether nodes call each other by the names in their certificates, not by address."""

    poll: float
    """Seconds between two looks at whether something has happened."""

    def prepare(self, members: Sequence[Member]) -> None:
        """Writes what departments' nodes and chaincode processes read at their start.

        Reads no other department's keys than theirs.

        Raises:
            DeployError: the file of a package that one serves is gone.
            ImageError: a chaincode's image cannot be built.
            EngineError: the container engine does not answer.
        """
        ...

    def start(self, nodes: Sequence[Node]) -> None:
        """Starts CAs, orderers, peers, chaincode processes, as they were prepared.

        Raises:
            NodeError: one cannot be started; others may run.
        """
        ...

    def with_data(self, nodes: Sequence[Node]) -> set[str]:
        """Those of some orderers and peers that have kept anything, whether it is of use or not."""
        ...

    def discard_data(self, nodes: Sequence[Node]) -> None:
        """Deletes all that some orderers and peers, which do not run, have kept."""
        ...

    def chaincode_listens(self, node: Node) -> bool:
        """Whether a chaincode process serves all it was told to."""
        ...

    def retire(self, nodes: Sequence[Node]) -> None:
        """Ends what chaincode nodes run and serve no longer; transactions under way end first."""
        ...

    def runs_partly(self, node: str) -> bool:
        """Whether any part of a node runs: a chaincode node may have several."""
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

    def log_lines(self, node: Node, lines: int) -> list[str]:
        """The last lines of a node's log."""
        ...

    def follow_logs(self, nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
        """Each line that is written from now on, after the name of its node."""
        ...

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log that tell something."""
        ...
