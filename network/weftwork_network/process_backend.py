"""The network as plain processes on this machine."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from weftwork_network import fabric_ca
from weftwork_network.chaincode_servers import (
    ready_file,
    server_command,
    server_environment,
    server_file,
    write_connections,
    write_server_config,
)
from weftwork_network.environment import inherited, orderer_environment, peer_environment
from weftwork_network.log_files import follow_files
from weftwork_network.packages import Package
from weftwork_network.places import process_place
from weftwork_network.processes import Processes, Record, last_lines, telling_lines
from weftwork_network.programs import Programs, find_ca_server
from weftwork_network.progress import Silent
from weftwork_network.state import State
from weftwork_network.topology import Member, Node, Topology


class ProcessBackend:
    """Every node a process of this user, on 127.0.0.1."""

    name = "processes"
    by_name = False
    poll = 0.03

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

    def prepare(
        self, packages: Sequence[Package], replaced: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Writes how peers reach chaincode processes, what those serve, how CAs are set up."""
        for node in self._topology.authorities:
            member = self._topology.member(node.department)
            fabric_ca.prepare(fabric_ca.server_of(self._state, member))
        write_connections(self._state, self._topology)
        for node in self._topology.chaincode_servers:
            member = self._topology.member(node.department)
            own = (replaced or {}).get(member.name, {})
            write_server_config(self._state, member, packages, contracts=own)

    def start(self, nodes: Sequence[Node]) -> None:
        """Starts nodes. Raises NodeError."""
        for node in nodes:
            if node.kind == "ca":
                self._start_authority(node)
            elif node.kind == "chaincode":
                self._start_chaincode(node)
            else:
                self._start_node(node)

    def _start_node(self, node: Node) -> None:
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
            environment = peer_environment(place, member, node, peers=len(self._topology.peers))
            # Kept builds hold addresses and keys of the chaincode process as they once were.
            shutil.rmtree(data / "externalbuilder" / "builds", ignore_errors=True)
        self._processes.start(node.id, command, environment, data, self._state.log(node))

    def _start_authority(self, node: Node) -> None:
        server = fabric_ca.server_of(self._state, self._topology.member(node.department))
        words = fabric_ca.command(find_ca_server(Silent()), server)
        self._processes.start(node.id, words, inherited(), server.folder, self._state.log(node))

    def _start_chaincode(self, node: Node) -> None:
        member = self._topology.member(node.department)
        ready_file(self._state, member).unlink(missing_ok=True)
        self._processes.start(
            node.id,
            server_command(server_file(self._state, member)),
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

    def log_lines(self, node: Node, lines: int) -> list[str]:
        """The last lines of a node's log."""
        return last_lines(self._state.log(node), lines)

    def follow_logs(self, nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
        """Each line that is written from now on, after the name of its node."""
        return follow_files({node.id: self._state.log(node) for node in nodes})

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log that tell something."""
        return telling_lines(self._state.log(node))
