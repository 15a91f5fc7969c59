"""This machine: ports, its own address, Fabric's programs, room on its disk."""

import ipaddress
import shutil
import socket
from collections.abc import Iterator

from weftwork_network.disk import MEGABYTE, nearest, room_needed, room_told
from weftwork_network.doctor.findings import Finding, error, of_lines, warning
from weftwork_network.doctor.site import Site
from weftwork_network.errors import ProgramError
from weftwork_network.faults import shown
from weftwork_network.preflight import port_findings, port_free
from weftwork_network.programs import Programs, ca_server_here, programs_here
from weftwork_network.progress import Silent
from weftwork_network.releases import CA_RELEASE, RELEASES, Release
from weftwork_network.topology import HOST

# Below this beside what is needed, a ledger that grows will soon fill the disk.
COMFORT = 1024 * MEGABYTE


def check_ports(site: Site) -> list[Finding]:
    """The ports of every node that does not run are free."""
    alive = {row.node for row in site.status.nodes if row.state in ("running", "silent")}
    idle = [node for node in site.topology.nodes if node.id not in alive]
    return of_lines("ports", site.line("base_port"), port_findings(site.project, idle))


def check_hosts(site: Site) -> Iterator[Finding]:
    """This machine has its own address, and calls it localhost."""
    if not port_free(0):
        yield error(
            "hosts", HOST, f"cannot listen on {HOST}; bring the loopback up: `ip link set lo up`"
        )
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None)}
    except OSError as failure:
        found = set[str]()
        reason = f"localhost has no address ({failure})"
    else:
        reason = f"localhost is {', '.join(sorted(found))}"
    if not found or not all(ipaddress.ip_address(each).is_loopback for each in found):
        yield warning("hosts", "/etc/hosts", f"{reason}; write `{HOST} localhost` there")


def check_programs(site: Site) -> Iterator[Finding]:
    """Fabric's programs are here and of the line that network.yaml asks for."""
    line = site.topology.fabric
    release = RELEASES[line]
    rows = [row for row in site.status.nodes if row.kind in ("peer", "orderer") and row.version]
    for row in rows:
        if not release.accepts(row.version):
            yield error(
                "programs",
                row.node,
                f"runs Fabric {row.version}, and {site.line('fabric')} asks for {line}; "
                "`weftwork network restart` starts it with the right programs",
            )
    if len({row.version for row in rows}) > 1:
        told = ", ".join(f"{row.node} {row.version}" for row in rows)
        yield warning("programs", "nodes", f"run different versions: {told}; restart the older")
    if site.containers:
        return
    try:
        programs = programs_here(line, Silent())
    except ProgramError as failure:
        yield error("programs", "FABRIC_BIN", str(failure))
        return
    if programs is None:
        yield _to_be_built(site.line("fabric"), release)
    elif (stray := _other_version(site, programs)) is not None:
        yield warning("programs", str(programs.folder), stray)
    if site.topology.authorities and ca_server_here(Silent()) is None:
        yield _to_be_built(site.line("ca"), CA_RELEASE)


def _to_be_built(where: str, release: Release) -> Finding:
    return warning(
        "programs",
        where,
        f"{release} is not on this machine; the next `up` builds it, which takes minutes and "
        "the Go module proxy, or set FABRIC_BIN to the folder of its programs",
    )


def _other_version(site: Site, programs: Programs) -> str | None:
    running = {row.version for row in site.status.nodes if row.kind == "peer" and row.version}
    if running and programs.version not in running:
        return (
            f"the programs are {programs.version}, the peers run {', '.join(sorted(running))}; "
            "`weftwork network restart` takes the new ones"
        )
    return None


def check_disk(site: Site) -> Iterator[Finding]:
    """There is room for what the nodes will take at their first start, and for growing."""
    if site.containers:
        return  # their ledgers are in the engine's volumes
    folder = nearest(site.state.folder)
    free, needed = shutil.disk_usage(folder).free, room_needed(site.state, site.topology)
    told = room_told(site.state, site.topology)
    if free < needed:
        yield error("disk", shown(folder), f"{told}; free some, or move the project")
    elif free < needed + COMFORT:
        yield warning(
            "disk", shown(folder), f"{told}; ledgers only grow: make room before it is full"
        )
