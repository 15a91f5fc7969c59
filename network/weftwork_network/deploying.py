"""Chaincodes installed, approved by each department as itself, committed, and tried."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from weftwork.errors import (
    CommitError,
    EndorseError,
    EvaluateError,
    GatewayError,
    PeerError,
    WeftworkError,
)
from weftwork_network.errors import DeployError
from weftwork_network.links import Links
from weftwork_network.packages import Package, remember
from weftwork_network.state import State
from weftwork_network.topology import Member, Node, Topology
from weftwork_network.waiting import together, wait_for

READY_TIMEOUT = 60.0
TRIES = 40
PAUSE = 0.1
# A name by convention for what describes a contract. Whether a contract answers it or says that it
# has no such function: either way its process has answered, and nothing is written.
PROBE = "org.hyperledger.fabric:GetMetadata"
_NO_SUCH_FUNCTION = 404
# What Fabric says to an approval that it holds already.
_UNCHANGED = "unchanged content"
# What passes by itself: a peer or the orderers are not there yet.
_PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED")


@dataclass(frozen=True)
class Change:
    """What a deployment did to a chaincode.

    Attributes:
        chaincode: its name.
        sequence: the sequence it now has on the channel.
        why: empty for the first deployment, else what had changed.
    """

    chaincode: str
    sequence: int
    why: str


class Deployment:
    """Brings the channel's chaincodes to what the definition says."""

    def __init__(
        self, state: State, topology: Topology, links: Links, packages: list[Package]
    ) -> None:
        self._state = state
        self._topology = topology
        self._links = links
        self._packages = packages
        self._with_peers = [member for member in topology.members if member.peers]

    async def install(self, nodes: Iterable[Node]) -> None:
        """Installs on peers what they do not hold yet.

        Raises:
            DeployError: a peer refuses a package.
        """
        await together(self._install(node) for node in nodes)

    async def define(self) -> list[Change]:
        """Approves and commits what the channel does not yet have.

        Raises:
            DeployError: a department cannot approve, or the departments do not agree.
        """
        changes = await together(self._define(package) for package in self._packages)
        await together(
            self._known(member, package)
            for member in self._with_peers
            for package in self._packages
        )
        remember(self._state, self._packages)
        return [change for change in changes if change is not None]

    async def wait_ready(self) -> None:
        """Waits until a transaction on each chaincode would find all its endorsers.

        Raises:
            NotReadyError: with what the gateway said last.
        """
        await together(
            self._ready(member, package)
            for member in self._with_peers
            for package in self._packages
        )

    async def _install(self, node: Node) -> None:
        link = self._links.peer(node)
        try:
            held = {installed.package_id for installed in await link.installed()}
            missing = [package for package in self._packages if package.id not in held]
            await together(link.install(package.content) for package in missing)
        except PeerError as error:
            raise DeployError(f"{node.id}: {error}") from error

    async def _define(self, package: Package) -> Change | None:
        try:
            return await self._bring(package)
        except WeftworkError as error:
            name = package.chaincode.name
            raise DeployError(f"chaincode {name} cannot be deployed: {error}") from error

    async def _bring(self, package: Package) -> Change | None:
        name = package.chaincode.name
        committed = await self._links.lifecycle(self._with_peers[0]).committed(name)
        sequence = committed.sequence if committed is not None else 0
        if committed is not None and committed.matches(package.definition(sequence)):
            # The definition stands; a department may still lack its approval of the package.
            await self._approve_all(package, sequence)
            return None
        await self._approve_all(package, sequence + 1)
        await self._commit(package, sequence + 1)
        if committed is None:
            return Change(name, 1, "")
        code = committed.version != package.definition(1).version
        return Change(name, sequence + 1, "its code" if code else "its policy or collections")

    async def _known(self, member: Member, package: Package) -> None:
        """Waits until a department's own peer has the definition that was committed.

        Asked before that, it would dial the process for the package of the old definition, which
        is served no longer, and commit no block while it waits for that package to register.
        """
        name = package.chaincode.name
        lifecycle = self._links.lifecycle(member)

        async def known() -> str:
            committed = await lifecycle.committed(name)
            if committed is not None and committed.matches(package.definition(committed.sequence)):
                return ""
            return f"{member.name}'s peer does not have the definition of {name}"

        await wait_for(known, READY_TIMEOUT)

    async def _approve_all(self, package: Package, sequence: int) -> None:
        await together(self._approve(member, package, sequence) for member in self._with_peers)

    async def _approve(self, member: Member, package: Package, sequence: int) -> None:
        """Approves as one department; tries again while peers or orderers are not yet there."""
        lifecycle = self._links.lifecycle(member)
        fresh = sequence == 1 and not self._state.deployed.exists()
        for left in reversed(range(TRIES)):
            if not fresh and await self._approved(member, package, sequence):
                return
            try:
                await lifecycle.approve(package.definition(sequence), package.id)
                return
            except GatewayError as error:
                # An attempt that seemed to fail, or a start that was interrupted, may have done it.
                if _UNCHANGED in str(error):
                    return
                if not left or error.status not in _PASSING:
                    raise
            await asyncio.sleep(PAUSE)
            fresh = False

    async def _approved(self, member: Member, package: Package, sequence: int) -> bool:
        lifecycle = self._links.lifecycle(member)
        name = package.chaincode.name
        try:
            return await lifecycle.approved_package(name, sequence) == package.id
        except EvaluateError:
            return False

    async def _commit(self, package: Package, sequence: int) -> None:
        """Commits; another department's peer may be a block behind the approvals, so try again."""
        lifecycle = self._links.lifecycle(self._with_peers[0])
        definition = package.definition(sequence)
        everybody = [member.mspid for member in self._with_peers]
        for left in reversed(range(TRIES)):
            try:
                await lifecycle.commit(definition, endorsing_organizations=everybody)
                return
            except (GatewayError, CommitError):
                # An attempt that seemed to fail may have been ordered all the same.
                committed = await lifecycle.committed(package.chaincode.name)
                if committed is not None and committed.sequence == sequence:
                    return
                if not left:
                    raise
            await asyncio.sleep(PAUSE)

    async def _ready(self, member: Member, package: Package) -> None:
        """Asks every department through one department's gateway.

        That takes what a transaction takes: the gateway must have learnt by gossip where the
        chaincode runs, and each peer must reach its chaincode process.
        """
        network = self._links.gateway(member).network(self._topology.channel)
        contract = network.contract(package.chaincode.name)
        everybody = [member.mspid for member in self._with_peers]

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
                return f"{package.chaincode.name} as {member.name}: {text}"
            return ""

        await wait_for(answered, READY_TIMEOUT)
