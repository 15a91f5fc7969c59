"""The chaincode processes: one a department, told by a file what to serve and to whom."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from weftwork_network.environment import inherited
from weftwork_network.packages import Package
from weftwork_network.state import State, write_file, write_json
from weftwork_network.topology import HOST, Member, Topology

# Python's own switches are the user's to set, for chaincode too.
_PYTHON = "PYTHON"


def on_this_machine(member: Member, chaincode: str) -> str:
    """Where a department's chaincode is when all of it runs as processes of one machine."""
    return HOST


def write_connections(
    state: State, topology: Topology, host: Callable[[Member, str], str] = on_this_machine
) -> None:
    """Writes how each department's peers reach its chaincodes, a file a package label.

    Read by the builder's release step, so that neither address nor key is in the package.

    Args:
        state: where.
        topology: whose.
        host: the name or address that a department's peers call a chaincode by.
    """
    for member in topology.members:
        if not member.chaincode_nodes:
            continue
        tls = state.node(member.chaincode) / "tls"
        for name, port in member.chaincode.ports.items():
            connection = {
                "address": f"{host(member, name)}:{port}",
                "dial_timeout": "10s",
                "tls_required": True,
                "client_auth_required": True,
                "client_key": (tls / "client.key").read_text(),
                "client_cert": (tls / "client.crt").read_text(),
                "root_cert": (tls / "ca.crt").read_text(),
            }
            path = state.connections(member) / f"{name}.json"
            content = json.dumps(connection) + "\n"
            if not path.exists() or path.read_text() != content:
                write_file(path, content, secret=True)


def write_server_config(
    state: State,
    member: Member,
    packages: Sequence[Package],
    *,
    contracts: Mapping[str, str] | None = None,
) -> Path:
    """Writes what a department's chaincode process serves.

    Args:
        state: where.
        member: the department.
        packages: what the department has approved.
        contracts: classes to serve in place of the approved ones, by chaincode; the process then
            runs in development mode, where code and approval need not agree.
    """
    tls = state.node(member.chaincode) / "tls"
    content = server_config(
        member, packages, contracts or {}, tls=tls, ready=ready_file(state, member), host=HOST
    )
    path = server_file(state, member)
    write_json(path, content)
    return path


def server_file(state: State, member: Member) -> Path:
    """What a department's chaincode process is told to serve."""
    return state.node(member.chaincode) / "server.json"


def server_config(
    member: Member,
    packages: Sequence[Package],
    replaced: Mapping[str, str],
    *,
    tls: Path,
    ready: Path,
    host: str,
) -> dict[str, object]:
    """What a chaincode server is told.

    Args:
        member: the department.
        packages: what it serves.
        replaced: classes to serve in place of the approved ones, by chaincode.
        tls: the folder of its certificate and key, as the server sees it.
        ready: the file that it writes once it listens.
        host: the address that it opens its ports on.
    """
    return {
        "department": member.name,
        "chaincodes": [
            {
                "name": package.chaincode.name,
                "contract": replaced.get(package.chaincode.name, package.chaincode.contract),
                "address": f"{host}:{member.chaincode.ports[package.chaincode.name]}",
                "package_id": package.id,
                "code_sha256": None if package.chaincode.name in replaced else package.code_sha256,
            }
            for package in packages
        ],
        "tls": {
            "certificate": str(tls / "server.crt"),
            "key": str(tls / "server.key"),
            "client_roots": str(tls / "ca.crt"),
        },
        "ready_file": str(ready),
        "dev": bool(replaced),
    }


def ready_file(state: State, member: Member) -> Path:
    """The file that a department's chaincode process writes once it listens."""
    return state.run / f"{member.chaincode.id}.ready"


def server_command(config: Path) -> list[str]:
    """What starts a chaincode process."""
    return [sys.executable, "-m", "weftwork_chaincode", str(config)]


def server_environment(folder: Path) -> dict[str, str]:
    """A chaincode process's environment; a contract may lie in the project folder."""
    python = {name: value for name, value in os.environ.items() if name.startswith(_PYTHON)}
    path = os.pathsep.join([str(folder), *filter(None, [python.get("PYTHONPATH")])])
    return {**inherited(), **python, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
