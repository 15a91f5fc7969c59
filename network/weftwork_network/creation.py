"""What the channels were created with, so that a later start with other keys or nodes is caught.

A ledger belongs to the certificates and addresses in its first block. Starting it with others
fails deep inside Fabric; here it is said beforehand, in words.
"""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec

from weftwork_network.certificates import fingerprint, load_certificate
from weftwork_network.consenters import identity_certificate, tls_certificate
from weftwork_network.faults import shown
from weftwork_network.kept import remembered
from weftwork_network.project import Project
from weftwork_network.state import State, read_json, write_json
from weftwork_network.topology import Topology
from weftwork_network.variants import is_newer

_CLEAN = "or delete the ledger with `weftwork network clean`"


class Creation(msgspec.Struct, frozen=True):
    """The record of the channels' creation.

    Attributes:
        created: when, in UTC.
        fabric: the version that made the first blocks.
        shape: what the first blocks say of the network, in words.
        certificates: the SHA-256 of each certificate in them, by path in the state folder.
    """

    created: str
    fabric: str
    shape: dict[str, str]
    certificates: dict[str, str]


def write_creation(state: State, topology: Topology, fabric: str) -> None:
    """Records what the channels are being created with."""
    certificates = {
        str(path.relative_to(state.folder)): fingerprint(path)
        for path in _channel_certificates(state, topology)
    }
    creation = Creation(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        fabric=fabric,
        shape=_shape(topology),
        certificates=certificates,
    )
    write_json(state.created, msgspec.to_builtins(creation))


def created_by(state: State, topology: Topology) -> str:
    """The line of Fabric that made the channels; where there are none yet, the one that will."""
    created = read_json(state.created, Creation)
    return created.shape.get("fabric", topology.fabric) if created else topology.fabric


def creation_findings(project: Project, state: State) -> list[str]:
    """What keeps the definition from continuing the ledger on disk; nothing when there is none."""
    created = read_json(state.created, Creation)
    if created is None and state.created.exists():
        return [
            f"{shown(state.created)}, the record of the channels' creation, is broken; "
            "restore it from a copy, " + _CLEAN
        ]
    if created is None:
        if not any(state.has_ledger(channel.name) for channel in project.topology.channels):
            return []
        return [
            f"{shown(state.folder)} holds ledgers but not the record of their creation; "
            "restore it from a copy, " + _CLEAN
        ]
    return [
        *_shape_findings(project, state, created.shape),
        *_certificate_findings(state, created.certificates),
    ]


def _channel_certificates(state: State, topology: Topology) -> Iterator[Path]:
    """The certificates that the channels' first blocks hold."""
    for member in topology.members:
        yield state.department(member) / "ca" / "cert.pem"
        yield state.department(member) / "tlsca" / "cert.pem"
    for node in topology.orderers:
        yield tls_certificate(state, node)
        if topology.ordering == "bft":
            yield identity_certificate(state, node)


def _shape(topology: Topology) -> dict[str, str]:
    """What the channels' first blocks say of the network, in words, by what it is about."""
    shape = {"ordering": topology.ordering, "fabric": topology.fabric}
    for channel in topology.channels:
        sharing = ", ".join(member.name for member in channel.members)
        ordering = ", ".join(member.name for member in channel.ordering)
        shape[f"channel {channel.name}"] = f"of {sharing}, ordered by {ordering}"
    for member in topology.members:
        shape[f"department {member.name}"] = f"{member.mspid} at {member.domain}"
    for node in (*topology.orderers, *topology.peers):
        shape[f"node {node.id}"] = node.address
    return shape


def _shape_findings(project: Project, state: State, created: dict[str, str]) -> Iterator[str]:
    now = _shape(project.topology)
    file = shown(project.network_file)
    for what, value in now.items():
        line = _line(project, what)
        before = created.get(what)
        if before is None:
            yield (
                f"{file}:{line}: {what} is not in the ledgers on disk, which were created without "
                f"it; take it out, {_CLEAN}"
            )
        elif what == "fabric":
            yield from _release_findings(state, f"{file}:{line}", value, before)
        elif before != value:
            yield (
                f"{file}:{line}: {what} is {value} but was {before} when the ledgers were created; "
                f"change it back, {_CLEAN}"
            )
    for what in created:
        if what not in now:
            yield f"{file}: {what} is in the ledgers on disk and not here; put it back, {_CLEAN}"


def _release_findings(state: State, where: str, wanted: str, created: str) -> Iterator[str]:
    """Ledgers may be opened by a newer Fabric, and from then on by no older one."""
    kept = remembered(state)
    newest = kept.fabric if kept is not None and kept.fabric else created
    if wanted != newest and not is_newer(wanted, newest):
        text = f"fabric is {wanted}, and {newest} has opened the ledgers; write {newest}"
        yield f"{where}: {text}, {_CLEAN}"


def _line(project: Project, what: str) -> int:
    kind, _, name = what.partition(" ")
    if kind == "channel":
        return project.lines.at(*project.channel_place(name))
    if kind in ("ordering", "fabric"):
        return project.lines.at(kind)
    for at, member in enumerate(project.topology.members):
        if member.name == name or any(node.id == name for node in member.nodes):
            return project.lines.at("departments", at)
    return 1


def _certificate_findings(state: State, created: dict[str, str]) -> Iterator[str]:
    now = datetime.datetime.now(datetime.UTC)
    for name, print_ in created.items():
        path = state.folder / name
        try:
            same = fingerprint(path) == print_
            ends = load_certificate(path).not_valid_after_utc
        except FileNotFoundError:
            yield f"{shown(path)} is missing, and the channel holds it; restore it, {_CLEAN}"
            continue
        except (OSError, ValueError) as error:
            yield f"{shown(path)} is broken ({error}); restore it from a copy, {_CLEAN}"
            continue
        if not same:
            yield (
                f"{shown(path)} is not the certificate that the ledger was created with; "
                f"restore it from a copy, {_CLEAN}"
            )
        elif ends <= now:
            yield (
                f"{shown(path)} ended on {ends:%Y-%m-%d}, and the channel holds it; "
                "set the clock right if it is wrong, " + _CLEAN
            )
