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
    longest = site.status.height
    for row in site.status.nodes:
        if row.height is not None and longest - row.height > BLOCKS_APART:
            yield warning(
                "heights",
                row.node,
                f"holds {row.height} blocks where another holds {longest}; unless it is catching "
                f"up, see `weftwork network logs {row.node}`",
            )
