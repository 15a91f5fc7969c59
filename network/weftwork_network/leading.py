"""Who leads each channel's ordering, by what its orderers say.

Under Raft the one that leads knows it. A BFT orderer tells as of the block that it wrote last: one
that comes back takes itself for the leader that it was, until it takes part in a block again. So
there it leads whom most name.
"""

from collections import Counter
from collections.abc import Mapping

from weftwork_network.operations import Metrics
from weftwork_network.topology import Topology


def leading(topology: Topology, told: Mapping[str, Metrics]) -> dict[str, tuple[str, ...]]:
    """The channels that each orderer leads.

    Args:
        topology: the network.
        told: the metrics of the nodes that answer, by node.

    Returns:
        By node, the names of channels; nodes that lead none are left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for channel in topology.channels:
        orderers = {node.id: told[node.id] for node in channel.orderers if node.id in told}
        named = Counter(
            number
            for metrics in orderers.values()
            if (number := metrics.bft_leader(channel.name)) is not None
        )
        most = {number for number, votes in named.items() if 2 * votes > named.total()}
        for node, metrics in orderers.items():
            if metrics.leads(channel.name) and (
                not named or metrics.bft_leader(channel.name) in most
            ):
                found[node] = (*found.get(node, ()), channel.name)
    return found
