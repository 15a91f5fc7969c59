"""How long transactions take on the in-memory ledger: ``make bench BENCH=ledger``.

One client, one after the other: endorsed, ordered, validated and committed, each in a block of its
own. The last line is a JSON object of seconds per 1,000 transactions.
"""

import argparse
import json
import time

from weftwork_chaincode import Context, Contract, submit
from weftwork_chaincode.testing import Ledger

COUNT = 1000
SHAPES = {
    "one endorser of one department": (1, 1),
    "two endorsers of four departments": (4, 2),
    "four endorsers of four departments": (4, 4),
}


class Values(Contract, name="values"):
    @submit
    async def put(self, ctx: Context, key: str, value: str) -> None:
        """Reads and writes a key."""
        await ctx.stub.get_state(key)
        await ctx.stub.put_state(key, value.encode())


def seconds(departments: int, endorsers: int, runs: int) -> tuple[float, float]:
    """Wall and CPU seconds of :data:`COUNT` transactions, the best of several runs."""
    names = [f"D{number}MSP" for number in range(departments)]
    peers = ", ".join(f"'{name}.peer'" for name in names)
    best = (float("inf"), float("inf"))
    for _ in range(runs):
        with Ledger(names) as ledger:
            values = ledger.deploy(Values, policy=f"OutOf({endorsers}, {peers})")
            wall, cpu = time.perf_counter(), time.process_time()
            for number in range(COUNT):
                values.submit("put", f"k{number % 100}", "v")
            took = time.perf_counter() - wall, time.process_time() - cpu
            assert ledger.height == COUNT + 2
            best = min(best, took)
    return best


def main() -> None:
    """Prints a table, then the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of each")
    runs = 1 if parser.parse_args().quick else 3
    figures: dict[str, dict[str, float]] = {}
    print(f"{COUNT} transactions that read and write one key, best of {runs} runs")
    for name, (departments, endorsers) in SHAPES.items():
        wall, cpu = seconds(departments, endorsers, runs)
        figures[name] = {"seconds": round(wall, 3), "cpu": round(cpu, 3)}
        print(f"  {name:36} {wall:6.2f} s   CPU {cpu:5.2f} s")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
