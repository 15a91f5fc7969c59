"""SmartBFT's options in a channel: which there are, what fits departments, what their rules are.

configtxgen writes them into the first block unread; an orderer that does not like them refuses the
channel. So they are held against its rules here, with their lines (SmartBFT, pkg/types/config.go).
"""

from weftwork_network.durations import seconds
from weftwork_network.faults import Faults, did_you_mean
from weftwork_network.marks import Marked

TUNED: dict[str, str | int] = {
    # This governs when a block is cut; BatchTimeout has no meaning under BFT.
    "RequestBatchMaxInterval": "200ms",
    # With the sample's 5 s, 20 s and 1 m a leader that dies costs 22 s; with these, 3 s.
    "RequestForwardTimeout": "500ms",
    "RequestComplainTimeout": "2s",
    "RequestAutoRemoveTimeout": "3m",
    "ViewChangeResendInterval": "1s",
    "ViewChangeTimeout": "5s",
    "LeaderHeartbeatTimeout": "3s",
    "LeaderHeartbeatCount": 10,
    "CollectTimeout": "1s",
    "IncomingMessageBufferSize": 200,
    "RequestPoolSize": 100000,
}
"""What a channel is given where its configtx.yaml does not say."""

DURATIONS = tuple(name for name, value in TUNED.items() if isinstance(value, str))
COUNTS = tuple(name for name, value in TUNED.items() if isinstance(value, int))
# Known to configtxgen, and not needed by us.
_FURTHER = ("RequestMaxBytes", "SyncOnStart", "SpeedUpViewChange")

# Each must not be longer than the next.
_ORDERED = (
    ("RequestForwardTimeout", "RequestComplainTimeout"),
    ("RequestComplainTimeout", "RequestAutoRemoveTimeout"),
    ("ViewChangeResendInterval", "ViewChangeTimeout"),
)


def check_options(options: Marked, faults: Faults) -> None:
    """Adds what an orderer would refuse of a profile's SmartBFT options."""
    if not isinstance(options.value, dict):
        faults.add(options.line, "SmartBFT must be a mapping; write its options, or leave it out")
        return
    lengths: dict[str, float] = {}
    for name, written in options.value.items():
        if name in DURATIONS:
            length = seconds(str(written.value))
            if length is None or length <= 0:
                faults.add(
                    written.line,
                    f"{name} is '{written.value}', which is no duration above zero; write "
                    f"{TUNED[name]}",
                )
            else:
                lengths[name] = length
        elif name in COUNTS:
            if type(written.value) is not int or written.value <= 0:
                faults.add(
                    written.line,
                    f"{name} is '{written.value}', which is no number above zero; write "
                    f"{TUNED[name]}",
                )
        elif name not in _FURTHER:
            faults.add(
                written.line,
                f"SmartBFT has no option '{name}'{did_you_mean(name, [*TUNED, *_FURTHER])}",
            )
    known = {name: seconds(str(TUNED[name])) or 0.0 for name in DURATIONS} | lengths
    for short, long in _ORDERED:
        if known[short] > known[long]:
            at = options.value.get(short) or options.value[long]
            faults.add(at.line, f"{short} is longer than {long}; make it shorter, or that longer")
