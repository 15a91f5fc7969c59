"""New code started beside the old in every department that runs it, and taken back if need be."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from weftwork_network.backend import Backend
from weftwork_network.errors import NodeError, NotReadyError
from weftwork_network.packages import Package, write_package
from weftwork_network.progress import Progress
from weftwork_network.running import run, uninterrupted
from weftwork_network.serving import add_services, read_serving, withdraw_services
from weftwork_network.state import State
from weftwork_network.topology import Member, Node, Topology

LISTEN_TIMEOUT = 60.0


def serve(
    state: State,
    topology: Topology,
    packages: Iterable[Package],
    members: Iterable[Member] | None = None,
) -> dict[str, list[str]]:
    """Notes what departments are to serve beside what they serve; starts nothing.

    Args:
        state: the state.
        topology: the network.
        packages: what is to be served.
        members: by whom; every department, each what it runs, when none is named.

    Returns:
        The ids of the packages that are new to each department, by its name.
    """
    added: dict[str, list[str]] = {}
    for member in topology.members if members is None else members:
        run = {chaincode.name for chaincode in topology.chaincodes_of(member)}
        known = {each.package_id for each in read_serving(state, member).services}
        new = add_services(state, member, [each for each in packages if each.name in run])
        added[member.name] = [each.package_id for each in new if each.package_id not in known]
    return added


def withdraw(
    state: State, topology: Topology, backend: Backend, added: Mapping[str, Sequence[str]]
) -> None:
    """Takes back what `serve` noted, and ends what runs of it."""
    members = [topology.member(name) for name, packages in added.items() if packages]
    for member in members:
        withdraw_services(state, member, added[member.name])
    if members:
        backend.prepare(members)
        backend.retire([node for member in members for node in member.chaincode_nodes])


async def wait_listening(backend: Backend, nodes: Sequence[Node]) -> None:
    """Waits until chaincode processes serve all they were told to.

    Raises:
        NodeError: one died.
        NotReadyError: one does not listen in its time.
    """
    waited = 0.0
    while missing := [node for node in nodes if not backend.chaincode_listens(node)]:
        for node in missing:
            if backend.running(node.id) is None:
                raise NodeError(node.id, "died at its start", backend.log_tail(node))
        if waited > LISTEN_TIMEOUT:
            names = ", ".join(node.id for node in missing)
            raise NotReadyError(f"chaincode processes do not listen: {names}")
        await asyncio.sleep(backend.poll)
        waited += backend.poll


def bring_beside(
    state: State,
    topology: Topology,
    backend: Backend,
    packages: Sequence[Package],
    members: Sequence[Member],
    progress: Progress,
) -> dict[str, list[str]]:
    """Starts new code beside the old and waits until it answers; takes it back if it fails.

    Returns:
        What `serve` gives.

    Raises:
        NodeError: the new code does not start.
        NotReadyError: it does not listen in its time.
    """
    for package in packages:
        write_package(state, package)
    added = serve(state, topology, packages, members)
    nodes = [node for member in members for node in member.chaincode_nodes]
    try:
        progress.doing("starting the new code beside the old")
        backend.prepare(members)
        backend.start(nodes)
        run(lambda: wait_listening(backend, nodes))
    except BaseException:
        with uninterrupted():
            withdraw(state, topology, backend, added)
        raise
    return added
