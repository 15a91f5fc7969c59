"""The network as plain processes on this machine."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from weftwork_network.chaincode_servers import (
    ready_file,
    server_command,
    server_environment,
    write_server_config,
)
from weftwork_network.environment import inherited, orderer_environment, peer_environment
from weftwork_network.packages import Package
from weftwork_network.places import process_place
from weftwork_network.processes import Processes, Record, telling_lines
from weftwork_network.programs import Programs
from weftwork_network.state import State
from weftwork_network.topology import Member, Node, Topology


class ProcessBackend:
    """Every node a process of this user, on 127.0.0.1."""

    name = "processes"

    def __init__(
        self, state: State, topology: Topology, folder: Path, programs: Programs | None = None
    ) -> None:
        """A back end.

        Args:
            state: the state folder.
            topology: what may be started.
            folder: the project folder.
            programs: Fabric's programs; whoever only stops and looks needs none.
        """
        self._state = state
        self._topology = topology
        self._folder = folder
        self._programs = programs
        self._processes = Processes(state)

    def start(self, node: Node) -> None:
        """Starts an orderer or a peer. Raises NodeError."""
        if self._programs is None:
            raise RuntimeError("this back end was made without Fabric's programs")
        member = self._topology.member(node.department)
        data = self._state.data(node)
        data.mkdir(parents=True, exist_ok=True)
        place = process_place(self._state, self._programs, node, inherited())
        if node.kind == "orderer":
            command = [str(self._programs.path("orderer"))]
            environment = orderer_environment(place, member, node)
        else:
            command = [str(self._programs.path("peer")), "node", "start"]
            environment = peer_environment(place, member, node)
            # Kept builds hold addresses and keys of the chaincode process as they once were.
            shutil.rmtree(data / "externalbuilder" / "builds", ignore_errors=True)
        self._processes.start(node.id, command, environment, data, self._state.log(node))

    def start_chaincode(
        self, member: Member, packages: Sequence[Package], contracts: Mapping[str, str]
    ) -> None:
        """Starts a department's chaincode process. Raises NodeError."""
        config = write_server_config(self._state, member, packages, contracts=contracts)
        ready_file(self._state, member).unlink(missing_ok=True)
        node = member.chaincode
        self._processes.start(
            node.id,
            server_command(config),
            server_environment(self._folder),
            self._folder,
            self._state.log(node),
        )

    def chaincode_listens(self, member: Member) -> bool:
        """Whether the department's chaincode process has written its ready file."""
        return ready_file(self._state, member).exists()

    def stop(self, nodes: Iterable[str], timeout: float = 15.0) -> list[str]:
        """Ends nodes; gives those that had to be killed."""
        return self._processes.stop(nodes, timeout)

    def kill(self, node: str) -> None:
        """Ends a node at once."""
        self._processes.kill(node)

    def running(self, node: str) -> Record | None:
        """A node's process, when it runs."""
        return self._processes.running(node)

    def strays(self) -> list[str]:
        """Takes note of nodes that run without a record; gives them."""
        return self._processes.adopt_strays()

    def recorded(self) -> list[str]:
        """The nodes that were started and not stopped."""
        return self._processes.recorded()

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log that tell something."""
        return telling_lines(self._state.log(node))
