"""Nodes brought into the channel, and the channel brought to work: leader, gossip."""

import asyncio

from weftwork.errors import OrdererError, PeerError
from weftwork_network.errors import NodeError
from weftwork_network.links import Links
from weftwork_network.operations import Operations
from weftwork_network.topology import Node, Topology
from weftwork_network.waiting import wait_for

# Fabric allows for slow disks and busy machines; a node that answers at all does so in a second.
NODE_TIMEOUT = 60.0
# A few bring-ups in a hundred take five to ten seconds until everybody knows everybody.
CHANNEL_TIMEOUT = 60.0


async def join_orderer(links: Links, node: Node, channel: str, block: bytes) -> None:
    """Waits for an orderer to answer and has it join the channel if it has not.

    Raises:
        NodeError: it does not answer or refuses.
        NotReadyError: it does not answer in time.
    """
    link = links.orderer(node)
    joined: list[str] = []

    async def answers() -> str:
        try:
            joined[:] = await link.channels()
        except OrdererError as error:
            if error.status:
                raise NodeError(node.id, str(error)) from error
            return f"{node.id} does not answer at its admin port {node.ports['admin']}"
        return ""

    await wait_for(answers, NODE_TIMEOUT)
    if channel not in joined:
        try:
            await link.join(channel, block)
        except OrdererError as error:
            raise NodeError(node.id, f"cannot join {channel}: {error.message}") from error


async def join_peers(links: Links, topology: Topology, block: bytes) -> None:
    """Has every peer join the channel, one after the other.

    Peers dial each other as they join. Where two dial at the same moment Fabric keeps one of the
    connections, and what was said on the other is repeated only after five seconds.

    Raises:
        NodeError: a peer does not answer in time or refuses.
    """
    for node in topology.peers:
        await _join_peer(links, node, topology.channel, block)


async def _join_peer(links: Links, node: Node, channel: str, block: bytes) -> None:
    link = links.peer(node)
    try:
        await link.wait_ready(timeout=NODE_TIMEOUT)
        if channel not in await link.channels():
            await link.join(block)
    except PeerError as error:
        raise NodeError(node.id, f"cannot join {channel}: {error.message}") from error


async def wait_leader(operations: Operations, topology: Topology) -> str:
    """Waits until the orderers have a leader.

    Returns:
        The leader's name.

    Raises:
        NotReadyError: they have none in time.
    """
    leader: list[str] = []

    async def elected() -> str:
        for node in topology.orderers:
            metrics = await operations.metrics(topology.member(node.department), node)
            if metrics is not None and metrics.leads(topology.channel):
                leader.append(node.id)
                return ""
        return "the orderers have no leader"

    await wait_for(elected, CHANNEL_TIMEOUT)
    return leader[0]


async def wait_gossip(operations: Operations, topology: Topology) -> None:
    """Waits until every peer of the channel knows every other.

    Raises:
        NotReadyError: some do not in time.
    """
    others = len(topology.peers) - 1

    async def complete(node: Node) -> str:
        metrics = await operations.metrics(topology.member(node.department), node)
        known = metrics.peers_known(topology.channel) if metrics is not None else 0
        return "" if known >= others else f"{node.id} knows {known} of {others} other peers"

    async def one(node: Node) -> None:
        await wait_for(lambda: complete(node), CHANNEL_TIMEOUT)

    await asyncio.gather(*(one(node) for node in topology.peers))
