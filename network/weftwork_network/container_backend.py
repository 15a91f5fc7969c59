"""The network as containers: compose creates them, the engine is asked about them."""

import datetime
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from weftwork_network import fabric_ca
from weftwork_network.chaincode_operations import operations_config, operations_port
from weftwork_network.chaincode_servers import (
    UNIT_MARK,
    Unit,
    container_units,
    node_of_unit,
    server_config,
    server_file,
    write_connections,
)
from weftwork_network.compose import (
    ComposeFile,
    container_name,
    replacement_folder,
    services_of,
)
from weftwork_network.engine import Container, Engine
from weftwork_network.errors import EngineError, NodeError
from weftwork_network.image_names import CA_CONFIG, USER, image_names, tools_name
from weftwork_network.images import build_chaincode_images, copy_module
from weftwork_network.kept import PROJECT_VARIABLE
from weftwork_network.monitoring import refresh_monitoring
from weftwork_network.node_images import write_tools
from weftwork_network.packages import kept_package
from weftwork_network.places import CHAINCODE_PORT, EVERYWHERE, MOUNTS, chaincode_host
from weftwork_network.processes import Record, plain, telling
from weftwork_network.programs import find_programs
from weftwork_network.progress import Silent
from weftwork_network.serving import Service, Serving, read_serving
from weftwork_network.state import State, write_file, write_json
from weftwork_network.topology import Member, Node, Topology

# One look at the engine serves all questions for this long: a start asks of every node, often, and
# each look is a program started.
_FRESH = 1.0
_NOTED_LATE = 3.0
_LISTENS = " listens on "
_KILLED = 137


class ContainerBackend:
    """Every node a container, each chaincode of a department too."""

    name = "containers"
    by_name = True
    poll = 0.5

    def __init__(
        self, state: State, topology: Topology, folder: Path, engine: Engine, project: str
    ) -> None:
        """A back end.

        Args:
            state: the state folder.
            topology: what may be started.
            folder: the project folder.
            engine: the engine.
            project: the compose project's name.
        """
        self._state = state
        self._topology = topology
        self._folder = folder
        self._engine = engine
        self._project = project
        self._names = image_names(topology)
        self._file = state.folder / "compose.yaml"
        self._seen: dict[str, Container] = {}
        self._seen_at = 0.0
        self._listening: set[tuple[str, str]] = set()

    def prepare(self, members: Sequence[Member]) -> None:
        """Writes the compose file and what it mounts; builds the chaincodes' images.

        Args:
            members: whose keys are read and whose files are written; the compose file is of all.

        Raises:
            DeployError: the file of a package that one serves is gone.
            ImageError: a chaincode's image cannot be built.
            EngineError: the engine does not answer.
            PreflightError: a Fabric CA's secret is lost.
        """
        self._prepare_authorities(members)
        if self._names.others:
            config = find_programs(self._topology.fabric, Silent()).config
            write_tools(self._state.tools / tools_name(self._topology), config, Silent())
        serving = {each.name: read_serving(self._state, each) for each in self._topology.members}
        self._build_images([each for own in members for each in serving[own.name].services])
        for member in members:
            write_connections(self._state, member, serving[member.name], _address)
            for unit in self._chaincode_units(member):
                self._write_chaincode(member, unit, serving[member.name])
        user, group = self._owner()
        compose = ComposeFile(
            state=self._state,
            topology=self._topology,
            names=self._names,
            project=self._project,
            user=f"{user}:{group}",
            serving=serving,
        )
        write_file(self._file, compose.text())
        write_file(self._state.folder / ".env", f"{PROJECT_VARIABLE}={self._project}\n")
        self._hand_over(members, user, group)
        refresh_monitoring(self._state, self._topology, contained=True)

    def start(self, nodes: Sequence[Node]) -> None:
        """Starts nodes, all at once; of a chaincode node what of it does not run.

        Raises NodeError.
        """
        containers = self._containers()
        services: list[str] = []
        for node in nodes:
            for service in self._services(node):
                found = containers.get(container_name(self._project, service))
                if node.kind != "chaincode" or found is None or not found.running:
                    services.append(service)
        if services:
            self._start(services)

    def with_data(self, nodes: Sequence[Node]) -> set[str]:
        """Those of some orderers and peers that have a volume."""
        volumes = self._engine.volumes(self._project)
        return {node.id for node in nodes if self._volume(node) in volumes}

    def discard_data(self, nodes: Sequence[Node]) -> None:
        """Removes the volumes of some orderers and peers, and the containers that use them."""
        if not nodes:
            return
        left = [each.name for node in nodes for each in self._of(node.id)]
        if left:
            self._engine.run("container", "rm", "--force", *left)
            self._forget()
        self._engine.run("volume", "rm", *map(self._volume, nodes))

    def _volume(self, node: Node) -> str:
        return f"{self._project}_{node.id}"

    def chaincode_listens(self, node: Node) -> bool:
        """Whether every container of a chaincode node listens, by what its log says."""
        services = self._services(node)
        for service in services:
            # What its own log says costs a program; its health check has said it after a while.
            found = self._containers().get(container_name(self._project, service))
            if found is None or not found.running:
                return False
            if found.health == "healthy" or (found.id, found.started) in self._listening:
                continue
            if _LISTENS not in self._engine.logs(found.name, since=_just_before(found.started)):
                return False
            self._listening.add((found.id, found.started))
        return bool(services)

    def retire(self, nodes: Sequence[Node]) -> None:
        """Ends the containers of packages that nodes serve no longer; they drain first."""
        ended: list[str] = []
        running = {each.name: each.running for each in self._engine.containers(self._project)}
        for node in nodes:
            needed = {container_name(self._project, each) for each in self._services(node)}
            mark = container_name(self._project, f"{node.id}{UNIT_MARK}")
            ended += [name for name in running if name.startswith(mark) and name not in needed]
        stopping = [name for name in ended if running[name]]
        if stopping:
            self._engine.run("container", "stop", "--time=15", *stopping)
        if ended:
            self._engine.run("container", "rm", "--force", *ended)
        self._forget()

    def runs_partly(self, node: str) -> bool:
        """Whether any container of a node runs."""
        return any(each.running for each in self._of(node))

    def stop(self, nodes: Iterable[str], timeout: float = 15.0) -> list[str]:
        """Ends nodes and removes their containers; gives those that had to be killed.

        Their ledgers are in volumes, which stay.
        """
        chosen = {node: self._of(node) for node in nodes}
        names = [each.name for found in chosen.values() for each in found]
        if not names:
            return []
        running = [each.name for found in chosen.values() for each in found if each.running]
        if running:
            self._engine.run("container", "stop", f"--time={timeout:.0f}", *running)
        ended = {each.name: each for each in self._engine.containers(self._project)}
        self._engine.run("container", "rm", "--force", *names)
        self._forget()
        return [
            node
            for node, found in chosen.items()
            if any(
                each.name in ended and each.running and ended[each.name].exit_code == _KILLED
                for each in found
            )
        ]

    def kill(self, node: str) -> None:
        """Ends a node at once; its container stays, as after a crash."""
        names = [each.name for each in self._of(node) if each.running]
        if names:
            self._engine.run("container", "kill", *names)
        self._forget()

    def running(self, node: str) -> Record | None:
        """A node's first process, when all of the node runs."""
        services = self._services(self._topology.node(node))
        containers = self._containers()
        found = [containers.get(container_name(self._project, service)) for service in services]
        running = [each for each in found if each is not None and each.running]
        if not running or len(running) < len(services):
            return None
        first = running[0]
        return Record(node, first.pid, f"{first.id} {first.started}", (first.name,), 0.0)

    def strays(self) -> list[str]:
        """Takes away containers that an engine died over as it started them; gives nothing.

        The engine itself keeps the record of what runs, but it may never start those.
        """
        left = [each.name for each in self._containers().values() if not each.begun]
        if left:
            self._engine.run("container", "rm", "--force", *left)
            self._forget()
        return []

    def recorded(self) -> list[str]:
        """The nodes that have a container, running or not."""
        return [node.id for node in self._topology.nodes if self._of(node.id)]

    def log_lines(self, node: Node, lines: int) -> list[str]:
        """The last lines of a node's log; several containers one after the other."""
        found = [each.name for each in self._of(node.id)]
        return [
            line
            for name in found
            for line in plain(self._engine.logs(name, tail=lines // len(found)).splitlines())
        ]

    def follow_logs(self, nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
        """Each line that is written from now on, after the name of its node."""
        owners = {service: node.id for node in nodes for service in self._services(node)}
        words = ["--project-name", self._project, "logs", "--no-color", "--follow", "--tail=0"]
        for line in self._engine.compose_lines(self._file, *words, *owners):
            name, _, text = line.partition("|")
            name = name.strip().removeprefix(f"{self._project}-")
            yield owners.get(name, name), text.removeprefix(" ")

    def log_tail(self, node: Node) -> list[str]:
        """The last lines of a node's log; of several containers, of one that does not run."""
        found = self._of(node.id)
        if not found:
            return []
        told = next((each for each in found if not each.running), found[0])
        return telling(plain(self._engine.logs(told.name, tail=400).splitlines()))

    def _start(self, services: Sequence[str]) -> None:
        words = ["up", "--detach", "--no-deps", "--remove-orphans", *services]
        try:
            self._engine.compose(self._file, "--project-name", self._project, *words)
        except EngineError as error:
            raise NodeError(services[0], f"cannot be started: {error}") from error
        finally:
            self._forget()

    def _prepare_authorities(self, members: Sequence[Member]) -> None:
        for member in members:
            if member.ca is None:
                continue
            server = fabric_ca.server_of(self._state, member)
            begun = self._engine.has_volume(f"{self._project}_{member.ca.id}")
            inside = fabric_ca.contained(server, self._names.layout("ca").data)
            fabric_ca.prepare(server, inside=inside, begun=begun)

    def _services(self, node: Node) -> list[str]:
        """The compose services that a node is."""
        member = self._topology.member(node.department)
        return services_of(node, read_serving(self._state, member))

    def _chaincode_units(self, member: Member) -> list[Unit]:
        serving = read_serving(self._state, member)
        return [each for node in member.chaincode_nodes for each in container_units(node, serving)]

    def _build_images(self, services: Sequence[Service]) -> None:
        missing = {
            (each.name, each.version): each
            for each in services
            if not self._engine.has_image(self._names.chaincode(each.name, each.code_sha256))
        }
        packages = [kept_package(self._state, name, version) for name, version in missing]
        build_chaincode_images(self._engine, self._names, packages)

    def _write_chaincode(self, member: Member, unit: Unit, serving: Serving) -> None:
        (service,) = unit.services
        replaced = serving.replaced.get(service.name)
        content = server_config(
            member,
            unit.services,
            {service.name: replaced} if replaced else {},
            address=lambda _: f"{EVERYWHERE}:{CHAINCODE_PORT}",
            tls=MOUNTS / "tls",
            ready=Path("/tmp/ready"),  # noqa: S108 - the container's own
            operations=operations_config(
                operations_port(self._topology, unit), EVERYWHERE, MOUNTS / "operations"
            ),
        )
        write_json(server_file(self._state, unit), content)
        if replaced:
            # The module alone, without the packages around it: what it imports is in the image.
            folder = replacement_folder(self._state, unit)
            shutil.rmtree(folder, ignore_errors=True)
            copy_module(replaced.partition(":")[0], self._folder, folder)

    def _owner(self) -> tuple[int, int]:
        """Who runs in the containers: whoever runs this, so that the keys can be read.

        Nobody runs as root there: then it is the images' own user, whom the keys are given.
        """
        return (os.geteuid(), os.getegid()) if os.geteuid() else (USER, USER)

    def _hand_over(self, members: Sequence[Member], user: int, group: int) -> None:
        """Gives what containers read to their user; only root needs to, and can."""
        if os.geteuid():
            return
        for member in members:
            folders = [self._state.connections(peer) for peer in member.peers]
            folders += [self._state.node(process) for process in member.chaincode_nodes]
            for node in member.nodes:
                own = self._state.node(node)
                folders += [own / "msp", own / "tls", own / "operations"]
            if member.ca is not None:
                own = self._state.node(member.ca)
                register = fabric_ca.server_of(self._state, member).folder
                folders += [own / "tls", own / "operations", register / CA_CONFIG]
                folders.append(self._state.department(member) / "ca")
            for folder in folders:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, user, group)

    def _of(self, node: str) -> list[Container]:
        """A node's containers."""
        containers = self._containers()
        services = self._services(self._topology.node(node))
        names = [container_name(self._project, service) for service in services]
        return [containers[name] for name in names if name in containers]

    def _containers(self) -> dict[str, Container]:
        if time.monotonic() - self._seen_at > _FRESH:
            every = [
                container_name(self._project, service)
                for node in self._topology.nodes
                for service in self._services(node)
            ]
            self._seen = {each.name: each for each in self._engine.described(every)}
            self._seen_at = time.monotonic()
        return self._seen

    def _forget(self) -> None:
        self._seen_at = 0.0


def stop_project(engine: Engine, project: str, timeout: float = 10.0) -> list[str]:
    """Stops and removes everything of a project but its volumes, by what the engine knows.

    Returns:
        The nodes that ran.
    """
    found = engine.containers(project)
    running = [each.name for each in found if each.running]
    if running:
        engine.run("container", "stop", f"--time={timeout:.0f}", *running)
    engine.remove_project(project)
    nodes = {node_of_unit(name.removeprefix(f"{project}-")) for name in running}
    return sorted(nodes)


def _address(node: Node, service: Service) -> str:
    """What a department's peers call the container of a service."""
    return f"{chaincode_host(node, service.name, service.version)}:{CHAINCODE_PORT}"


def _just_before(started: str) -> str:
    """A moment before a container's start: a busy engine notes that after the first log lines."""
    moment = datetime.datetime.fromisoformat(f"{started[:19]}+00:00")
    return f"{moment.timestamp() - _NOTED_LATE:.0f}"
