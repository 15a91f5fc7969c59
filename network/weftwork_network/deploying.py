"""Chaincodes installed, approved by each department as itself, committed, and tried."""

from collections.abc import Iterable
from dataclasses import dataclass

from weftwork.errors import EndorseError, PeerError, WeftworkError
from weftwork_network.approving import Approving
from weftwork_network.backend import Backend
from weftwork_network.deployed import remember
from weftwork_network.errors import DeployError
from weftwork_network.links import Links
from weftwork_network.packages import Package, define
from weftwork_network.serving import drop_services
from weftwork_network.state import State
from weftwork_network.topology import Chaincode, Channel, Member, Node, Topology
from weftwork_network.waiting import together, wait_for

READY_TIMEOUT = 60.0
# A name by convention for what describes a contract. Whether a contract answers it or says that it
# has no such function: either way its process has answered, and nothing is written.
PROBE = "org.hyperledger.fabric:GetMetadata"
_NO_SUCH_FUNCTION = 404


@dataclass(frozen=True)
class Change:
    """What a deployment did to a chaincode.

    Attributes:
        channel: the channel.
        chaincode: its name.
        sequence: the sequence it now has on the channel.
        version: the version it now has.
        why: empty for the first deployment, else what had changed.
    """

    channel: str
    chaincode: str
    sequence: int
    version: str
    why: str


@dataclass(frozen=True)
class _Target:
    """A chaincode on a channel, and the package that is to run there."""

    channel: Channel
    chaincode: Chaincode
    package: Package

    @property
    def runners(self) -> list[Member]:
        """The departments whose peers run it."""
        return [member for member in self.channel.members if self.runs(member)]

    def runs(self, member: Member) -> bool:
        """Whether a department's peers run it."""
        return member.name in self.chaincode.runners


class Deployment:
    """Brings chaincodes on every channel to what the definition says and a package holds."""

    def __init__(
        self, state: State, topology: Topology, links: Links, packages: list[Package]
    ) -> None:
        self._state = state
        self._topology = topology
        self._links = links
        self._packages = packages
        by_name = {package.name: package for package in packages}
        self._targets = [
            _Target(channel, chaincode, by_name[chaincode.name])
            for channel in topology.channels
            for chaincode in channel.chaincodes
            if chaincode.name in by_name
        ]
        self.begun = False
        """Whether a department may have approved something."""

    async def install(self, nodes: Iterable[Node]) -> None:
        """Installs on peers what their departments run and they do not hold yet.

        Raises:
            DeployError: a peer refuses a package.
        """
        await together(self._install(node) for node in nodes)

    async def define(self, made: Iterable[Package] = ()) -> list[Change]:
        """Approves and commits what the channels do not yet have, and waits until peers have it.

        Args:
            made: what the project's code makes now; by default the packages themselves.

        Raises:
            DeployError: a department cannot approve, or the departments do not agree.
        """
        self.begun = True
        changes = await together(self._define(target) for target in self._targets)
        await self.settle(self._topology.members)
        remember(self._state, self._topology, self._packages, made or self._packages)
        return [change for change in changes if change is not None]

    async def settle(self, members: Iterable[Member]) -> None:
        """Waits until departments' peers have what was committed.

        Raises:
            NotReadyError: one does not have it in its time.
        """
        asked = [member.name for member in members]
        await together(
            self._known(target, member)
            for target in self._targets
            for member in target.channel.with_peers
            if member.name in asked
        )

    async def wait_ready(self) -> None:
        """Waits until a transaction on each chaincode would find all its endorsers.

        Raises:
            NotReadyError: with what the gateway said last.
        """
        await together(self._ready(target, target.runners[0]) for target in self._targets)
        # What a peer says of itself names all that it runs: who has learnt the last of a
        # department's chaincodes has learnt them all. Each asks everybody, so each asks once.
        last = {m.name: (target, m) for target in self._targets for m in target.runners}
        await together(self._ready(target, member) for target, member in last.values())

    async def retire(self, backend: Backend, members: Iterable[Member]) -> None:
        """Ends what departments serve beside a later package, once none of their peers needs it.

        Raises:
            DeployError: a peer does not say what it runs.
        """
        changed = [m for m in members if drop_services(self._state, m, await self._used(m))]
        if changed:
            backend.prepare(changed)
            backend.retire([node for member in changed for node in member.chaincode_nodes])

    async def _used(self, member: Member) -> set[str]:
        """The packages that a department's peers run."""
        try:
            held = await together(self._links.peer(peer).installed() for peer in member.peers)
        except PeerError as error:
            raise DeployError(f"{member.name}: {error}") from error
        return {each.package_id for installed in held for each in installed if each.uses}

    async def _install(self, node: Node) -> None:
        member = self._topology.member(node.department)
        wanted = {
            target.package.id: target.package for target in self._targets if target.runs(member)
        }
        link = self._links.peer(node)
        try:
            held = {installed.package_id for installed in await link.installed()}
            missing = [package for package in wanted.values() if package.id not in held]
            await together(link.install(package.content) for package in missing)
        except PeerError as error:
            raise DeployError(f"{node.id}: {error}") from error

    async def _define(self, target: _Target) -> Change | None:
        try:
            return await self._bring(target)
        except WeftworkError as error:
            name = target.chaincode.name
            raise DeployError(
                f"chaincode {name} cannot be deployed on {target.channel.name}: {error}"
            ) from error

    async def _bring(self, target: _Target) -> Change | None:
        channel, package = target.channel, target.package
        name = target.chaincode.name
        first = channel.with_peers[0]
        committed = await self._links.lifecycle(first, channel.name).committed(name)
        sequence = committed.sequence if committed is not None else 0
        definition = define(target.chaincode, package.version, sequence)
        if committed is not None and committed.matches(definition):
            # The definition stands; a department may still lack its approval of the package.
            await self._approve_all(target, sequence)
            return None
        await self._approve_all(target, sequence + 1)
        definition = define(target.chaincode, package.version, sequence + 1)
        await Approving(self._links, channel, first).commit(definition)
        if committed is None:
            why = ""
        elif committed.version != package.version:
            why = "its code"
        else:
            why = "its policy or collections"
        return Change(channel.name, name, sequence + 1, package.version, why)

    async def _approve_all(self, target: _Target, sequence: int) -> None:
        fresh = sequence == 1 and not self._state.deployed.exists()
        definition = define(target.chaincode, target.package.version, sequence)
        await together(
            Approving(self._links, target.channel, member).approve(
                definition, target.package.id if target.runs(member) else None, fresh=fresh
            )
            for member in target.channel.with_peers
        )

    async def _known(self, target: _Target, member: Member) -> None:
        """Waits until each of a department's peers has the definition that was committed.

        Asked before that, it would call the code of the old definition, which ends now.
        """
        name, package = target.chaincode.name, target.package
        lifecycle = self._links.lifecycle(member, target.channel.name)
        use = (target.channel.name, name, package.version)

        async def known() -> str:
            committed = await lifecycle.committed(name)
            if committed is None or not committed.matches(
                define(target.chaincode, package.version, committed.sequence)
            ):
                return f"{member.name}'s peer does not have the definition of {name}"
            if target.runs(member):
                for peer in member.peers:
                    held = await self._links.peer(peer).installed()
                    if not any(each.package_id == package.id and use in each.uses for each in held):
                        return f"{peer.id} does not run {name} {package.version}"
            return ""

        await wait_for(known, READY_TIMEOUT)

    async def _ready(self, target: _Target, member: Member) -> None:
        """Asks every department that runs it through one department's gateway.

        That takes what a transaction takes: the gateway must have learnt by gossip where the
        chaincode runs, and each peer must reach its chaincode process.
        """
        network = self._links.gateway(member).network(target.channel.name)
        contract = network.contract(target.chaincode.name)
        everybody = [each.mspid for each in target.runners]

        async def answered() -> str:
            try:
                proposal = contract.proposal(PROBE, endorsing_organizations=everybody)
                await proposal.endorse(timeout=10)
            except EndorseError as error:
                answers = {
                    refusal.mspid
                    for refusal in error.refusals
                    if refusal.chaincode_status == _NO_SUCH_FUNCTION
                }
                if answers >= set(everybody):
                    return ""
                text = " ".join(str(error).split())
                return f"{target.chaincode.name} as {member.name}: {text}"
            return ""

        await wait_for(answered, READY_TIMEOUT)
