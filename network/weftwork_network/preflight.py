"""Before anything starts: what on this machine would keep the network from running."""

import itertools
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

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


def address_findings(table: Path = Path("/proc/net/fib_trie")) -> Iterator[str]:
    """A machine without any address but its loopback's, as with its cable out.

    Fabric's peers end at their start there, although nothing here would use another address.

    Args:
        table: the kernel's routes, as Linux shows them; elsewhere nothing is found.
    """
    try:
        lines = [line.split() for line in table.read_text().splitlines()]
    except OSError:
        return
    entries = itertools.pairwise(lines)
    own = {words[-1] for words, after in entries if after[-2:] == ["host", "LOCAL"]}
    if all(address.startswith("127.") for address in own):
        yield (
            "this machine has no IPv4 address but 127.0.0.1, and Fabric's peers do not start "
            "without one; give it any, e.g. `sudo ip address add 192.0.2.1/32 dev lo`"
        )


def publish_findings(project: Project) -> Iterator[str]:
    """An address that is published by processes, which listen on this machine's own alone."""
    if project.topology.publish != HOST:
        yield (
            f"{shown(project.network_file)}:{project.lines.at('publish')}: only containers are "
            "reached at a published address, and this network runs as processes; start it with "
            "BACKEND=container, or take `publish` out"
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
