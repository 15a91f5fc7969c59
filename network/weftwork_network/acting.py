"""One department's own part in a chaincode's life, with that department's keys alone.

The keys of the others need not be on the machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork.errors import EvaluateError
from weftwork_network.approving import Approving
from weftwork_network.backend import Backend
from weftwork_network.beside import bring_beside
from weftwork_network.deployed import remember
from weftwork_network.deploying import Change, Deployment
from weftwork_network.errors import DeployError
from weftwork_network.links import Links
from weftwork_network.network import Network
from weftwork_network.packages import Package, define, kept_package, read_package
from weftwork_network.progress import Progress, Silent
from weftwork_network.running import run
from weftwork_network.selection import (
    made_packages,
    next_sequence,
    package_of,
    running_backend,
    targets_of,
    working,
)
from weftwork_network.topology import Chaincode, Channel


@dataclass(frozen=True)
class Approved:
    """What a department has approved.

    Attributes:
        channel: where.
        chaincode: of what.
        department: who.
        sequence: the sequence of the definition.
        version: its version.
        runs: whether the department runs it.
        new: whether it had not approved this before.
    """

    channel: str
    chaincode: str
    department: str
    sequence: int
    version: str
    runs: bool
    new: bool


class Acting:
    """One department of a network."""

    def __init__(self, network: Network, department: str) -> None:
        """Raises KeyError where there is no such department."""
        self._network = network
        self._state = network.state
        self._topology = network.topology
        self._member = network.topology.member(department)

    def install(self, file: Path) -> Package:
        """Installs a package on the department's peers and starts its code; approves nothing.

        Raises:
            DeployError: the file is no package, or a peer refuses it.
        """
        package = package_of(self._network, read_package(file).name, file)
        with working(self._network, f"weftwork chaincode install --as {self._member.name}"):
            self._bring_beside(running_backend(self._network), package, Silent())
            run(lambda: self._install(package))
        return package

    def approve(
        self,
        name: str,
        *,
        file: Path | None = None,
        sequence: int | None = None,
        progress: Progress | None = None,
    ) -> list[Approved]:
        """Approves a chaincode; where the department runs it, its new code is started first.

        Args:
            name: the chaincode.
            file: the package; made from the code of now when none is named.
            sequence: of the definition; the next one by itself.
            progress: takes what there is to say meanwhile.

        Raises:
            DeployError: Fabric refuses the definition, the package is of something else.
        """
        member = self._member
        targets = targets_of(self._network, name, member)
        package = package_of(self._network, name, file)
        with working(self._network, f"weftwork chaincode approve --as {member.name}"):
            backend = running_backend(self._network)
            runs = [target for target in targets if member.name in target[1].runners]
            if runs:
                self._bring_beside(backend, package, progress or Silent())
            return run(lambda: self._approve(backend, package, targets, sequence, bool(runs)))

    def commit(self, name: str) -> list[Change]:
        """Commits what the department has approved, where enough others have too.

        Raises:
            DeployError: it has approved nothing new, or who has not approved it, and why not.
        """
        targets = targets_of(self._network, name, self._member)
        with working(self._network, f"weftwork chaincode commit --as {self._member.name}"):
            backend = running_backend(self._network)
            return run(lambda: self._commit(backend, targets))

    def _bring_beside(self, backend: Backend, package: Package, progress: Progress) -> None:
        members = [self._member]
        bring_beside(self._state, self._topology, backend, [package], members, progress)

    async def _install(self, package: Package) -> None:
        async with Links(self._state, self._topology) as links:
            await Deployment(self._state, self._topology, links, [package]).install(
                self._member.peers
            )

    async def _approve(
        self,
        backend: Backend,
        package: Package,
        targets: Sequence[tuple[Channel, Chaincode]],
        sequence: int | None,
        runs: bool,
    ) -> list[Approved]:
        approved: list[Approved] = []
        member = self._member
        async with Links(self._state, self._topology) as links:
            deployment = Deployment(self._state, self._topology, links, [package])
            if runs:
                await deployment.install(member.peers)
            for channel, chaincode in targets:
                acting = Approving(links, channel, member)
                number = sequence or next_sequence(
                    await acting.committed(chaincode.name), chaincode, package.version
                )
                running = member.name in chaincode.runners
                definition = define(chaincode, package.version, number)
                new = await acting.approve(definition, package.id if running else None)
                approved.append(
                    Approved(
                        channel=channel.name,
                        chaincode=chaincode.name,
                        department=member.name,
                        sequence=number,
                        version=package.version,
                        runs=running,
                        new=new,
                    )
                )
            await deployment.retire(backend, [member])
        return approved

    async def _commit(
        self, backend: Backend, targets: Sequence[tuple[Channel, Chaincode]]
    ) -> list[Change]:
        changes: list[Change] = []
        member = self._member
        async with Links(self._state, self._topology) as links:
            for channel, chaincode in targets:
                acting = Approving(links, channel, member)
                committed = await acting.committed(chaincode.name)
                number = committed.sequence + 1 if committed is not None else 1
                try:
                    approval = await acting.approval(chaincode.name, number)
                except EvaluateError as error:
                    raise DeployError(
                        f"{member.name} has approved nothing new of {chaincode.name} (sequence "
                        f"{number}) on {channel.name}; first: weftwork chaincode approve "
                        f"{chaincode.name} --as {member.name}"
                    ) from error
                definition = define(chaincode, approval.version, number)
                if not approval.matches(definition):
                    raise DeployError(
                        f"{member.name} approved another policy or other collections of "
                        f"{chaincode.name} (sequence {number}) than network.yaml says; approve "
                        "again, or write what was approved"
                    )
                await acting.commit(definition)
                why = "" if committed is None else "its definition"
                changes.append(Change(channel.name, chaincode.name, number, approval.version, why))
                package = kept_package(self._state, chaincode.name, approval.version)
                deployment = Deployment(self._state, self._topology, links, [package])
                await deployment.settle([member])
                await deployment.retire(backend, [member])
                remember(self._state, self._topology, [package], made_packages(self._network))
        return changes
