"""What each department's chaincode processes serve: the packages it has approved, side by side.

Kept in the state, a file a department, and read by whatever starts or looks at its processes. So
editing the work tree changes nothing that runs: only a deployment adds a package here, and only a
definition that the department's own peers have takes one away.
"""

import compileall
import shutil
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from weftwork_network.packages import Package, kept_package, label_of, version_of
from weftwork_network.state import State, read_json, write_file, write_json
from weftwork_network.topology import Member

_SHORT = 12


class Service(msgspec.Struct, frozen=True):
    """One package that a department serves to its peers.

    Attributes:
        name: the chaincode's name.
        contract: the class, `package.module:Class`.
        package_id: the package's id.
        code_sha256: the digest of its code and class.
        files_sha256: the digest of its files, which other chaincodes may share.
        slot: tells the processes of one node apart where each needs something of its own, a port.
        place: tells the containers of one node apart, which are one for each package.
    """

    name: str
    contract: str
    package_id: str
    code_sha256: str
    files_sha256: str
    slot: int = 0
    place: int = 0

    @property
    def label(self) -> str:
        """The package's label."""
        return label_of(self.name, self.code_sha256)

    @property
    def version(self) -> str:
        """The version of the definitions that run it."""
        return version_of(self.code_sha256)


class Serving(msgspec.Struct, frozen=True):
    """What a department serves.

    Attributes:
        services: its packages, the newest of a chaincode last.
        replaced: classes to serve in place of the approved ones, by chaincode; the processes then
            run in development mode, where code and approval need not agree.
    """

    services: tuple[Service, ...] = ()
    replaced: dict[str, str] = {}

    def of(self, name: str) -> tuple[Service, ...]:
        """The packages of one chaincode."""
        return tuple(service for service in self.services if service.name == name)


def read_serving(state: State, member: Member) -> Serving:
    """What a department serves; nothing before its first approval."""
    return read_json(state.serving(member), Serving) or Serving()


def add_services(state: State, member: Member, packages: Iterable[Package]) -> list[Service]:
    """Has a department serve packages beside what it serves already.

    Returns:
        Those that it did not serve, or not as the newest of their chaincode.
    """
    serving = read_serving(state, member)
    services = list(serving.services)
    added: list[Service] = []
    for package in packages:
        kept = [service for service in services if service.package_id == package.id]
        if kept and [s for s in services if s.name == package.name][-1] is kept[0]:
            continue
        # Approved again after a later one: the newest once more.
        services = [service for service in services if service.package_id != package.id]
        service = Service(
            name=package.name,
            contract=package.contract,
            package_id=package.id,
            code_sha256=package.code_sha256,
            files_sha256=package.files_sha256,
            slot=_slot(services, package.files_sha256),
            place=_lowest({each.place for each in services}),
        )
        services.append(service)
        added.append(service)
    if added:
        _keep(state, member, Serving(tuple(services), serving.replaced))
    return added


def drop_services(state: State, member: Member, used: Collection[str]) -> list[Service]:
    """Drops packages that a later one has taken the place of on a department's own peers.

    Args:
        state: the state.
        member: the department.
        used: the ids of the packages that its peers run.

    Returns:
        What was dropped.
    """
    serving = read_serving(state, member)
    dropped = [
        service
        for at, service in enumerate(serving.services)
        if service.package_id not in used
        and any(
            later.name == service.name and later.package_id in used
            for later in serving.services[at + 1 :]
        )
    ]
    if dropped:
        left = tuple(service for service in serving.services if service not in dropped)
        _keep(state, member, Serving(left, serving.replaced))
    return dropped


def withdraw_services(state: State, member: Member, package_ids: Collection[str]) -> None:
    """Takes back what `add_services` added, where nothing came of it."""
    serving = read_serving(state, member)
    left = tuple(each for each in serving.services if each.package_id not in package_ids)
    _keep(state, member, Serving(left, serving.replaced))


def replace_contracts(state: State, member: Member, replaced: dict[str, str]) -> None:
    """Has a department serve other classes than it approved, or again what it approved."""
    serving = read_serving(state, member)
    if serving.replaced != replaced:
        _keep(state, member, Serving(serving.services, replaced))


def code_folder(state: State, service: Service) -> Path:
    """The code of a service, unpacked from its package once for all departments.

    What the folder holds need not be trusted: a server compares it with what was approved.

    Raises:
        DeployError: the package's file is gone, or was changed.
    """
    folder = state.folder / "code" / service.files_sha256[:_SHORT]
    if not folder.exists():
        package = kept_package(state, service.name, service.version)
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
        try:
            for path, content in package.files().items():
                write_file(partial / path, content)
            partial.chmod(0o755)
            # Once, not by each department's process at the same time.
            compileall.compile_dir(partial, quiet=2, stripdir=partial, prependdir=folder)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def _slot(services: Iterable[Service], files_sha256: str) -> int:
    """The slot of the process that serves some files, or the lowest that is free."""
    taken: set[int] = set()
    for service in services:
        if service.files_sha256 == files_sha256:
            return service.slot
        taken.add(service.slot)
    return _lowest(taken)


def _lowest(taken: set[int]) -> int:
    return next(number for number in range(len(taken) + 1) if number not in taken)


def _keep(state: State, member: Member, serving: Serving) -> None:
    write_json(state.serving(member), msgspec.to_builtins(serving))
