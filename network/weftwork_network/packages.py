"""Chaincode packages and definitions: the same file for every department, so one package id."""

import importlib
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from weftwork.aio.admin import ChaincodeDefinition, Collection, package_chaincode, package_id
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.errors import ConfigError
from weftwork_network.errors import DeployError
from weftwork_network.state import State, write_file
from weftwork_network.topology import Chaincode, Topology

VERSION_DIGITS = 12


@dataclass(frozen=True)
class Package:
    """A chaincode ready to be installed and approved.

    Attributes:
        chaincode: what it is of.
        content: the package file.
        id: the id that every peer gives it.
        code_sha256: the digest of the code that departments approve with it.
    """

    chaincode: Chaincode
    content: bytes
    id: str
    code_sha256: str

    def definition(self, sequence: int) -> ChaincodeDefinition:
        """The definition that departments approve; its version tells the code apart."""
        chaincode = self.chaincode
        return ChaincodeDefinition(
            name=chaincode.name,
            version=self.code_sha256[:VERSION_DIGITS],
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
    """Packages every chaincode of a network.

    Args:
        topology: the network.
        folder: the project folder, where a contract of the project's own may lie.

    Raises:
        DeployError: a contract's code cannot be found.
    """
    digests: dict[str, str] = {}
    packages: list[Package] = []
    with _importable(folder):
        for chaincode in topology.chaincodes:
            top = chaincode.contract.partition(":")[0].partition(".")[0]
            if top not in digests:
                digests[top] = _digest(chaincode)
            packages.append(_package(chaincode, digests[top]))
    return packages


def write_packages(state: State, packages: list[Package]) -> None:
    """Keeps the package files, as departments would pass them to one another."""
    for package in packages:
        path = (
            state.packages / f"{package.chaincode.name}-{package.code_sha256[:VERSION_DIGITS]}.tgz"
        )
        if not path.exists() or path.read_bytes() != package.content:
            write_file(path, package.content)


def _package(chaincode: Chaincode, digest: str) -> Package:
    described = {
        "name": chaincode.name,
        "contract": chaincode.contract,
        "code_sha256": digest,
    }
    text = json.dumps(described, sort_keys=True, separators=(",", ":"))
    content = package_chaincode(chaincode.name, {"chaincode.json": text.encode()})
    return Package(chaincode, content, package_id(content), digest)


def _digest(chaincode: Chaincode) -> str:
    try:
        return code_digest(chaincode.contract)
    except ConfigError as error:
        raise DeployError(f"chaincode {chaincode.name}: {error}") from error


@contextmanager
def _importable(folder: Path) -> Generator[None]:
    """The project folder first on the path, as it is for the process that serves the code."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
