"""From what a folder says to a network that answers: the order in which things happen, measured."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Awaitable, Mapping, Sequence

from weftwork_network.backend import Backend
from weftwork_network.beside import wait_listening
from weftwork_network.certificates import CertificateStore
from weftwork_network.configtx import EffectiveConfigtx
from weftwork_network.creation import write_creation
from weftwork_network.deploying import Change, Deployment
from weftwork_network.enrolling import Enrolling
from weftwork_network.errors import NetworkError, NodeError
from weftwork_network.fresh import begin
from weftwork_network.joining import join_orderer, join_peers, wait_gossip, wait_leaders
from weftwork_network.links import Links
from weftwork_network.operations import Operations
from weftwork_network.packages import Package
from weftwork_network.programs import Programs
from weftwork_network.progress import Stopwatch
from weftwork_network.state import State, write_file
from weftwork_network.topology import Channel, Node, Topology
from weftwork_network.waiting import together

_WATCH = 0.1


class BringUp:
    """One start of a network. Nodes that run already are left running."""

    def __init__(
        self,
        state: State,
        topology: Topology,
        backend: Backend,
        programs: Programs,
        packages: Sequence[Package],
        watch: Stopwatch,
    ) -> None:
        self._state = state
        self._topology = topology
        self._backend = backend
        self._programs = programs
        self._packages = list(packages)
        self._watch = watch
        self.started: list[str] = []
        """The nodes that this start has started, to be stopped again if it fails."""
        self._watched: list[str] = []
        self.approving = False
        """Whether a department may have approved something."""
        self.changes: list[Change] = []
        """What was deployed."""

    def enrol(self) -> None:
        """Starts the departments' Fabric CAs, and has them issue what their users lack.

        Raises:
            NodeError: a CA died.
            NotReadyError: one does not answer in its time.
            CaError: one refuses.
        """
        if not self._topology.authorities:
            return
        with self._watch.phase("enrolling users"):
            self._start(self._topology.authorities)
            with Enrolling(self._state, self._check_alive) as enrolling:
                CertificateStore(self._state).enrol(self._topology, enrolling.issue)

    async def run(self, configtx: EffectiveConfigtx, made: Sequence[Package]) -> None:
        """Starts what does not run, joins, deploys, waits until all of it answers.

        Args:
            configtx: what makes the channels.
            made: the packages that the project's code makes now.

        Raises:
            NodeError: a node died or refuses.
            DeployError: a chaincode cannot be deployed.
            NotReadyError: something did not happen in its time.
        """
        steps = asyncio.create_task(self._steps(configtx, made))
        watcher = asyncio.create_task(self._notice_deaths())
        try:
            await asyncio.wait({steps, watcher}, return_when=asyncio.FIRST_COMPLETED)
            # A death explains whatever the steps stumbled over because of it.
            if steps.done() and not steps.cancelled() and steps.exception() is not None:
                await asyncio.sleep(2 * _WATCH)
            if watcher.done():
                watcher.result()
            await steps
        finally:
            for task in (steps, watcher):
                task.cancel()
            await asyncio.gather(steps, watcher, return_exceptions=True)

    async def _steps(self, configtx: EffectiveConfigtx, made: Sequence[Package]) -> None:
        topology, state = self._topology, self._state
        with self._watch.phase("starting nodes"):
            nodes = (*topology.orderers, *topology.peers)
            begin(state, self._backend, [n for n in nodes if self._backend.running(n.id) is None])
            self._start(nodes)
            await self._first_blocks(configtx)
            names = [channel.name for channel in topology.channels]
            blocks = {
                name: await asyncio.to_thread(state.genesis(name).read_bytes) for name in names
            }
        upgrades = state.deployed.exists()
        operations = Operations(state)
        async with Links(state, topology) as links:
            deployment = Deployment(state, topology, links, self._packages)
            try:
                # An engine takes seconds to create containers: meanwhile nodes join.
                joining = self._join(links, operations, deployment, blocks)
                await together([joining, self._start_chaincodes()])
                if upgrades:
                    # New code answers beside the old before anybody approves it.
                    await wait_listening(self._backend, topology.chaincode_servers)
                self.approving = True
                with self._watch.phase("deploying chaincodes"):
                    self.changes = await deployment.define(made)
                with self._watch.phase("chaincode processes"):
                    await wait_listening(self._backend, topology.chaincode_servers)
                with self._watch.phase("first transactions"):
                    await deployment.wait_ready()
                await deployment.retire(self._backend, topology.members)
            finally:
                operations.close()

    async def _join(
        self,
        links: Links,
        operations: Operations,
        deployment: Deployment,
        blocks: Mapping[str, bytes],
    ) -> None:
        topology, state = self._topology, self._state
        with self._watch.phase("joining channels"):
            joins: list[Awaitable[object]] = [
                join_orderer(
                    state, links, node, {c.name: blocks[c.name] for c in topology.channels_of(node)}
                )
                for node in topology.orderers
            ]
            joins.append(join_peers(state, links, topology, blocks))
            await together(joins)
        with self._watch.phase("leaders, gossip, packages"):
            waits: list[Awaitable[object]] = [
                wait_leaders(operations, topology),
                wait_gossip(operations, topology),
                deployment.install(topology.peers),
            ]
            await together(waits)

    def _start(self, nodes: Sequence[Node]) -> None:
        starting = [node for node in nodes if self._backend.running(node.id) is None]
        # Of a chaincode node the code of before may run: that is not this start's to stop.
        self.started += [node.id for node in starting if not self._backend.runs_partly(node.id)]
        self._backend.start(starting)
        self._watched += [node.id for node in starting]

    async def _start_chaincodes(self) -> None:
        with self._watch.phase("starting chaincodes"):
            await asyncio.to_thread(self._start, self._topology.chaincode_servers)

    async def _first_blocks(self, configtx: EffectiveConfigtx) -> None:
        """Makes every channel's first block, unless the channels exist."""
        if self._state.created.exists():
            return
        write_file(self._state.effective_configtx, configtx.text())
        for channel in self._topology.channels:
            await self._first_block(channel)
        write_creation(self._state, self._topology, self._programs.version)

    async def _first_block(self, channel: Channel) -> None:
        block = self._state.genesis(channel.name)
        made = block.with_suffix(".new")
        words = [
            str(self._programs.path("configtxgen")),
            *("-configPath", str(self._state.channel)),
            *("-profile", channel.profile),
            *("-channelID", channel.name),
            *("-outputBlock", str(made)),
        ]
        environment = {**os.environ, "FABRIC_CFG_PATH": str(self._state.channel)}
        process = await asyncio.create_subprocess_exec(
            *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # To its end: asyncio complains of a child that outlives the loop.
            await process.communicate()
            raise
        if process.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            telling = [line for line in lines if "ERRO" in line or "PANI" in line] or lines
            raise NetworkError(
                f"configtxgen refuses {self._state.effective_configtx}, which is configtx.yaml "
                f"completed: {telling[0] if telling else process.returncode}"
            )
        made.replace(block)

    async def _notice_deaths(self) -> None:
        """Raises as soon as a node that was started is gone."""
        while True:
            self._check_alive()
            await asyncio.sleep(_WATCH)

    def _check_alive(self) -> None:
        for name in list(self._watched):
            if self._backend.running(name) is None:
                node = self._topology.node(name)
                tail = self._backend.log_tail(node)
                raise NodeError(name, "died while the network was starting", tail)
