"""The nodes: those that should run do, and no ledger lags behind the others."""

from collections.abc import Iterator

from weftwork_network.doctor.findings import Finding, error, warning
from weftwork_network.doctor.site import Site

# A peer that is only a moment late is told by nobody.
BLOCKS_APART = 10

_STATES = {
    "stopped": ("does not run", "`weftwork network up` starts it"),
    "died": (
        "was started and has ended",
        "see `weftwork network logs {node}`, then `weftwork network up`",
    ),
    "silent": (
        "runs and does not answer",
        "see `weftwork network logs {node}`; `weftwork network restart` starts all anew",
    ),
}


def check_nodes(site: Site) -> Iterator[Finding]:
    """Where some nodes run, all of them do; a network that is down is not at fault."""
    started = any(row.state != "stopped" for row in site.status.nodes)
    for row in site.status.nodes:
        if started and row.state in _STATES:
            wrong, cure = _STATES[row.state]
            yield error("nodes", row.node, f"{wrong}; {cure.format(node=row.node)}")


def check_heights(site: Site) -> Iterator[Finding]:
    """No ledger is far behind the longest."""
    for channel in site.topology.channels:
        heights = {
            row.node: row.heights[channel.name]
            for row in site.status.nodes
            if channel.name in row.heights
        }
        longest = max(heights.values(), default=0)
        for node, height in heights.items():
            if longest - height > BLOCKS_APART:
                yield warning(
                    "heights",
                    node,
                    f"holds {height} blocks of {channel.name} where another holds {longest}; "
                    f"unless it is catching up, see `weftwork network logs {node}`",
                )
