"""Chaincode packages and definitions: the same file for every department, so one package id."""

import importlib
import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from weftwork.aio.admin import ChaincodeDefinition, Collection, package_chaincode, package_id
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.errors import ConfigError
from weftwork_network.errors import DeployError
from weftwork_network.state import State, read_json, write_file, write_json
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


class Deployed(msgspec.Struct, frozen=True):
    """What was last deployed of a chaincode, as the state keeps it.

    Attributes:
        package_id: the package that departments approved.
        code_sha256: the digest of its code.
        contract: the class.
        policy: the endorsement policy.
        collections: the collections, in words that change with them.
    """

    package_id: str
    code_sha256: str
    contract: str
    policy: str
    collections: list[str]


def remember(state: State, packages: Iterable[Package]) -> None:
    """Keeps what has been deployed."""
    write_json(state.deployed, msgspec.to_builtins(_described(packages)))


def same_as_deployed(state: State, packages: Iterable[Package]) -> bool:
    """Whether the last deployment of a state was of these very packages."""
    return read_json(state.deployed, dict[str, Deployed]) == _described(packages)


def deployed_packages(state: State, topology: Topology) -> list[Package] | None:
    """The packages of the last deployment, without their content; None when there was none.

    What a chaincode process serves goes by this and not by the code of the moment: a department
    runs what it has approved.
    """
    kept = read_json(state.deployed, dict[str, Deployed])
    if kept is None or not all(chaincode.name in kept for chaincode in topology.chaincodes):
        return None
    return [
        Package(
            chaincode=replace(chaincode, contract=kept[chaincode.name].contract),
            content=b"",
            id=kept[chaincode.name].package_id,
            code_sha256=kept[chaincode.name].code_sha256,
        )
        for chaincode in topology.chaincodes
    ]


def write_packages(state: State, packages: list[Package]) -> None:
    """Keeps the package files, as departments would pass them to one another."""
    for package in packages:
        path = (
            state.packages / f"{package.chaincode.name}-{package.code_sha256[:VERSION_DIGITS]}.tgz"
        )
        if not path.exists() or path.read_bytes() != package.content:
            write_file(path, package.content)


def _described(packages: Iterable[Package]) -> dict[str, Deployed]:
    return {
        package.chaincode.name: Deployed(
            package_id=package.id,
            code_sha256=package.code_sha256,
            contract=package.chaincode.contract,
            policy=package.chaincode.policy,
            collections=[repr(collection) for collection in package.chaincode.collections],
        )
        for package in packages
    }


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
