"""What each back end and each ordering costs: start, stop, memory, one submit, a killed leader.

Runs the four departments once for every pair of back end and ordering, one after the other, each in
a temporary folder. Prints a table and, as its last line, one JSON object of figures and ratios.
Containers need an engine and its images (`make images`); without one only processes are measured.
"""

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import weftwork
from weftwork.departments import Energy
from weftwork_network import Network
from weftwork_network.engine import Engine, find_engine

PORT = 16000
BACK_ENDS = ("process", "container")
ORDERINGS = ("raft", "bft")
SUBMITS = 30
"""One after the other, for the median."""
EVERY = 0.1
WINDOW = 12.0
"""Seconds of submits around the leader's death."""


def resident_mib(network: Network) -> float:
    """What all programs of a network hold."""
    return sum(row.memory or 0 for row in network.status().nodes) / 2**20


def submits(energy: Energy) -> dict[str, float]:
    each: list[float] = []
    for number in range(SUBMITS):
        began = time.perf_counter()
        energy.register_meter(f"one-{number}")
        each.append((time.perf_counter() - began) * 1000)
    return {"submit_p50_ms": statistics.median(each), "submit_max_ms": max(each)}


def killed_leader(network: Network, energy: Energy) -> dict[str, float]:
    """The longest time without a commit when the orderers' leader is killed under submits.

    One is begun every tenth of a second whatever became of those before: one that a dying leader
    took and lost waits long for a commit that never comes.
    """
    done: list[float] = []
    refused: list[str] = []
    leader = next(row.node for row in network.status().nodes if row.leader)
    began = time.perf_counter()

    def submit(number: int) -> None:
        try:
            energy.register_meter(f"leader-{number}")
            done.append(time.perf_counter())
        except weftwork.WeftworkError as error:
            refused.append(type(error).__name__)

    with ThreadPoolExecutor(int(WINDOW / EVERY)) as pool:
        for number in range(int(WINDOW / EVERY)):
            pool.submit(submit, number)
            if number == int(2.0 / EVERY):
                network.kill_node(leader)
            time.sleep(EVERY)
    network.start_node(leader)
    moments = [began, *sorted(done)]
    pause = max(after - before for before, after in itertools.pairwise(moments))
    return {"leader_killed_pause_s": pause, "leader_killed_refused": len(refused)}


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(back_end: str, ordering: str) -> dict[str, float]:
    """One network's whole life."""
    with tempfile.TemporaryDirectory() as folder:
        network = Network.create(folder, base_port=PORT, backend=back_end, ordering=ordering)
        try:
            figures = {"up_s": timed(network.up), "memory_mib": resident_mib(network)}
            with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
                energy = Energy(gateway.network(network.channel))
                figures |= submits(energy)
                figures |= killed_leader(network, energy)
            figures["memory_after_load_mib"] = resident_mib(network)
            figures["down_s"] = timed(network.down)
            figures["up_again_s"] = timed(network.up)
        finally:
            network.clean()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--back-ends", nargs="+", choices=BACK_ENDS, default=list(BACK_ENDS))
    parser.add_argument("--orderings", nargs="+", choices=ORDERINGS, default=list(ORDERINGS))
    parser.add_argument("--quick", action="store_true", help="processes and Raft only")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.back_ends, chosen.orderings = ["process"], ["raft"]
    back_ends = chosen.back_ends
    if "container" in back_ends and not isinstance(engine := find_engine(), Engine):
        print(f"containers are left out: {engine}")
        back_ends = ["process"]
    found = {
        (back_end, ordering): measure(back_end, ordering)
        for back_end in back_ends
        for ordering in chosen.orderings
    }
    columns = [f"{back_end} {ordering}" for back_end, ordering in found]
    print(f"{'':24}" + "".join(f"{column:>16}" for column in columns))
    for name in next(iter(found.values())):
        cells = "".join(f"{figures[name]:16.2f}" for figures in found.values())
        print(f"{name:24}{cells}")
    ratios = {
        f"{ordering}_{name}_container_to_process": round(
            found["container", ordering][name] / found["process", ordering][name], 2
        )
        for ordering in chosen.orderings
        for name in ("up_s", "memory_mib", "submit_p50_ms")
        if len(back_ends) == len(BACK_ENDS)
    }
    figures = {
        f"{back_end}_{ordering}_{name}": round(value, 3)
        for (back_end, ordering), each in found.items()
        for name, value in each.items()
    }
    print(json.dumps({"figures": figures, "ratios": ratios}))


if __name__ == "__main__":
    main()
