"""The chaincodes of a network that is up: their whole life, for all departments or as one of them.

What one department does touches that department's keys alone, so that the others' need not be on
the machine: `install`, `approve`, `commit`. What all do together is `deploy` and `rollback`.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from weftwork.aio.admin import CommittedDefinition
from weftwork.errors import EvaluateError
from weftwork_network.approving import Approving
from weftwork_network.backend import Backend
from weftwork_network.beside import serve, wait_listening, withdraw
from weftwork_network.deployed import read_deployed, remember
from weftwork_network.deploying import Change, Deployment
from weftwork_network.disk import refusals_in_words
from weftwork_network.errors import DeployError
from weftwork_network.faults import did_you_mean
from weftwork_network.links import Links
from weftwork_network.lock import locked
from weftwork_network.network import Network
from weftwork_network.packages import (
    Package,
    define,
    kept_package,
    kept_versions,
    make_packages,
    read_package,
    write_package,
)
from weftwork_network.progress import Progress, Silent
from weftwork_network.running import run, uninterrupted
from weftwork_network.topology import Chaincode, Channel, Member


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


@dataclass(frozen=True)
class Readiness:
    """Whether departments agree on the next definition of a chaincode.

    Attributes:
        channel: where.
        chaincode: of what.
        sequence: the sequence asked about.
        version: the version asked about.
        committed: it is what the channel has already.
        departments: by MSP id: None where it has approved this, else what its own approval of
            that sequence has otherwise, nothing where it has approved none.
    """

    channel: str
    chaincode: str
    sequence: int
    version: str
    committed: bool
    departments: dict[str, tuple[str, ...] | None]


class Chaincodes:
    """The chaincodes of a network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._state = network.state
        self._topology = network.topology

    def package(self, names: Sequence[str] = (), folder: Path | None = None) -> list[Path]:
        """Packages chaincodes from the code of now, into files that travel.

        Args:
            names: which; all when none is named.
            folder: where the files go; the state's own when none is named.

        Returns:
            The files.

        Raises:
            DeployError: there is no such chaincode, or its code cannot be packaged.
        """
        chosen = self._chosen(self._made(), names)
        if folder is None:
            return [write_package(self._state, package) for package in chosen]
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / package.file_name for package in chosen]
        for file, package in zip(files, chosen, strict=True):
            file.write_bytes(package.content)
        return files

    def install(self, department: str, file: Path) -> Package:
        """Installs a package on one department's peers, with its keys alone.

        Raises:
            KeyError: there is no such department.
            DeployError: the file is no package, or a peer refuses it.
        """
        member = self._topology.member(department)
        package = self._of_file(file, None)
        with self._working(f"weftwork chaincode install --as {member.name}"):
            self._bring_beside(self._backend(), [package], [member], Silent())
            run(lambda: self._install(package, member))
        return package

    def approve(
        self,
        department: str,
        name: str,
        *,
        file: Path | None = None,
        sequence: int | None = None,
        progress: Progress | None = None,
    ) -> list[Approved]:
        """Approves a chaincode as one department, with its keys alone.

        Where the department runs it, its new code is started beside the old first.

        Args:
            department: who.
            name: the chaincode.
            file: the package; made from the code of now when none is named.
            sequence: of the definition; the next one by itself.
            progress: takes what there is to say meanwhile.

        Raises:
            KeyError: there is no such department.
            DeployError: Fabric refuses the definition, the package is of something else.
        """
        member = self._topology.member(department)
        targets = self._targets(name, member)
        package = self._of_file(file, name) if file else self._chosen(self._made(), [name])[0]
        with self._working(f"weftwork chaincode approve --as {member.name}"):
            backend = self._backend()
            runs = [target for target in targets if member.name in target[1].runners]
            if runs:
                self._bring_beside(backend, [package], [member], progress or Silent())
            return run(
                lambda: self._approve(backend, member, package, targets, sequence, bool(runs))
            )

    def ready(self, name: str | None = None, *, file: Path | None = None) -> list[Readiness]:
        """Which department has approved the next definition of chaincodes, and why not.

        Asked of the first department whose keys are here.

        Args:
            name: of which chaincode; of all when none is named.
            file: the package; made from the code of now when none is named.

        Raises:
            DeployError: there is no such chaincode.
        """
        packages = [self._of_file(file, name)] if file else self._made()
        chosen = self._chosen(packages, [name] if name else [])
        return run(lambda: self._ready(chosen))

    def commit(self, department: str, name: str) -> list[Change]:
        """Commits as one department what it has approved, where enough others have too.

        Raises:
            KeyError: there is no such department.
            DeployError: it has approved nothing new, or who has not approved it, and why not.
        """
        member = self._topology.member(department)
        targets = self._targets(name, member)
        with self._working(f"weftwork chaincode commit --as {member.name}"):
            backend = self._backend()
            return run(lambda: self._commit(backend, member, targets))

    def deploy(self, names: Sequence[str] = (), progress: Progress | None = None) -> list[Change]:
        """Brings chaincodes to the code and definition of now: installs, approves, commits.

        New code answers beside the old before anybody approves it, and the old ends when no peer
        needs it, so that transactions go on meanwhile.

        Args:
            names: which; all when none is named.
            progress: takes what there is to say meanwhile.

        Raises:
            DeployError: a department cannot approve, or the departments do not agree.
            NodeError: the new code does not start; nothing was approved.
        """
        with self._working("weftwork chaincode deploy"):
            made = self._made()
            return self._deploy(self._chosen(made, names), made, progress or Silent())

    def rollback(
        self, name: str, version: str | None = None, progress: Progress | None = None
    ) -> list[Change]:
        """Deploys an earlier package of a chaincode, as the next sequence.

        It stays so, also when the network is started again, until the code here is edited or
        deployed. Policy and collections stay what network.yaml says.

        Args:
            name: the chaincode.
            version: the beginning of the version; the one before by itself.
            progress: takes what there is to say meanwhile.

        Raises:
            DeployError: there is no such package.
        """
        with self._working("weftwork chaincode rollback"):
            made = self._made()
            self._chosen(made, [name])
            package = kept_package(self._state, name, self._earlier(name, version))
            return self._deploy([package], made, progress or Silent())

    def _deploy(
        self, packages: list[Package], made: list[Package], progress: Progress
    ) -> list[Change]:
        backend, members = self._backend(), self._topology.members
        added = self._bring_beside(backend, packages, members, progress)

        async def steps() -> list[Change]:
            async with Links(self._state, self._topology) as links:
                deployment = Deployment(self._state, self._topology, links, packages)
                try:
                    progress.doing("installing")
                    await deployment.install(self._topology.peers)
                    progress.doing("approving, committing")
                    changes = await deployment.define(made)
                    progress.doing("trying")
                    await deployment.wait_ready()
                    progress.doing("ending what nobody needs any more")
                    await deployment.retire(backend, members)
                except BaseException:
                    if not deployment.begun:
                        with uninterrupted():
                            withdraw(self._state, self._topology, backend, added)
                    raise
                return changes

        return run(steps)

    def _bring_beside(
        self,
        backend: Backend,
        packages: Iterable[Package],
        members: Sequence[Member],
        progress: Progress,
    ) -> dict[str, list[str]]:
        """Starts new code beside the old and waits until it answers; takes it back if it fails."""
        packages = list(packages)
        for package in packages:
            write_package(self._state, package)
        added = serve(self._state, self._topology, packages, members)
        nodes = [node for member in members for node in member.chaincode_nodes]
        try:
            progress.doing("starting the new code beside the old")
            backend.prepare(members)
            backend.start(nodes)
            run(lambda: wait_listening(backend, nodes))
        except BaseException:
            with uninterrupted():
                withdraw(self._state, self._topology, backend, added)
            raise
        return added

    async def _install(self, package: Package, member: Member) -> None:
        async with Links(self._state, self._topology) as links:
            await Deployment(self._state, self._topology, links, [package]).install(member.peers)

    async def _approve(
        self,
        backend: Backend,
        member: Member,
        package: Package,
        targets: Sequence[tuple[Channel, Chaincode]],
        sequence: int | None,
        runs: bool,
    ) -> list[Approved]:
        approved: list[Approved] = []
        async with Links(self._state, self._topology) as links:
            deployment = Deployment(self._state, self._topology, links, [package])
            if runs:
                await deployment.install(member.peers)
            for channel, chaincode in targets:
                acting = Approving(links, channel, member)
                number = sequence or _next(
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

    async def _ready(self, packages: Sequence[Package]) -> list[Readiness]:
        found: list[Readiness] = []
        async with Links(self._state, self._topology) as links:
            for channel in self._topology.channels:
                acting = Approving(links, channel, self._with_keys(channel))
                for chaincode in channel.chaincodes:
                    for package in packages:
                        if package.name != chaincode.name:
                            continue
                        committed = await acting.committed(chaincode.name)
                        number = _next(committed, chaincode, package.version)
                        definition = define(chaincode, package.version, number)
                        done = committed is not None and number == committed.sequence
                        found.append(
                            Readiness(
                                channel=channel.name,
                                chaincode=chaincode.name,
                                sequence=number,
                                version=package.version,
                                committed=done,
                                departments={
                                    mspid: None if approved else ()
                                    for mspid, approved in committed.approvals.items()
                                }
                                if committed is not None and done
                                else await acting.readiness(definition),
                            )
                        )
        return found

    async def _commit(
        self, backend: Backend, member: Member, targets: Sequence[tuple[Channel, Chaincode]]
    ) -> list[Change]:
        changes: list[Change] = []
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
                remember(self._state, self._topology, [package], self._made())
        return changes

    def _earlier(self, name: str, version: str | None) -> str:
        """The version to roll back to."""
        last = read_deployed(self._state).get(name)
        current = last.version if last is not None else ""
        kept = [each for each in kept_versions(self._state, name) if each != current]
        known = ", ".join(kept) or "none"
        if version is None:
            if last is None or not last.before:
                raise DeployError(
                    f"nothing was deployed of {name} before {current or 'now'}; packages that are "
                    f"kept: {known}; name one with --to"
                )
            return last.before[-1]
        found = [each for each in kept if each.startswith(version)]
        if len(found) != 1:
            why = "is no earlier version" if not found else "is the beginning of several versions"
            raise DeployError(f"{version!r} {why} of {name}; packages that are kept: {known}")
        return found[0]

    def _made(self) -> list[Package]:
        return make_packages(self._topology, self._network.project.folder)

    def _of_file(self, file: Path, name: str | None) -> Package:
        package = read_package(file)
        if name is not None and package.name != name:
            raise DeployError(f"{file} is a package of {package.name}, not of {name}")
        self._chosen([package], [package.name])
        write_package(self._state, package)
        return package

    def _chosen(self, packages: Sequence[Package], names: Sequence[str]) -> list[Package]:
        known = {chaincode.name for chaincode in self._topology.chaincodes}
        for name in names:
            if name not in known:
                raise DeployError(f"no chaincode '{name}'{did_you_mean(name, known)}")
        return [package for package in packages if not names or package.name in names]

    def _targets(self, name: str, member: Member) -> list[tuple[Channel, Chaincode]]:
        """Where a chaincode is that a department has a say in."""
        self._chosen([], [name])
        return [
            (channel, chaincode)
            for channel in self._topology.channels
            for chaincode in channel.chaincodes
            if chaincode.name == name and member in channel.with_peers
        ]

    def _with_keys(self, channel: Channel) -> Member:
        """The first department of a channel whose keys are on this machine."""
        for member in channel.with_peers:
            if (self._state.department(member) / "wallet").is_dir():
                return member
        raise DeployError(f"no department's keys of {channel.name} are here")

    def _backend(self) -> Backend:
        """Where the nodes run, which must be up."""
        if not self._state.created.exists():
            raise DeployError("the network has not been started; first: weftwork network up")
        return self._network.backend

    @contextmanager
    def _working(self, command: str) -> Generator[None]:
        with refusals_in_words(self._state.folder, command), locked(self._state.lock, command):
            yield


def _next(committed: CommittedDefinition | None, chaincode: Chaincode, version: str) -> int:
    """The sequence of a definition: that which has it already, else the next."""
    if committed is None:
        return 1
    same = committed.matches(define(chaincode, version, committed.sequence))
    return committed.sequence if same else committed.sequence + 1
