"""What the first case costs: `up`, the first transaction, and a steady load of 64 in flight.

Runs a network of its own in a temporary folder. Prints a table, and as its last line one JSON
object. CPU is what the kernel accounted to the processes (user and system).
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import weftwork
from weftwork.aio import connect
from weftwork.aio.departments import Energy
from weftwork.departments import Energy as SyncEnergy
from weftwork_network import Network

PORT = 16000


def cpu_seconds(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def pids(network: Network, kind: str) -> list[int]:
    return [row.pid for row in network.status().nodes if row.kind == kind and row.pid]


def first(network: Network) -> dict[str, float]:
    """A new connection's first submit, then twenty one after the other."""
    began = time.perf_counter()
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = SyncEnergy(gateway.network(network.channel))
        energy.register_meter("first")
        opening = time.perf_counter() - began
        each: list[float] = []
        for number in range(20):
            began = time.perf_counter()
            energy.register_meter(f"one-{number}")
            each.append(time.perf_counter() - began)
    return {"first_submit_ms": opening * 1000, "submit_p50_ms": statistics.median(each) * 1000}


async def load(network: Network, count: int, in_flight: int) -> dict[str, float]:
    """`count` submits and as many evaluates, `in_flight` at a time, of one async client."""
    nodes = {kind: pids(network, kind) for kind in ("chaincode", "peer", "orderer")}
    result: dict[str, float] = {}
    async with connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = Energy(gateway.network(network.channel))
        gate = asyncio.Semaphore(in_flight)

        async def one(call: str, number: int) -> None:
            async with gate:
                if call == "submit":
                    await energy.register_meter(f"load-{number}")
                else:
                    await energy.read_meter(f"load-{number}")

        for call in ("submit", "evaluate"):
            before = {kind: cpu_seconds(found) for kind, found in nodes.items()}
            own, began = time.process_time(), time.perf_counter()
            await asyncio.gather(*[one(call, number) for number in range(count)])
            seconds = time.perf_counter() - began
            result[f"{call}_per_second"] = count / seconds
            result[f"{call}_client_cpu_s_per_1000"] = (time.process_time() - own) * 1000 / count
            for kind, found in nodes.items():
                spent = cpu_seconds(found) - before[kind]
                result[f"{call}_{kind}_cpu_s_per_1000"] = spent * 1000 / count
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="300 transactions instead of 2,000")
    count = 300 if parser.parse_args().quick else 2000
    with tempfile.TemporaryDirectory() as folder:
        network = Network.create(folder, base_port=PORT)
        try:
            up = network.up()
            figures = {"up_s": up.seconds, **first(network)}
            figures |= asyncio.run(load(network, count, in_flight=64))
            network.down()
            figures["up_again_s"] = network.up().seconds
        finally:
            network.clean()
    for name, value in figures.items():
        print(f"{name:34} {value:10.2f}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
