"""Before anything starts: what on this machine would keep the network from running."""

import socket
from collections.abc import Iterable, Iterator

from weftwork_network.faults import shown
from weftwork_network.project import Project
from weftwork_network.topology import HOST, Node


def port_findings(project: Project, starting: Iterable[Node]) -> Iterator[str]:
    """Every port that a node about to start needs and somebody else listens on."""
    file = shown(project.network_file)
    line = project.lines.at("base_port")
    for node in starting:
        for use, port in node.ports.items():
            if not port_free(port):
                yield (
                    f"port {port} is in use, and {node.id} needs it ({use}); stop the program "
                    f"that has it (`ss -ltnp 'sport = :{port}'`) or change base_port in "
                    f"{file}:{line}"
                )


def port_free(port: int) -> bool:
    """Whether this machine's own address can be listened on at a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
