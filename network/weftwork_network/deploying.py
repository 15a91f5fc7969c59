"""Chaincodes installed, approved by each department as itself, committed, and tried."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from weftwork.aio.admin import Lifecycle
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
from weftwork_network.packages import Package
from weftwork_network.state import State
from weftwork_network.topology import Channel, Member, Node, Topology
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
        channel: where.
        sequence: the sequence it now has on the channel.
        why: empty for the first deployment, else what had changed.
    """

    chaincode: str
    channel: str
    sequence: int
    why: str


async def install(links: Links, topology: Topology, packages: Sequence[Package]) -> None:
    """Installs on every peer what its department runs and the peer does not hold yet.

    Raises:
        DeployError: a peer refuses a package.
    """

    async def one(node: Node, wanted: list[Package]) -> None:
        link = links.peer(node)
        try:
            held = {installed.package_id for installed in await link.installed()}
            missing = [package for package in wanted if package.id not in held]
            await together(link.install(package.content) for package in missing)
        except PeerError as error:
            raise DeployError(f"{node.id}: {error}") from error

    def run_by(member: Member) -> list[Package]:
        names = {chaincode.name for chaincode in topology.chaincodes_of(member)}
        return [package for package in packages if package.chaincode.name in names]

    await together(one(node, run_by(m)) for m in topology.members for node in m.peers)


class Deployment:
    """Brings a channel's chaincodes to what the definition says."""

    def __init__(
        self, state: State, channel: Channel, links: Links, packages: Sequence[Package]
    ) -> None:
        self._state = state
        self._channel = channel.name
        self._links = links
        # What is packaged once is on each channel with that channel's policy and collections.
        self._packages = [
            replace(package, chaincode=chaincode)
            for chaincode in channel.chaincodes
            for package in packages
            if package.chaincode.name == chaincode.name
        ]
        self._with_peers = channel.with_peers

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

    async def _define(self, package: Package) -> Change | None:
        try:
            return await self._bring(package)
        except WeftworkError as error:
            name = package.chaincode.name
            raise DeployError(f"chaincode {name} cannot be deployed: {error}") from error

    async def _bring(self, package: Package) -> Change | None:
        name = package.chaincode.name
        committed = await self._lifecycle(self._with_peers[0]).committed(name)
        sequence = committed.sequence if committed is not None else 0
        if committed is not None and committed.matches(package.definition(sequence)):
            # The definition stands; a department may still lack its approval of the package.
            await self._approve_all(package, sequence)
            return None
        await self._approve_all(package, sequence + 1)
        await self._commit(package, sequence + 1)
        if committed is None:
            return Change(name, self._channel, 1, "")
        code = committed.version != package.definition(1).version
        why = "its code" if code else "its policy or collections"
        return Change(name, self._channel, sequence + 1, why)

    def _lifecycle(self, member: Member) -> Lifecycle:
        return self._links.lifecycle(member, self._channel)

    async def _known(self, member: Member, package: Package) -> None:
        """Waits until a department's own peer has the definition that was committed.

        Asked before that, it would dial the process for the package of the old definition, which
        is served no longer, and commit no block while it waits for that package to register.
        """
        name = package.chaincode.name
        lifecycle = self._lifecycle(member)

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
        lifecycle = self._lifecycle(member)
        fresh = sequence == 1 and not self._state.deployed.exists()
        for left in reversed(range(TRIES)):
            if not fresh and await self._approved(member, package, sequence):
                return
            try:
                await lifecycle.approve(package.definition(sequence), _run_by(member, package))
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
        lifecycle = self._lifecycle(member)
        name = package.chaincode.name
        try:
            return await lifecycle.approved_package(name, sequence) == _run_by(member, package)
        except EvaluateError:
            return False

    async def _commit(self, package: Package, sequence: int) -> None:
        """Commits; another department's peer may be a block behind the approvals, so try again."""
        lifecycle = self._lifecycle(self._with_peers[0])
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
        network = self._links.gateway(member).network(self._channel)
        contract = network.contract(package.chaincode.name)
        runners = package.chaincode.runners
        everybody = [each.mspid for each in self._with_peers if each.name in runners]

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


def _run_by(member: Member, package: Package) -> str | None:
    """The package that a department approves: none where its peers do not run the chaincode."""
    return package.id if member.name in package.chaincode.runners else None
