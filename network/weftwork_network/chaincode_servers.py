"""The chaincode processes: what each serves, where its peers find it, what it is told.

A unit is what runs on its own. As processes that is one for each chaincode node and code, so that
a department's chaincodes of one code share it; in containers it is one for each package. When code
changes, the unit of the new code runs beside that of the old until no peer needs the old one.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.claims import SPARE
from weftwork_network.environment import inherited
from weftwork_network.serving import Service, Serving
from weftwork_network.state import State, write_file, write_json
from weftwork_network.topology import Member, Node

# Python's own switches are the user's to set, for chaincode too.
_PYTHON = "PYTHON"
_SHORT = 12
# Short, and never absolute: the system's addresses of sockets hold a hundred bytes.
_SOCKETS = "s"
_SOCKET_DIGITS = 16
MSPID = "CORE_PEER_LOCALMSPID"
"""Tells a chaincode process whose peers it serves."""

UNIT_MARK = "."
"""Between a node's name and what tells its units apart; no node's name has it."""


@dataclass(frozen=True)
class Unit:
    """What serves some of a department's packages on its own.

    Attributes:
        id: its name in the network.
        node: the chaincode node that it is of.
        services: what it serves.
        slot: tells the units of one node apart: add it to a port of the node for one of the unit's.
    """

    id: str
    node: Node
    services: tuple[Service, ...]
    slot: int = 0


def process_units(node: Node, serving: Serving) -> list[Unit]:
    """The units of a chaincode node as processes: one for each code."""
    by_code: dict[str, list[Service]] = {}
    for service in serving.services:
        by_code.setdefault(service.files_sha256, []).append(service)
    return [
        Unit(f"{node.id}{UNIT_MARK}{code[:_SHORT]}", node, tuple(services), services[0].slot)
        for code, services in by_code.items()
    ]


def container_units(node: Node, serving: Serving) -> list[Unit]:
    """The units of a chaincode node as containers: one for each package."""
    return [
        Unit(f"{node.id}{UNIT_MARK}{service.label}", node, (service,), service.place)
        for service in serving.services
    ]


def node_of_unit(unit: str) -> str:
    """The node that a unit is of; a node that is its own unit is itself."""
    return unit.partition(UNIT_MARK)[0]


def socket_address(node: Node, service: Service) -> str:
    """Where a process serves a package, as its peers call it from their own data folders."""
    return f"unix:../../{node.name}/{socket_path(service)}"


def socket_path(service: Service) -> str:
    """Where a process serves a package, seen from its node's folder."""
    return f"{_SOCKETS}/{hashlib.sha256(service.package_id.encode()).hexdigest()[:_SOCKET_DIGITS]}"


def write_connections(
    state: State, member: Member, serving: Serving, address: Callable[[Node, Service], str]
) -> None:
    """Writes how each of a department's peers reaches its chaincodes, a file a package label.

    Read by the builder's release step, so that neither address nor key is in the package.

    Args:
        state: where.
        member: whose.
        serving: what it serves.
        address: what its peers call a service of a chaincode node.
    """
    for peer in member.peers:
        folder = state.connections(peer)
        folder.mkdir(parents=True, exist_ok=True)
        for node in member.chaincode_nodes:
            if peer.name not in node.serves:
                continue
            tls = state.node(node) / "tls"
            for service in serving.services:
                connection = {
                    "address": address(node, service),
                    "dial_timeout": "10s",
                    "tls_required": True,
                    "client_auth_required": True,
                    "client_key": (tls / "client.key").read_text(),
                    "client_cert": (tls / "client.crt").read_text(),
                    "root_cert": (tls / "ca.crt").read_text(),
                }
                path = folder / f"{service.label}.json"
                content = json.dumps(connection) + "\n"
                if not path.exists() or path.read_text() != content:
                    write_file(path, content, secret=True)


def write_process_config(
    state: State,
    member: Member,
    unit: Unit,
    serving: Serving,
    operations: dict[str, object] | None = None,
    developed: Collection[str] = (),
) -> None:
    """Writes what a unit that runs as a process serves, and how it tells of itself.

    Args:
        state: where.
        member: whose unit.
        unit: the unit.
        serving: what the department serves.
        operations: its operations endpoint; None for none.
        developed: the packages whose sockets are a development server's for now.
    """
    replaced = {
        name: contract
        for name, contract in serving.replaced.items()
        if any(service.name == name for service in unit.services)
    }
    (state.node(unit.node) / _SOCKETS).mkdir(parents=True, exist_ok=True)
    content = server_config(
        member,
        unit.services,
        replaced,
        address=lambda service: (
            f"unix:{socket_path(service)}{SPARE if service.package_id in developed else ''}"
        ),
        tls=state.node(unit.node) / "tls",
        ready=ready_file(state, unit),
        operations=operations,
    )
    write_json(server_file(state, unit), content)


def server_config(
    member: Member,
    services: Sequence[Service],
    replaced: Mapping[str, str],
    *,
    address: Callable[[Service], str],
    tls: Path,
    ready: Path,
    operations: dict[str, object] | None = None,
) -> dict[str, object]:
    """What a chaincode server is told.

    Args:
        member: the department.
        services: what it serves.
        replaced: classes to serve in place of the approved ones, by chaincode; it then runs in
            development mode, where code and approval need not agree.
        address: where it listens for a service.
        tls: the folder of its certificate and key, as the server sees it.
        ready: the file that it writes once it listens.
        operations: its operations endpoint; None for none.
    """
    return {
        "department": member.name,
        "chaincodes": [
            {
                "name": service.name,
                "contract": replaced.get(service.name, service.contract),
                "address": address(service),
                "package_id": service.package_id,
                "code_sha256": None if service.name in replaced else service.code_sha256,
            }
            for service in services
        ],
        "tls": {
            "certificate": str(tls / "server.crt"),
            "key": str(tls / "server.key"),
            "client_roots": str(tls / "ca.crt"),
        },
        "operations": operations,
        "ready_file": str(ready),
        "dev": bool(replaced),
    }


def server_file(state: State, unit: Unit) -> Path:
    """What a unit that runs as a process is told to serve."""
    return state.node(unit.node) / "units" / f"{unit.id}.json"


def ready_file(state: State, unit: Unit) -> Path:
    """The file that a unit that runs as a process writes once it listens."""
    return state.run / f"{unit.id}.ready"


def server_command(config: Path) -> list[str]:
    """What starts a chaincode process."""
    return [sys.executable, "-m", "weftwork_chaincode", str(config)]


def server_environment(mspid: str, code: Path, replacements: Path | None) -> dict[str, str]:
    """A chaincode process's environment: the approved code is found before any other.

    Args:
        mspid: of whose peers it serves; where a peer launches a chaincode itself, it says so too
            (Fabric: `core/container/dockercontroller`), and Go's `shim.GetMSPID` reads it.
        code: where the code of its packages lies.
        replacements: the folder where classes to serve in its place lie, if there are any.
    """
    python = {name: value for name, value in os.environ.items() if name.startswith(_PYTHON)}
    found = [str(code), *([str(replacements)] if replacements else [])]
    path = os.pathsep.join([*found, *filter(None, [python.get("PYTHONPATH")])])
    return {
        **inherited(),
        **python,
        MSPID: mspid,
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
    }
