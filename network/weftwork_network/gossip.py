"""How often peers talk to each other: often where they are few, seldom where they are many.

Every peer verifies what every other says of itself, again each time it asks: with n peers that is
n² signatures for each round. An interval that grows with their number keeps the cost of one peer
the same however many there are.
"""

# With Fabric's own timers peers know of each other after half a minute: they dial before they can
# verify, and try again after 25 s. Of each timer: its least, and how much each peer adds, in
# milliseconds.
_TIMERS = {
    "RECONNECTINTERVAL": (200, 50),
    # Sent and signed by every idle peer for as long as it runs: at 200 ms these three cost 5 % of a
    # core a peer, so they take 2 %, and the network is up no later.
    "ALIVETIMEINTERVAL": (1000, 125),
    "PUBLISHSTATEINFOINTERVAL": (500, 60),
    "REQUESTSTATEINFOINTERVAL": (500, 125),
    "MEMBERSHIPTRACKERINTERVAL": (200, 25),
    # So long after its start a peer's word of itself holds its certificate. Afterwards others have
    # that only from its own department or from whom they ask themselves: with many, half a minute.
    "PUBLISHCERTPERIOD": (10_000, 2_500),
    "DIALTIMEOUT": (500, 60),
    "CONNTIMEOUT": (500, 60),
}


def gossip_timers(peers: int) -> dict[str, str]:
    """A peer's timers, by their names below `peer.gossip`.

    Args:
        peers: how many peers the network has.
    """
    return {name: f"{max(least, each * peers)}ms" for name, (least, each) in _TIMERS.items()}
