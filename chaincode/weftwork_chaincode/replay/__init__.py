"""The replay check: recorded transactions run again elsewhere must say the same bytes.

    with repeatable():  # in a test of contracts, around what it submits
        await bench.submit("parcels", "create", parcel)

or, to keep the recording, ``with Recorder(path): …`` and then ``weftwork replay PATH``. Each
recorded transaction is run by the real engine in other processes, under other hash seeds, time
zones and locales, and is told what the peer answered then; every message that the chaincode sends
is compared, byte for byte. What differs there differs between departments' peers too, which would
then endorse different results.
"""

from weftwork_chaincode.replay.differences import Difference
from weftwork_chaincode.replay.recorder import Recorder
from weftwork_chaincode.replay.recording import ReplayError
from weftwork_chaincode.replay.variants import (
    PLAIN,
    VARIANTS,
    Outcome,
    Variant,
    repeatable,
    replay,
)

__all__ = [
    "PLAIN",
    "VARIANTS",
    "Difference",
    "Outcome",
    "Recorder",
    "ReplayError",
    "Variant",
    "repeatable",
    "replay",
]
