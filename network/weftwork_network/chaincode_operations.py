"""The operations endpoints of what runs chaincode: a port for each unit of a chaincode node."""

import importlib.util
from pathlib import Path

from weftwork_network.chaincode_servers import Unit
from weftwork_network.places import OPERATIONS_CLIENTS
from weftwork_network.topology import Topology

MOST_PORTS = 16
"""How many units of a node can have an endpoint: the ports of a department that are left for it."""


def operations_port(topology: Topology, unit: Unit) -> int | None:
    """The port of a unit's operations endpoint, from the node's own on; None when none is left."""
    first = unit.node.ports["operations"]
    if unit.slot >= MOST_PORTS:
        return None
    others = {port for node in topology.nodes if node != unit.node for port in node.ports.values()}
    # Up to the next node's: what lies behind that belongs to that one's units.
    ports = range(first, first + unit.slot + 1)
    return None if others.intersection(ports) else ports[-1]


def operations_config(port: int | None, host: str, folder: Path) -> dict[str, object] | None:
    """What a chaincode server is told of its operations endpoint; None for none.

    Args:
        port: of it.
        host: the address that it listens on.
        folder: of its certificate and key, and of whom it lets ask, as the server sees it.
    """
    if port is None:
        return None
    return {
        "address": f"{host}:{port}",
        "tls": {
            "certificate": str(folder / "server.crt"),
            "key": str(folder / "server.key"),
            "client_roots": str(folder / OPERATIONS_CLIENTS),
        },
    }


def can_tell() -> bool:
    """Whether a process that this Python runs can open an operations endpoint."""
    return importlib.util.find_spec("prometheus_client") is not None
