"""``python -m weftwork_chaincode.replay FILE``: one variant's process; its departures on stdout."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import msgspec

from weftwork_chaincode.replay.recording import ReplayError, read
from weftwork_chaincode.replay.running import run


def main(path: str) -> int:
    """Runs the recording; what contracts print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable()  # a refusal that was recorded is nothing to tell of again
    try:
        departures = asyncio.run(run(read(Path(path))))
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 2
    with out:
        out.write(msgspec.json.encode(departures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
