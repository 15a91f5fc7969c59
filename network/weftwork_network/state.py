"""The state folder: where each thing that the tool makes lives, and how it is written safely."""

import json
import os
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

from weftwork_network.topology import Member, Node

T = TypeVar("T")


class State:
    """The paths below one `.weftwork` folder.

    A department's keys are all below its own folder, so that a department alone can be given its
    own and nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.departments = folder / "departments"
        self.channel = folder / "channel"
        self.packages = folder / "packages"
        self.run = folder / "run"
        self.logs = folder / "logs"
        self.lock = folder / "lock"
        self.tools = folder / "tools"
        self.fabric = folder / "fabric"
        self.effective_configtx = self.channel / "configtx.yaml"
        self.tls_roots = self.channel / "tls-roots.pem"
        self.created = self.channel / "created.json"
        self.deployed = self.channel / "deployed.json"
        self.labels = folder / "labels.json"

    def genesis(self, channel: str) -> Path:
        """The channel's first block."""
        return self.channel / f"{channel}.block"

    def department(self, member: Member) -> Path:
        """A department's folder."""
        return self.departments / member.folder

    def node(self, node: Node) -> Path:
        """A node's folder: its keys and its data."""
        return self.departments / node.department.lower() / "nodes" / node.name

    def data(self, node: Node) -> Path:
        """A node's ledger and whatever else it keeps."""
        return self.node(node) / "data"

    def first_start(self, node: Node) -> Path:
        """There from a node's first start until it has answered for the first time."""
        return self.node(node) / "first-start"

    def user(self, member: Member, user: str) -> Path:
        """A user's folder."""
        return self.department(member) / "users" / user

    def operator(self, member: Member) -> Path:
        """The client certificate for a department's operations and admin endpoints."""
        return self.department(member) / "operator"

    def monitor(self, member: Member) -> Path:
        """The client certificate that opens a department's operations endpoints alone."""
        return self.department(member) / "monitor"

    def serving(self, member: Member) -> Path:
        """What a department's chaincode processes serve."""
        return self.folder / "serving" / f"{member.folder}.json"

    def connections(self, node: Node) -> Path:
        """How a peer reaches its department's chaincodes, a file a package label."""
        return self.node(node) / "connections"

    def profile(self, member: Member) -> Path:
        """A department's connection profile."""
        return self.department(member) / "profile.yaml"

    def log(self, node: Node) -> Path:
        """A node's log."""
        return self.logs / f"{node.id}.log"

    def has_ledger(self, channel: str) -> bool:
        """Whether a node has written the channel's ledger here: an orderer's, or a peer's."""
        places = ("chains", "ledgersData/chains/chains")
        return any(
            any(self.departments.glob(f"*/nodes/*/data/{place}/{channel}")) for place in places
        )


def write_file(path: Path, content: bytes | str, *, secret: bool = False) -> None:
    """Writes a file whole or not at all; a secret is readable by its owner alone.

    Raises:
        OSError: it cannot be written; the error names the file.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o600 if secret else 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        # A disk that is full does not say which file it was.
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_json(path: Path, value: object) -> None:
    """Writes a JSON file, whole or not at all."""
    write_file(path, json.dumps(value, indent=1) + "\n")


def read_json(path: Path, kind: type[T]) -> T | None:
    """Reads a JSON file as a value of a type; None when it is absent, broken or something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError):
        return None
