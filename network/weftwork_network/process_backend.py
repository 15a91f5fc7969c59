"""The network as plain processes on this machine."""

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from weftwork_network import fabric_ca
from weftwork_network.chaincode_operations import can_tell, operations_config, operations_port
from weftwork_network.chaincode_servers import (
    Unit,
    node_of_unit,
    process_units,
    ready_file,
    server_command,
    server_environment,
    server_file,
    socket_address,
    socket_path,
    write_connections,
    write_process_config,
)
from weftwork_network.claims import SPARE, claimed_packages
from weftwork_network.environment import inherited, orderer_environment, peer_environment
from weftwork_network.log_files import follow_files
from weftwork_network.monitoring import refresh_monitoring
from weftwork_network.places import process_place
from weftwork_network.processes import Processes, Record, last_lines, telling_lines
from weftwork_network.programs import Programs, find_ca_server
from weftwork_network.progress import Silent
from weftwork_network.serving import code_folder, read_serving
from weftwork_network.state import State
from weftwork_network.topology import HOST, Member, Node, Topology


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

    def prepare(self, members: Sequence[Member]) -> None:
        """Writes how peers reach chaincode processes, what those serve, how CAs are set up."""
        developed = self._put_back()
        for member in members:
            if member.ca is not None:
                fabric_ca.prepare(fabric_ca.server_of(self._state, member))
            serving = read_serving(self._state, member)
            write_connections(self._state, member, serving, socket_address)
            for node in member.chaincode_nodes:
                for unit in process_units(node, serving):
                    write_process_config(
                        self._state, member, unit, serving, self._operations(unit), developed
                    )
                    code_folder(self._state, unit.services[0])
        refresh_monitoring(self._state, self._topology, contained=False)

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

    def _operations(self, unit: Unit) -> dict[str, object] | None:
        port = operations_port(self._topology, unit) if can_tell() else None
        return operations_config(port, HOST, self._state.node(unit.node) / "operations")

    def _start_chaincode(self, node: Node) -> None:
        """Starts what does not run of a node's units; they share its log."""
        member = self._topology.member(node.department)
        serving = read_serving(self._state, member)
        units = process_units(node, serving)
        old = [unit for unit in self._recorded_units(node.id) if self._processes.running(unit)]
        for unit in units:
            if unit.id in old:
                continue
            ready_file(self._state, unit).unlink(missing_ok=True)
            replaced = any(service.name in serving.replaced for service in unit.services)
            code = code_folder(self._state, unit.services[0])
            self._processes.start(
                unit.id,
                server_command(server_file(self._state, unit)),
                server_environment(member.mspid, code, self._folder if replaced else None),
                self._state.node(node),
                self._state.log(node),
                new_log=not old and unit is units[0],
            )

    def with_data(self, nodes: Sequence[Node]) -> set[str]:
        """Those of some orderers and peers that have a folder with data."""
        return {node.id for node in nodes if self._state.data(node).exists()}

    def discard_data(self, nodes: Sequence[Node]) -> None:
        """Deletes the data of some orderers and peers."""
        for node in nodes:
            shutil.rmtree(self._state.data(node))

    def chaincode_listens(self, node: Node) -> bool:
        """Whether every unit of a chaincode node has written its ready file."""
        units = self._units(node)
        return bool(units) and all(ready_file(self._state, unit).exists() for unit in units)

    def retire(self, nodes: Sequence[Node]) -> None:
        """Ends the units of chaincode nodes that serve nothing any more; they drain first."""
        for node in nodes:
            needed = {unit.id for unit in self._units(node)}
            ended = [unit for unit in self._recorded_units(node.id) if unit not in needed]
            self._processes.stop(ended)
            for unit in ended:
                server_file(self._state, Unit(unit, node, ())).unlink(missing_ok=True)

    def stop(self, nodes: Iterable[str], timeout: float = 15.0) -> list[str]:
        """Ends nodes; gives those that had to be killed."""
        ending = [each for node in nodes for each in self._recorded_units(node)]
        killed = self._processes.stop(ending, timeout)
        return list(dict.fromkeys(node_of_unit(each) for each in killed))

    def kill(self, node: str) -> None:
        """Ends a node at once."""
        for each in self._recorded_units(node):
            self._processes.kill(each)

    def running(self, node: str) -> Record | None:
        """A node's first process, when all of the node runs."""
        found = [self._processes.running(each) for each in self._expected(node)]
        return found[0] if found and all(found) else None

    def runs_partly(self, node: str) -> bool:
        """Whether any process of a node runs."""
        return any(self._processes.running(each) for each in self._recorded_units(node))

    def _expected(self, node: str) -> list[str]:
        """The processes that a node consists of."""
        try:
            found = self._topology.node(node)
        except KeyError:
            return [node]
        return [unit.id for unit in self._units(found)] if found.kind == "chaincode" else [node]

    def _units(self, node: Node) -> list[Unit]:
        return process_units(
            node, read_serving(self._state, self._topology.member(node.department))
        )

    def _recorded_units(self, node: str) -> list[str]:
        """The processes of a node that were started and not stopped."""
        return [each for each in self._processes.recorded() if node_of_unit(each) == node]

    def strays(self) -> list[str]:
        """Takes note of nodes that run without a record; gives them."""
        self._put_back()
        return [node_of_unit(each) for each in self._processes.adopt_strays()]

    def _put_back(self) -> frozenset[str]:
        """Approved code listens where its peers look for it, unless somebody develops it.

        Whoever developed it does that, too, unless all of it was killed at once.

        Returns:
            The packages that are under development.
        """
        developed = claimed_packages(self._state)
        for node in self._topology.chaincode_servers:
            for unit in self._units(node):
                for service in unit.services:
                    if service.package_id not in developed:
                        place = self._state.node(node) / socket_path(service)
                        with contextlib.suppress(FileNotFoundError):
                            place.with_name(f"{place.name}{SPARE}").replace(place)
        return developed

    def recorded(self) -> list[str]:
        """The nodes that were started and not stopped."""
        return list(dict.fromkeys(map(node_of_unit, self._processes.recorded())))

    def log_lines(self, node: Node, lines: int) -> list[str]:
        """The last lines of a node's log."""
        return last_lines(self._state.log(node), lines)

    def follow_logs(self, nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
        """Each line that is written from now on, after the name of its node."""
        return follow_files({node.id: self._state.log(node) for node in nodes})

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log that tell something."""
        return telling_lines(self._state.log(node))
