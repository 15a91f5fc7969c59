"""When the certificates of a node end."""

import datetime

from weftwork_network.certificates import load_certificate
from weftwork_network.state import State
from weftwork_network.topology import Node

_FILES = {
    "identity": "msp/signcerts/cert.pem",
    "tls": "tls/server.crt",
    "peers": "tls/client.crt",
    "operations": "operations/server.crt",
}


def certificate_ends(state: State, node: Node) -> dict[str, datetime.datetime]:
    """When each certificate of a node ends, by what it is for; what is not there is left out."""
    folder = state.node(node)
    ends: dict[str, datetime.datetime] = {}
    for name, file in _FILES.items():
        try:
            ends[name] = load_certificate(folder / file).not_valid_after_utc
        except (OSError, ValueError):
            continue  # the doctor tells what is missing or broken
    return ends


def days_left(state: State, node: Node) -> int | None:
    """Whole days until the first of a node's certificates ends; None where it has none."""
    ends = certificate_ends(state, node).values()
    if not ends:
        return None
    return (min(ends) - datetime.datetime.now(datetime.UTC)).days
