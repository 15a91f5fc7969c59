"""The network of a project folder: what the command, the demo and the tests drive."""

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from weftwork_network.backend import Backend
from weftwork_network.beside import serve, wait_listening, withdraw
from weftwork_network.bringup import BringUp
from weftwork_network.certificates import CertificateStore
from weftwork_network.choice import VARIABLE, Choice, choose
from weftwork_network.configtx import by_name, effective_configtx
from weftwork_network.container_backend import ContainerBackend
from weftwork_network.creation import creation_findings
from weftwork_network.deployed import nothing_to_deploy, wanted_packages
from weftwork_network.deploying import Change
from weftwork_network.disk import refusals_in_words, room_findings
from weftwork_network.engine import need_engine
from weftwork_network.errors import EngineError, PreflightError
from weftwork_network.faults import shown
from weftwork_network.image_names import image_names
from weftwork_network.kept import keep, kept_choice
from weftwork_network.lock import locked
from weftwork_network.packages import Package, make_packages, write_package
from weftwork_network.places import names_of
from weftwork_network.preflight import address_findings, port_findings, publish_findings
from weftwork_network.process_backend import ProcessBackend
from weftwork_network.profiles import write_profiles
from weftwork_network.programs import Programs, find_ca_server, find_programs
from weftwork_network.progress import Progress, Silent, Stopwatch
from weftwork_network.project import Project, asked_by_variables, open_project, with_variant
from weftwork_network.running import run, uninterrupted
from weftwork_network.serving import replace_contracts
from weftwork_network.starter import write_project
from weftwork_network.state import State
from weftwork_network.status import NetworkStatus, read_status
from weftwork_network.stopping import delete_all, stop_all
from weftwork_network.topology import Topology
from weftwork_network.variants import ORDERING_WORDS, Asked, check_release

# How long nodes may take to end by themselves when a start has failed or was interrupted.
_UNDO_TIMEOUT = 5.0


@dataclass(frozen=True)
class UpResult:
    """What `Network.up` found and did.

    Attributes:
        already: nothing had to be done.
        height: blocks on the channel.
        seconds: how long it took.
        phases: seconds by phase.
        started: the nodes that were started.
        changes: what was deployed.
        programs: which of Fabric's programs, as words.
    """

    already: bool
    height: int
    seconds: float
    phases: dict[str, float] = field(default_factory=dict[str, float])
    started: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    programs: str = ""


class Network:
    """A network that lives in a project folder.

        network = Network.open(".")
        network.up()
        network.profile("Logistics")

    Every method that changes something holds the folder's lock and raises `LockedError` when
    another command has it. All of them may be called inside a running event loop, which waits.
    """

    def __init__(self, project: Project, backend: str | None = None) -> None:
        self.project = project
        self.state = State(project.state_folder)
        self._wanted = backend

    @classmethod
    def open(
        cls,
        folder: str | Path = ".",
        *,
        backend: str | None = None,
        ordering: str | None = None,
        fabric: str | None = None,
    ) -> "Network":
        """The network that a folder describes.

        Args:
            folder: the project folder.
            backend: `process` or `container` for the first start; by itself what the variable
                BACKEND says, else containers where an engine answers and has the images.
            ordering: `raft` or `bft` for the first start; by itself what the variable ORDERING
                says, else network.yaml.
            fabric: `3.1` or `2.5`; by itself what the variable FABRIC says, else network.yaml.

        Raises:
            DefinitionError: with every fault of its network.yaml.
            NetworkError: what is asked for is not to be had, or not on the folder's state.
        """
        by_variables = asked_by_variables()
        asked = Asked(ordering or by_variables.ordering, fabric or by_variables.fabric)
        return cls(open_project(Path(folder), asked), backend)

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        base_port: int = 7000,
        batch_timeout: str | None = None,
        max_message_count: int | None = None,
        departments: Sequence[Mapping[str, object]] = (),
        definition: Mapping[str, object] | None = None,
        backend: str | None = None,
        ordering: str | None = None,
        fabric: str | None = None,
    ) -> "Network":
        """Writes a first network.yaml and configtx.yaml into a folder and opens it.

        Args:
            folder: made if it is not there.
            base_port: the first port of the layout.
            batch_timeout: how long a block waits for more transactions, e.g. `2s`.
            max_message_count: how many transactions a block holds at most.
            departments: further departments, in the words of network.yaml.
            definition: all that network.yaml is to say, in its words, in place of the four
                departments.
            backend: as for `open`.
            ordering: as for `open`.
            fabric: as for `open`.

        Raises:
            NetworkError: the folder holds either file already.
            DefinitionError: what was asked for makes no network.
        """
        write_project(
            Path(folder),
            base_port=base_port,
            batch_timeout=batch_timeout,
            max_message_count=max_message_count,
            departments=departments,
            definition=definition,
            ordering=ordering if definition is not None else None,
        )
        return cls.open(folder, backend=backend, ordering=ordering, fabric=fabric)

    @property
    def topology(self) -> Topology:
        """Every node, port and name."""
        return self.project.topology

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.topology.channel

    def profile(self, department: str) -> Path:
        """A department's connection profile; its wallet is beside it.

        Raises:
            KeyError: there is no such department.
        """
        return self.state.profile(self.topology.member(department))

    def up(self, progress: Progress | None = None) -> UpResult:
        """Starts the network, or what of it does not run, and waits until it answers.

        What this call started is stopped again when it fails or is interrupted; ledgers and
        certificates stay.

        Args:
            progress: takes what there is to say meanwhile.

        Raises:
            DefinitionError: the two files are wrong or disagree.
            PreflightError: something on this machine keeps the network from starting.
            NetworkError: whatever else failed, in words.
        """
        progress = progress or Silent()
        watch = Stopwatch(progress)
        with self._working("weftwork network up"):
            return self._up(progress, watch)

    def down(self) -> list[str]:
        """Stops every node and keeps all state.

        Returns:
            The nodes that ran.
        """
        return stop_all(self.state)

    def clean(self) -> list[str]:
        """Stops every node and deletes the state folder.

        Returns:
            What was deleted, a line each.
        """
        return delete_all(self.state)

    @property
    def backend(self) -> Backend:
        """Where the nodes run.

        Raises:
            EngineError: they are containers and no engine answers.
        """
        return self._backend()

    def status(self) -> NetworkStatus:
        """What runs, how far each ledger is. Changes nothing and needs no lock."""
        return read_status(self.state, self.topology, self._backend())

    def start_node(self, node: str) -> None:
        """Starts one node, e.g. `energy-peer0`, as it was; does not wait until it answers.

        Raises:
            KeyError: there is no such node.
        """
        found = self.topology.node(node)
        with self._working(f"weftwork network start {node}"):
            backend = self._backend(programs=True)
            if backend.running(node) is not None:
                return
            backend.prepare([self.topology.member(found.department)])
            backend.start([found])

    def stop_node(self, node: str) -> None:
        """Stops one node in good order.

        Raises:
            KeyError: there is no such node.
        """
        self.topology.node(node)
        with self._working(f"weftwork network stop {node}"):
            self._backend().stop([node])

    def kill_node(self, node: str) -> None:
        """Kills one node, as a crash would.

        Raises:
            KeyError: there is no such node.
        """
        self.topology.node(node)
        self._backend().kill(node)

    def restart_chaincode(
        self, department: str, contracts: Mapping[str, str] | None = None
    ) -> None:
        """Starts a department's chaincode process anew and waits until it listens.

        Args:
            department: whose.
            contracts: classes to serve in place of the approved ones, by chaincode: how a
                department that cheats would do it. None serves what was approved.

        Raises:
            KeyError: there is no such department.
            NodeError: the process died.
        """
        member = self.topology.member(department)
        with self._working(f"weftwork network restart {member.folder}-chaincode"):
            backend = self._backend()
            backend.stop([node.id for node in member.chaincode_nodes])
            replace_contracts(self.state, member, dict(contracts or {}))
            backend.prepare([member])
            backend.start(member.chaincode_nodes)
            run(lambda: wait_listening(backend, member.chaincode_nodes))

    @contextmanager
    def _working(self, command: str) -> Generator[None]:
        """Nobody else changes the network meanwhile; what the disk refuses is said in words."""
        with refusals_in_words(self.state.folder, command), locked(self.state.lock, command):
            yield

    def _up(self, progress: Progress, watch: Stopwatch) -> UpResult:
        configtx = effective_configtx(self.project, self.state)
        choice = choose(self.state, image_names(self.topology), self._asked())
        backend = self._chosen(choice, None)
        if backend.by_name:
            configtx = by_name(configtx, names_of(self.topology))
        backend.strays()
        running = [node for node in self.topology.nodes if backend.runs_partly(node.id)]
        check_release(kept_choice(self.state), self.topology.fabric, running=bool(running))
        made = make_packages(self.topology, self.project.folder)
        height = self._running_height(backend, made)
        if height:
            return UpResult(already=True, height=height, seconds=watch.total)
        programs = find_programs(self.topology.fabric, progress)
        if self.topology.authorities and choice.engine is None:
            find_ca_server(progress)  # where it is built, that is said here
        progress.say(f"{programs}, {ORDERING_WORDS[self.topology.ordering]}, as {choice}")
        starting = [node for node in self.topology.nodes if backend.running(node.id) is None]
        findings = [
            *creation_findings(self.project, self.state),
            *port_findings(self.project, starting),
        ]
        if choice.engine is None:
            findings += [
                *address_findings(),
                *publish_findings(self.project),
                *room_findings(self.state, self.topology, starting),
            ]
        if findings:
            raise PreflightError(findings)
        with watch.phase("certificates"):
            CertificateStore(self.state).ensure(self.topology)
            packages = wanted_packages(self.state, made)
            for package in packages:
                write_package(self.state, package)
        if not self.state.created.exists():
            for told in configtx.told(shown(self.project.configtx_file)):
                progress.say(told)
        backend = self._chosen(choice, programs)
        keep(self.state, with_variant(choice.kept, self.project))
        bringup = BringUp(self.state, self.topology, backend, programs, packages, watch)
        with watch.phase("what nodes are told"):
            added = serve(self.state, self.topology, packages)
            backend.prepare(self.topology.members)
        try:
            bringup.enrol()
            write_profiles(self.state, self.topology)
            run(lambda: bringup.run(configtx, made))
            # Within the bound too: an interrupt is told to have stopped what was started.
            height = self._height()
        except BaseException:
            with uninterrupted():
                progress.doing("stopping what was started")
                try:
                    backend.stop(bringup.started, _UNDO_TIMEOUT)
                except EngineError as gone:
                    raise EngineError(
                        f"the engine failed while the network was starting: {gone}; start it, "
                        "then `weftwork network restart`"
                    ) from gone
                if not bringup.approving:
                    withdraw(self.state, self.topology, backend, added)
            raise
        return UpResult(
            already=False,
            height=height,
            seconds=watch.total,
            phases=watch.phases,
            started=tuple(bringup.started),
            changes=tuple(bringup.changes),
            programs=str(programs),
        )

    def _running_height(self, backend: Backend, made: list[Package]) -> int:
        """Blocks on the channel when all of it runs and is what the files say, else 0."""
        if any(backend.running(node.id) is None for node in self.topology.nodes):
            return 0
        if not nothing_to_deploy(self.state, self.topology, made):
            return 0
        if creation_findings(self.project, self.state):
            return 0
        for node in self.topology.chaincode_servers:
            if not backend.chaincode_listens(node):
                return 0
        status = read_status(self.state, self.topology, backend)
        for channel in self.topology.channels:
            holders = {node.id for node in channel.nodes}
            if any(channel.name not in row.heights for row in status.nodes if row.node in holders):
                return 0
        if any(row.state != "running" for row in status.nodes if row.kind == "ca"):
            return 0
        return status.height

    def _height(self) -> int:
        return read_status(self.state, self.topology, self._backend()).height

    def _asked(self) -> str | None:
        return self._wanted or os.environ.get(VARIABLE) or None

    def _backend(self, *, programs: bool = False) -> Backend:
        """The back end of the state as it is; before a first start there is nothing but files.

        Args:
            programs: whether nodes are to be started.
        """
        kept = kept_choice(self.state)
        if kept is not None and kept.backend == "container":
            return self._chosen(Choice(kept, need_engine(compose=programs), ""), None)
        found = find_programs(self.topology.fabric, Silent()) if programs else None
        return ProcessBackend(self.state, self.topology, self.project.folder, found)

    def _chosen(self, choice: Choice, programs: Programs | None) -> Backend:
        folder = self.project.folder
        if choice.engine is not None:
            project = choice.kept.project
            return ContainerBackend(self.state, self.topology, folder, choice.engine, project)
        return ProcessBackend(self.state, self.topology, folder, programs)
