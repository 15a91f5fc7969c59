"""A Fabric network for an integrator's own tests: one line, ready in seconds, gone at the end."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import weftwork
from weftwork import aio
from weftwork_network.choice import BACKENDS, VARIABLE, kept_choice
from weftwork_network.errors import NetworkError, PreflightError
from weftwork_network.lock import taking_turns
from weftwork_network.network import Network
from weftwork_network.preflight import port_free
from weftwork_network.profiles import write_inside_profile
from weftwork_network.progress import Progress, Silent
from weftwork_network.project import STATE
from weftwork_network.state import State, write_json
from weftwork_network.testing import ports
from weftwork_network.testing.folder import ContractWords, DepartmentWords, ProjectFolder, Shape
from weftwork_network.testing.removal import remove_network
from weftwork_network.testing.watching import Watch, listen
from weftwork_network.topology import Topology

if TYPE_CHECKING:
    from docker.models.containers import Container

    from weftwork_network.testing.containers import ChannelNetwork, Compose

BackendName = Literal["process", "container"]
Keep = Literal["never", "failure", "always"]

_PREFIX = "weftwork-test-"
_TRIES = 3


class FabricNetwork:
    """A Fabric network of its own for tests.

        with FabricNetwork() as network:
            with network.connect("Logistics", user="clerk") as gateway:
                contract = gateway.network(network.channel).contract("logistics")

    It has its own folder and its own ports, so any number of them run side by side. However the
    test process ends, SIGKILL included, what belongs to the network ends with it.
    """

    def __init__(
        self,
        *,
        backend: BackendName | None = None,
        departments: Sequence[DepartmentWords] | None = None,
        contracts: Sequence[ContractWords] | None = None,
        project: str | Path | None = None,
        ordering: Literal["raft", "bft"] | None = None,
        fabric: Literal["3.1", "2.5"] | None = None,
        batch_timeout: str | None = None,
        max_message_count: int | None = None,
        keep: Keep = "failure",
        shared: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Says what network it will be; `start`, or `with`, makes it.

        Args:
            backend: `container` for containers on an engine, by the extra `testing`; by itself
                what the variable BACKEND says, else plain processes.
            departments: which of the project's, by name, and further ones in the words of
                network.yaml; all of the project's when not given.
            contracts: which of the project's chaincodes, by name, and contract classes of your
                own; a mapping in the words of network.yaml gives one a policy or collections.
                All of the project's when not given.
            project: the folder of your own network.yaml and configtx.yaml; its ports and its state
                are left alone. Four departments that come with the package when not given.
            ordering: `raft` or `bft`; by itself what the variable ORDERING says, else the project.
            fabric: `3.1` or `2.5`; by itself what the variable FABRIC says, else the project.
            batch_timeout: how long a block waits for more transactions, e.g. `200ms`.
            max_message_count: transactions a block holds at most; with 1 a submit takes some 20 ms
                and no two transactions ever meet in one block.
            keep: when the folder stays, with logs and keys and without ledgers: when the body of
                the `with` fails, always, or never.
            shared: with every other process of this pytest-xdist run that asks for the same
                network; the last to leave ends it.
            progress: takes what there is to say while it starts.
        """
        self._backend = backend
        self._shape = Shape(
            project=Path(project).resolve() if project is not None else None,
            departments=departments,
            contracts=contracts,
            ordering=ordering,
            fabric=fabric,
            batch_timeout=batch_timeout,
            max_message_count=max_message_count,
        )
        self._keep: Keep = keep
        self._shared = shared
        self._progress = progress or Silent()
        self._pid = os.getpid()
        self._watch: Watch | None = None
        self._network: Network | None = None
        self._compose: Compose | None = None
        self._opened = contextlib.ExitStack()

    def start(self) -> Self:
        """Starts it and waits until it answers.

        Raises:
            MissingExtraError: containers are asked for and the extra is not installed.
            EngineError, ImageError: containers are asked for, and no engine answers or has the
                images.
            NetworkError: whatever else keeps it from starting.
        """
        if self._network is not None:
            return self
        self._pid = os.getpid()
        folder = ProjectFolder(self._shape)
        if not self._shared:
            self._begin(folder, None)
            return self
        address = self._address()
        with taking_turns(address.with_suffix(".lock"), lambda: None):
            self._watch = Watch.join(address)
            if self._watch is None:
                self._begin(folder, address)
            else:
                self._network = Network.open(self._watch.folder)
        return self

    def stop(self, *, failed: bool = False) -> None:
        """Ends it: nodes, containers, volumes, folder, ports. Does nothing when it has ended.

        Args:
            failed: the folder stays, unless it was asked never to.
        """
        watch, self._watch, self._network = self._watch, None, None
        if watch is None or os.getpid() != self._pid:
            return  # a fork of the test has no say
        try:
            self._opened.close()
        finally:
            if self._shared:
                watch.leave()
            else:
                # Should this fail, the watcher goes on with it: it is told only of success.
                remove_network(watch.folder, keep=self._keeps(failed))
                watch.done()

    def __enter__(self) -> Self:
        """Starts it."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends it; an exception is told where the logs are."""
        folder = self._watch.folder if self._watch is not None else None
        self.stop(failed=error is not None)
        if error is not None and folder is not None and folder.exists():
            error.add_note(f"the network's logs are kept below {folder / STATE / 'logs'}")

    @property
    def network(self) -> Network:
        """The network as the operator's tool has it: up, status, start and stop of single nodes.

        Raises:
            NetworkError: it has not been started, or has ended.
        """
        if self._network is None:
            raise NetworkError("this test network does not run; use it inside `with`, or start it")
        return self._network

    @property
    def folder(self) -> Path:
        """Its project folder."""
        return self.network.project.folder

    @property
    def channel(self) -> str:
        """The channel's name; the first one's, where there are several."""
        return self.network.channel

    @property
    def topology(self) -> Topology:
        """Every department, node, port and name."""
        return self.network.topology

    def profile(self, department: str, *, inside: bool = False) -> Path:
        """A department's connection profile; its wallet is beside it.

        Args:
            department: its name or its MSP id.
            inside: for a client in a container on `channel_network`, which calls peers by name.

        Raises:
            KeyError: there is no such department.
        """
        if not inside:
            return self.network.profile(department)
        self._project_name()
        member = self.topology.member(department)
        return write_inside_profile(self.network.state, self.topology, member)

    def connect(
        self, department: str, user: str = "admin", *, options: weftwork.Options | None = None
    ) -> weftwork.Gateway:
        """A gateway to a department's first peer, closed with the network if not before.

        Args:
            department: its name or its MSP id.
            user: a user of its wallet.
            options: the client's.

        Raises:
            KeyError: there is no such department.
            UnknownUserError: it has no such user.
        """
        gateway = weftwork.connect(self.profile(department), user=user, options=options)
        self._opened.callback(gateway.close)
        return gateway

    def connect_async(
        self, department: str, user: str = "admin", *, options: weftwork.Options | None = None
    ) -> aio.Gateway:
        """The same for `async with`: who opens it closes it."""
        return aio.connect(self.profile(department), user=user, options=options)

    def logs(self, node: str, lines: int = 200) -> str:
        """The last lines of a node's log.

        Raises:
            KeyError: there is no such node.
        """
        return "\n".join(self.network.backend.log_lines(self.topology.node(node), lines))

    def kill(self, node: str) -> None:
        """Kills a node, e.g. `energy-peer0`, as a crash would; `restore` brings it back.

        Raises:
            KeyError: there is no such node.
        """
        self.network.kill_node(node)

    def restore(self) -> tuple[str, ...]:
        """Starts again what does not run and waits until it answers; gives the nodes started."""
        return self.network.up(self._progress).started

    @property
    def compose(self) -> "Compose":
        """testcontainers' compose of it: `get_logs`, `exec_in_container`, `get_container`, ….

        Raises:
            NetworkError: it runs as processes.
        """
        project = self._project_name()
        if self._compose is None:
            from weftwork_network.testing.containers import Compose

            self._compose = Compose(self.network.state.folder / "compose.yaml", project)
        return self._compose

    def container(self, service: str) -> "Container":
        """A container, by the name of its service in the compose file, e.g. `energy-peer0`.

        Raises:
            NetworkError: it runs as processes.
            KeyError: there is no such service.
        """
        from weftwork_network.testing.containers import container

        return container(self.compose, service)

    @property
    def channel_network(self) -> "ChannelNetwork":
        """The engine's network of orderers and peers, for `DockerContainer.with_network`.

        Raises:
            NetworkError: it runs as processes.
        """
        project = self._project_name()
        from weftwork_network.testing.containers import ChannelNetwork

        return ChannelNetwork(project)

    def _begin(self, files: ProjectFolder, address: Path | None) -> None:
        """Starts a network and its watcher; ends both when it does not come up."""
        backend = self._chosen_backend()
        labels: dict[str, str] = {}
        if backend == "container":
            from weftwork_network.testing import containers

            containers.check_engine()
            # A reaper goes by its session, which of those who share a network is one's alone.
            labels = {} if self._shared else containers.labels()
        for left in reversed(range(_TRIES)):
            try:
                self._network = self._attempt(files, address, backend, labels)
                return
            except _PortsTaken as taken:
                if not left:
                    raise taken.error from None

    def _attempt(
        self,
        files: ProjectFolder,
        address: Path | None,
        backend: BackendName,
        labels: dict[str, str],
    ) -> Network:
        """Starts a network on a block of ports of its own; nothing of it stays when it fails."""
        block = ports.reserve(files.departments)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        try:
            self._watch = Watch.start(folder, block, listen(address) if address else None)
        except BaseException:
            folder.rmdir()
            raise
        network: Network | None = None
        try:
            files.write(folder, block.base)
            asked = self._shape
            network = Network.open(
                folder, backend=backend, ordering=asked.ordering, fabric=asked.fabric
            )
            if labels:
                write_json(network.state.labels, labels)
            network.up(self._progress)
        except PreflightError as error:
            self.stop()  # nothing has run: there is nothing to keep
            if not all(map(port_free, _ports_of(network))):
                # Somebody who reserves nothing has just begun to listen there.
                raise _PortsTaken(error) from error
            raise
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return network

    def _chosen_backend(self) -> BackendName:
        asked = self._backend or os.environ.get(VARIABLE) or "process"
        for backend in BACKENDS:
            if backend == asked:
                return backend
        raise NetworkError(f"{asked} is no back end; take {' or '.join(BACKENDS)}")

    def _keeps(self, failed: bool) -> bool:
        return self._keep == "always" or (failed and self._keep == "failure")

    def _project_name(self) -> str:
        kept = kept_choice(State(self.network.state.folder))
        if kept is None or kept.backend != "container":
            raise NetworkError('this test network runs as processes; ask for backend="container"')
        return kept.project

    def _address(self) -> Path:
        """Where those who share this network meet: the same words for the same network."""
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"pid {os.getpid()}"
        words = f"{run} {self._chosen_backend()} {self._shape}"
        name = hashlib.sha256(words.encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"weftwork-shared-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise NetworkError(f"{folder} is somebody else's; set TMPDIR to a folder of your own")
        return folder / f"{name}.sock"


class _PortsTaken(Exception):
    """A start failed because somebody listens on one of the ports meanwhile."""

    def __init__(self, error: PreflightError) -> None:
        self.error = error
        super().__init__(str(error))


def _ports_of(network: Network | None) -> Iterator[int]:
    if network is not None:
        yield from (port for node in network.topology.nodes for port in node.ports.values())
