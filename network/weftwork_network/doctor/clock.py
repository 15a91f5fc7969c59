"""Clocks: this machine's against the channel's creation, the nodes' against this machine's.

Peers of 3.1 refuse a proposal whose time is more than 15 minutes from their own
(core.yaml, peer.authentication.timewindow); those of 2.5 take any.
"""

import datetime
import email.utils
import http.client
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from weftwork_network.creation import Creation
from weftwork_network.doctor.findings import Finding, error, warning
from weftwork_network.doctor.site import Site
from weftwork_network.faults import shown
from weftwork_network.state import State, read_json
from weftwork_network.topology import HOST, Member, Node

WINDOW = datetime.timedelta(minutes=15)
TOLERATED = datetime.timedelta(seconds=30)
_TIMEOUT = 3.0


def check_clock(site: Site, now: datetime.datetime | None = None) -> Iterator[Finding]:
    """This machine's clock has not fallen behind the channel's creation."""
    now = now or datetime.datetime.now(datetime.UTC)
    created = read_json(site.state.created, Creation)
    if created is None:
        return
    began = datetime.datetime.fromisoformat(created.created)
    if began - now > TOLERATED:
        yield error(
            "clock",
            shown(site.state.created),
            f"the channel was created on {began:%Y-%m-%d %H:%M} UTC and it is "
            f"{now:%Y-%m-%d %H:%M} here; set this machine's clock right",
        )


def check_node_clocks(site: Site) -> Iterator[Finding]:
    """Every node's clock agrees with this machine's."""
    nodes = [node for node in site.running if node.kind != "chaincode"]

    def apart(node: Node) -> datetime.timedelta | None:
        told = node_time(site.state, site.topology.member(node.department), node)
        return None if told is None else told - datetime.datetime.now(datetime.UTC)

    with ThreadPoolExecutor(max_workers=8) as pool:
        for node, found in zip(nodes, pool.map(apart, nodes), strict=True):
            if found is not None:
                yield from judge(node.id, found, site.topology.fabric)


def judge(node: str, apart: datetime.timedelta, fabric: str = "3.1") -> Iterator[Finding]:
    """What to say of a node of a line of Fabric whose clock is so far from this machine's."""
    seconds = apart.total_seconds()
    told = f"its clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this one"
    if fabric == "2.5" and abs(apart) > TOLERATED:
        text = "Fabric 2.5 takes any time for a transaction's: have both follow NTP"
        yield warning("clock", node, f"{told}; {text}")
    elif abs(apart) >= WINDOW:
        yield error(
            "clock",
            node,
            f"{told}: it refuses every proposal that is more than 15 minutes from its own time; "
            "set both clocks right",
        )
    elif abs(apart) > TOLERATED:
        yield warning("clock", node, f"{told}; 15 minutes are refused: have both follow NTP")


def node_time(state: State, member: Member, node: Node) -> datetime.datetime | None:
    """A node's time, from the Date of its answer to /healthz; None when it does not answer."""
    folder = state.operator(member)
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        context.load_cert_chain(str(folder / "client.crt"), str(folder / "client.key"))
        connection = http.client.HTTPSConnection(
            HOST, node.ports["operations"], timeout=_TIMEOUT, context=context
        )
        try:
            connection.request("GET", "/healthz")
            date = connection.getresponse().getheader("Date")
        finally:
            connection.close()
        return email.utils.parsedate_to_datetime(date) if date else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
