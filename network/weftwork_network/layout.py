"""The layout of ports: what each node listens on, unless its own ports are written.

Each department takes a hundred ports from the base. Within them its CA is at 1, peer n at 11+10n,
orderer n at 51+10n, the process that runs its chaincodes at 84; where each peer has such a process
of its own, that is at its peer's ports.
"""

from weftwork_network.definition import Department, Orderer, Peer

DEPARTMENT_PORTS = 100
MAX_PEERS = 4
MAX_ORDERERS = 4
_CA = 1
_PEER = 11
_ORDERER = 51
# Ports from here on are the chaincode processes of one department: another for each code beside it.
_CHAINCODE = 84
_NODE_PORTS = 10


def first_port(base_port: int, at: int) -> int:
    """The first of the hundred ports of the department that is `at` that place in the file."""
    return base_port + DEPARTMENT_PORTS * at


def ca_ports(department: Department, first: int) -> dict[str, int]:
    """A Fabric CA's ports, by use."""
    if department.ca_ports is None:
        return {"listen": first + _CA, "operations": first + _CA + 1}
    return {"listen": department.ca_ports.listen, "operations": department.ca_ports.operations}


def peer_ports(peer: Peer, n: int, first: int) -> dict[str, int]:
    """The ports of a department's peer `n`, by use."""
    if peer.ports is None:
        own = first + _PEER + _NODE_PORTS * n
        return {"listen": own, "chaincode": own + 1, "operations": own + 2}
    ports = peer.ports
    return {"listen": ports.listen, "chaincode": ports.chaincode, "operations": ports.operations}


def orderer_ports(orderer: Orderer, n: int, first: int) -> dict[str, int]:
    """The ports of a department's orderer `n`, by use."""
    if orderer.ports is None:
        own = first + _ORDERER + _NODE_PORTS * n
        return {"listen": own, "admin": own + 1, "operations": own + 2}
    ports = orderer.ports
    return {"listen": ports.listen, "admin": ports.admin, "operations": ports.operations}


def chaincode_ports(first: int) -> dict[str, int]:
    """The ports of the process that runs a department's chaincodes for all its peers, by use.

    Chaincode itself has none: peers call it by Unix sockets, or by name in a container's network.
    """
    return {"operations": first + _CHAINCODE}


def own_chaincode_ports(peer: dict[str, int]) -> dict[str, int]:
    """The ports of the process that runs one peer's chaincodes, by use."""
    return {"operations": peer["operations"] + 1}
