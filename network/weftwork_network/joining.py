"""Nodes brought into their channels, and channels brought to work: leader, gossip."""

import asyncio
from collections.abc import Mapping, Sequence

from weftwork.errors import OrdererError, PeerError
from weftwork_network.errors import NodeError
from weftwork_network.fresh import answered
from weftwork_network.links import Links
from weftwork_network.operations import Operations
from weftwork_network.state import State
from weftwork_network.topology import Node, Topology
from weftwork_network.waiting import POLL, together, wait_for

# Fabric allows for slow disks and busy machines; a node that answers at all does so in a second.
NODE_TIMEOUT = 60.0
# A few bring-ups in a hundred take five to ten seconds until everybody knows everybody.
CHANNEL_TIMEOUT = 60.0
_FEW = 4
# So many peers join one after the other.
_LANE = 6


async def join_orderer(state: State, links: Links, node: Node, blocks: Mapping[str, bytes]) -> None:
    """Waits for an orderer to answer and has it join the channels that it has not joined.

    Args:
        state: where it is noted that it has answered.
        links: how to reach it.
        node: the orderer.
        blocks: the channels that it orders, each with its first block.

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
    answered(state, node)
    for channel, block in blocks.items():
        if channel in joined:
            continue
        try:
            await link.join(channel, block)
        except OrdererError as error:
            raise NodeError(node.id, f"cannot join {channel}: {error.message}") from error


async def join_peers(
    state: State, links: Links, topology: Topology, blocks: Mapping[str, bytes]
) -> None:
    """Has every peer join its channels, few at the same time.

    Peers dial each other as they join. Where two dial at the same moment Fabric keeps one of the
    connections, and what was said on the other is repeated only after five seconds. Among many the
    word gets round by others meanwhile.

    Args:
        state: where it is noted that they have answered.
        links: how to reach them.
        topology: which peer holds which channel.
        blocks: every channel with its first block.

    Raises:
        NodeError: a peer does not answer in time or refuses.
    """
    lanes = max(1, len(topology.peers) // _LANE)

    async def lane(nodes: Sequence[Node]) -> None:
        for node in nodes:
            own = [channel.name for channel in topology.channels_of(node)]
            await _join_peer(state, links, node, {channel: blocks[channel] for channel in own})

    await together(lane(topology.peers[at::lanes]) for at in range(lanes))


async def _join_peer(state: State, links: Links, node: Node, blocks: Mapping[str, bytes]) -> None:
    link = links.peer(node)
    try:
        await link.wait_ready(timeout=NODE_TIMEOUT)
        joined = await link.channels()
        answered(state, node)
        for channel, block in blocks.items():
            if channel not in joined:
                await link.join(block)
    except PeerError as error:
        raise NodeError(node.id, f"cannot join {', '.join(blocks)}: {error.message}") from error


async def wait_leaders(operations: Operations, topology: Topology) -> None:
    """Waits until every channel's orderers have a leader.

    Raises:
        NotReadyError: they have none in time.
    """
    without = {channel.name for channel in topology.channels}

    async def elected() -> str:
        for node in topology.orderers:
            if not without:
                break
            metrics = await operations.metrics(topology.member(node.department), node)
            if metrics is not None:
                without.difference_update([name for name in without if metrics.leads(name)])
        return f"the orderers of {', '.join(sorted(without))} have no leader" if without else ""

    await wait_for(elected, CHANNEL_TIMEOUT)


async def wait_gossip(operations: Operations, topology: Topology) -> None:
    """Waits until every peer knows every other of its channels.

    Raises:
        NotReadyError: some do not in time.
    """
    # A look is a page of metrics, which takes a peer milliseconds. Many peers need seconds.
    interval = POLL * max(1.0, (len(topology.peers) / _FEW) ** 2)

    async def complete(node: Node) -> str:
        metrics = await operations.metrics(topology.member(node.department), node)
        for channel in topology.channels_of(node):
            others = len(channel.peers) - 1
            known = metrics.peers_known(channel.name) if metrics is not None else 0
            if known < others:
                return f"{node.id} knows {known} of {others} other peers of {channel.name}"
        return ""

    async def one(node: Node) -> None:
        await wait_for(lambda: complete(node), CHANNEL_TIMEOUT, interval)

    await asyncio.gather(*(one(node) for node in topology.peers))
