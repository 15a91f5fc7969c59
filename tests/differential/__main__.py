"""`python -m tests.differential --seed S --blocks N`: a long run, with its table at the end."""

import argparse
import logging
import random
import sys
import time

from tests.differential.comparing import Comparison, Difference
from tests.differential.coverage import table
from tests.differential.fabric import FabricSide
from tests.differential.memory import LedgerSide


def main() -> int:
    """Runs; 1 where the sides differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--blocks", type=int, default=100, help="blocks of about twelve")
    parser.add_argument("--fabric", choices=["3.1", "2.5"], default="3.1")
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.blocks} blocks, Fabric {asked.fabric}", flush=True)
    logging.getLogger("weftwork_chaincode").addHandler(logging.NullHandler())
    batching = asked.fabric != "2.5"
    with FabricSide(asked.fabric) as fabric, LedgerSide(batching=batching) as ledger:
        comparison = Comparison(asked.seed, fabric, ledger)
        started = time.monotonic()
        try:
            comparison.run(asked.blocks)
            found = "no difference"
        except Difference as difference:
            found = str(difference)
    print(table(comparison.coverage))
    print(f"{time.monotonic() - started:.1f} s")
    print(found)
    return int(found != "no difference")


if __name__ == "__main__":
    sys.exit(main())
