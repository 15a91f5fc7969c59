"""Chaincode packages: one file that carries the code, the same bytes for every department.

    metadata.json
    code.tar.gz
        chaincode.json      name, class, digest of the code
        src/...             the contract's package (or its one module), the runtime, the model

Whoever holds the file can recompute the digest from what is in it, and serve exactly that.
"""

import hashlib
import importlib
import io
import sys
import tarfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from weftwork.aio.admin import ChaincodeDefinition, Collection, package_chaincode
from weftwork.errors import PackageError
from weftwork_chaincode.digest import code_digest, code_files, files_digest
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.version import VERSION_DIGITS
from weftwork_network.errors import DeployError
from weftwork_network.state import State, write_file
from weftwork_network.topology import Chaincode, Topology

_DESCRIPTION = "chaincode.json"
_SOURCES = "src/"
_ENDING = ".tgz"
# Far more than any contract: what a stranger's file may unpack to.
_LARGEST = 64 * 2**20


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a package says of itself.

    Attributes:
        name: the chaincode's name.
        contract: the class, `package.module:Class`.
        code_sha256: the digest of the code in it.
    """

    name: str
    contract: str
    code_sha256: str


@dataclass(frozen=True)
class Package:
    """A chaincode's code as it travels between departments.

    Attributes:
        name: the chaincode's name.
        contract: the class.
        code_sha256: the digest of files and class, which departments approve.
        files_sha256: the digest of the files alone; chaincodes of one code share them.
        content: the package file.
        id: the id that every peer gives it.
    """

    name: str
    contract: str
    code_sha256: str
    files_sha256: str
    content: bytes
    id: str

    @property
    def version(self) -> str:
        """The version in the definition that departments approve; tells the code apart."""
        return version_of(self.code_sha256)

    @property
    def file_name(self) -> str:
        """What the package's file is called."""
        return f"{label_of(self.name, self.code_sha256)}{_ENDING}"

    def files(self) -> dict[str, bytes]:
        """The code: path below the import folder to content."""
        found = _unpack(self.content)
        return {
            path.removeprefix(_SOURCES): content
            for path, content in found.items()
            if path.startswith(_SOURCES)
        }


def version_of(code_sha256: str) -> str:
    """The version of a definition for some code."""
    return code_sha256[:VERSION_DIGITS]


def label_of(name: str, code_sha256: str) -> str:
    """The label of a package, which the peers' builder knows it by."""
    return f"{name}_{version_of(code_sha256)}"


def define(chaincode: Chaincode, version: str, sequence: int) -> ChaincodeDefinition:
    """What departments approve: policy and collections as the files say them, and the code."""
    return ChaincodeDefinition(
        name=chaincode.name,
        version=version,
        sequence=sequence,
        endorsement_policy=chaincode.policy,
        collections=tuple(
            Collection(
                name=collection.name,
                members=collection.member_policy,
                required_peers=collection.required,
                maximum_peers=collection.maximum,
                block_to_live=collection.block_to_live,
                member_only_read=collection.member_only_read,
                member_only_write=collection.member_only_write,
                endorsement_policy=collection.policy or "",
            )
            for collection in chaincode.collections
        ),
    )


def make_packages(topology: Topology, folder: Path) -> list[Package]:
    """Packages every chaincode of a network, from the code that an import finds now.

    Args:
        topology: the network.
        folder: the project folder, where a contract of the project's own may lie, or below it.

    Raises:
        DeployError: a contract's code cannot be found, or not be packaged.
    """
    made: dict[tuple[str, str], dict[str, bytes]] = {}
    packages: list[Package] = []
    for chaincode in topology.chaincodes:
        top = chaincode.contract.partition(":")[0].partition(".")[0]
        code = (chaincode.folder, top)
        try:
            if code not in made:
                with importable(folder / chaincode.folder):
                    made[code] = code_files(chaincode.contract)
            packages.append(_package(chaincode.name, chaincode.contract, made[code]))
        except (ConfigError, PackageError, OSError) as error:
            raise DeployError(f"chaincode {chaincode.name}: {error}") from error
    return packages


def read_package(path: Path) -> Package:
    """Reads a package file that another department may have sent.

    Raises:
        DeployError: it is none of ours, or its code is not what it says it is.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DeployError(f"{path}: {error.strerror}") from error
    try:
        files = _unpack(content)
        said = msgspec.json.decode(files.pop(_DESCRIPTION, b""), type=Description)
        sources = {name.removeprefix(_SOURCES): data for name, data in files.items()}
        found = _package(said.name, said.contract, sources)
    except (PackageError, msgspec.DecodeError) as error:
        raise DeployError(
            f"{path} is no package of `weftwork chaincode package`: {error}"
        ) from error
    if found.code_sha256 != said.code_sha256:
        raise DeployError(
            f"{path}: its code has digest {found.code_sha256[:16]}…, and it says "
            f"{said.code_sha256[:16]}…: it was changed after it was made; ask its sender"
        )
    if found.content != content:  # the id is of the bytes: it would be another than everybody's
        raise DeployError(f"{path} is not whole: copy it again, or ask its sender")
    return found


def write_package(state: State, package: Package) -> Path:
    """Keeps a package's file, as departments pass it to one another."""
    path = state.packages / package.file_name
    if not path.exists() or path.read_bytes() != package.content:
        write_file(path, package.content)
    return path


def kept_package(state: State, name: str, version: str) -> Package:
    """A package that was made or received before.

    Raises:
        DeployError: its file is gone, or was changed.
    """
    return read_package(state.packages / f"{name}_{version}{_ENDING}")


def kept_versions(state: State, name: str) -> list[str]:
    """The versions of a chaincode whose packages are kept, the newest file last."""
    files = state.packages.glob(f"{name}_{'?' * VERSION_DIGITS}{_ENDING}")
    newest = sorted(files, key=lambda path: path.stat().st_mtime)
    return [path.name.removesuffix(_ENDING).rpartition("_")[2] for path in newest]


def _package(name: str, contract: str, files: Mapping[str, bytes]) -> Package:
    said = Description(name, contract, code_digest(contract, files))
    code = {f"{_SOURCES}{path}": content for path, content in files.items()}
    code[_DESCRIPTION] = msgspec.json.encode(said)
    content = package_chaincode(label_of(name, said.code_sha256), code)
    return Package(
        name=name,
        contract=contract,
        code_sha256=said.code_sha256,
        files_sha256=files_digest(files),
        content=content,
        id=f"{label_of(name, said.code_sha256)}:{hashlib.sha256(content).hexdigest()}",
    )


def _unpack(content: bytes) -> dict[str, bytes]:
    """The files of a package's code. Raises PackageError."""
    return _members(_members(content).get("code.tar.gz", b""))


def _members(content: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            left = _LARGEST
            for member in archive:
                left -= member.size
                file = archive.extractfile(member)
                if left < 0 or file is None or ".." in member.name.split("/"):
                    raise PackageError(f"{member.name!r} is not allowed in a package")
                if member.name in files or member.name.startswith("/"):
                    raise PackageError(f"{member.name!r} is not allowed in a package")
                files[member.name] = file.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise PackageError(f"these bytes are not a chaincode package: {error}") from error
    return files


@contextmanager
def importable(folder: Path) -> Generator[None]:
    """A folder first on the path: a contract of the project's own may lie there."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
