"""The same chaincode in Python (ours), Go, Node and the Python package: CPU, throughput, latency.

One network of two departments, one peer's chaincode at a time under load, the same client, one run.
Every call is an evaluation at one peer: a put is simulated and thrown away, which is the whole part
of a transaction that chaincode has, without the noise of orderers and validators; `submit` does all
of it. Rounds of the rivals alternate; figures are medians over rounds. CPU is what the kernel
accounted to the process of the chaincode (user and system). Ours runs the full contract API, Go its
bare shim, all without TLS. Prints tables, and as its last line one JSON object.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from rivals import Rival, build

import weftwork
from weftwork.aio import Contract, connect
from weftwork.aio.admin import ChaincodeDefinition, package_chaincode
from weftwork_network import Network
from weftwork_network.links import Links

PORT = 16000
SERVERS = 16800
"""The chaincode servers' first port."""
ROWS = 10_000
VALUE = "v" * 100
CALLEE = "callee"
LEFT_OUT = {("python package", "relay")}
"""What is not asked: fabric-chaincode-python's call of another chaincode ends the peer (3.1.1)."""
LOST = 20.0
"""Seconds after which an answer is taken for lost: fabric-chaincode-python loses some."""
SETTLED = 12.0
"""Seconds more until the peer gives up too: what hangs keeps it from committing blocks."""


@dataclass(frozen=True)
class Work:
    """One kind of transaction: what it calls, how many a round, at how many in flight."""

    name: str
    function: str
    arguments: tuple[str, ...]
    count: int
    in_flight: tuple[int, ...]
    submits: bool = False


def works(quick: bool) -> list[Work]:
    steps = (1, 64) if quick else (1, 16, 64, 256)
    many = 300 if quick else 1500
    return [
        Work("read", "read", ("row000007",), many, steps),
        Work("put", "put", ("key{n}", VALUE), many, steps),
        Work("read + put", "change", ("row{n6}", VALUE), many, steps),
        Work("chaincode to chaincode", "relay", (CALLEE, "row000007"), many, steps),
        Work("1,000 puts", "fill", ("f{n}-", "1000", VALUE), 8 if quick else 24, (1, 8)),
        Work("10,000 puts", "fill", ("f{n}-", "10000", VALUE), 2 if quick else 4, (1,)),
        Work("range of 10,000", "scan", ("row", "rox"), 4 if quick else 8, (1,)),
        Work("submit", "put", ("sub{n}", VALUE), many // 3, (64,), submits=True),
    ]


def cpu_seconds(pid: int) -> float:
    """Nanoseconds of every thread, since ticks of a hundredth are too coarse for a short round."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


async def deploy(network: Network, names: dict[str, int]) -> dict[str, str]:
    """Defines chaincodes that are served elsewhere, each at a port; gives their package ids."""
    peer, *_ = network.topology.peers
    member = network.topology.member(peer.department)
    folder = network.state.connections(peer)
    folder.mkdir(parents=True, exist_ok=True)
    ids: dict[str, str] = {}
    async with Links(network.state, network.topology) as links:
        for name, port in names.items():
            label = f"{name}_1"
            connection = {"address": f"127.0.0.1:{port}", "dial_timeout": "10s"}
            (folder / f"{label}.json").write_text(json.dumps({**connection, "tls_required": False}))
            content = package_chaincode(label, {"about.json": name.encode()})
            ids[name] = await links.peer(peer).install(content)
            definition = ChaincodeDefinition(name, endorsement_policy=f"OR('{member.mspid}.peer')")
            for each in network.topology.members:
                lifecycle = links.lifecycle(each, network.channel)
                await lifecycle.approve(definition, ids[name] if each is member else None)
            await links.lifecycle(member, network.channel).commit(definition)
    return ids


async def round_of(
    contract: Contract, work: Work, in_flight: int, pid: int, mark: str
) -> dict[str, float]:
    """One round: `work.count` calls, `in_flight` at a time."""
    gate = asyncio.Semaphore(in_flight)
    each: list[float] = []
    lost = 0
    call: Callable[..., Awaitable[object]] = contract.submit if work.submits else contract.evaluate

    async def one(number: int) -> None:
        nonlocal lost
        given = [
            argument.format(n=f"{mark}{number}", n6=f"{number % ROWS:06}")
            for argument in work.arguments
        ]
        async with gate:
            began = time.perf_counter()
            try:
                await call(work.function, *given, timeout=LOST)
            except weftwork.WeftworkError as error:
                lost += 1
                if lost == 1:
                    print(f"    {work.name}: {str(error)[:150]}", flush=True)
            else:
                each.append((time.perf_counter() - began) * 1000)

    count = work.count if in_flight > 1 else max(2, work.count // 3)
    before, began = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*[one(number) for number in range(count)])
    seconds, spent = time.perf_counter() - began, cpu_seconds(pid) - before
    done = len(each)
    if not done:
        return {"lost": lost}
    each.sort()
    return {
        "cpu_s_per_1000": spent * 1000 / done,
        "per_second": done / seconds,
        "p50_ms": statistics.median(each),
        "p95_ms": each[int(0.95 * (done - 1))],
        "lost": lost,
    }


async def measure(
    network: Network, servers: dict[str, Popen[bytes]], plan: list[Work], rounds: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Work and number in flight → rival → the medians over all rounds."""
    department = network.topology.members[0].name
    result: dict[str, dict[str, dict[str, float]]] = {}
    async with connect(network.profile(department), user="admin") as gateway:
        channel = gateway.network(network.channel)
        contracts = {name: channel.contract(chaincode_of(name)) for name in servers}
        callee = channel.contract(CALLEE)
        for contract in (*contracts.values(), callee):  # rows to read, and everybody warm
            for _ in range(3):
                await contract.evaluate("read", "row000007")
        for contract in (*contracts.values(), callee):
            try:
                await contract.submit("fill", "row", str(ROWS), VALUE, timeout=60)
            except weftwork.WeftworkError as error:
                print(f"  rows were not written: {error}", flush=True)
        dead: set[tuple[str, str]] = set()
        for work in plan:
            for in_flight in work.in_flight:
                label = f"{work.name}, {in_flight} in flight"
                found: dict[str, list[dict[str, float]]] = {}
                for number in range(rounds):
                    for name, contract in contracts.items():
                        if (name, work.name) in dead or (name, work.function) in LEFT_OUT:
                            continue
                        pid = servers[name].pid
                        got = await round_of(contract, work, in_flight, pid, f"{number}-")
                        found.setdefault(name, []).append(got)
                        if got["lost"]:
                            dead.add((name, work.name))  # it would lose as many the next time
                            await asyncio.sleep(SETTLED)
                result[label] = {name: _medians(got) for name, got in found.items()}
                print_row(label, result[label])
    return result


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    whole = [each for each in rounds if "p50_ms" in each]
    medians = {key: statistics.median(r[key] for r in whole) for key in whole[0]} if whole else {}
    return {**medians, "lost": sum(each["lost"] for each in rounds)}


def chaincode_of(rival: str) -> str:
    return "bench_" + rival.replace(" ", "_")


def print_row(label: str, row: dict[str, dict[str, float]]) -> None:
    print(f"\n{label}")
    if not row:
        print("  everybody has lost answers of this before")
    ours = row.get("ours", {})
    for name, got in row.items():
        if "p50_ms" not in got:
            print(f"  {name:16} no answer ({got['lost']:.0f} lost)")
            continue
        ratio = ours["cpu_s_per_1000"] / got["cpu_s_per_1000"] if got["cpu_s_per_1000"] else 0.0
        print(
            f"  {name:16} {got['cpu_s_per_1000']:9.3f} CPU s/1000   {got['per_second']:8.1f} /s"
            f"   p50 {got['p50_ms']:8.1f} ms   p95 {got['p95_ms']:8.1f} ms"
            + (f"   ours takes {ratio:.2f} of its CPU" if name != "ours" and ratio else "")
            + (f"   {got['lost']:.0f} lost" if got["lost"] else ""),
            flush=True,
        )


def ratios(result: dict[str, dict[str, dict[str, float]]]) -> dict[str, float]:
    """Ours to each rival, by CPU and by throughput."""
    found: dict[str, float] = {}
    for label, row in result.items():
        for name, got in row.items():
            if name != "ours" and got.get("cpu_s_per_1000") and "p50_ms" in row["ours"]:
                for figure in ("cpu_s_per_1000", "per_second"):
                    found[f"{label}: {figure} to {name}"] = row["ours"][figure] / got[figure]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="a part of the works' names")
    parser.add_argument("--rivals", default="", help="names, separated by commas; ours always runs")
    arguments = parser.parse_args()
    wanted = arguments.rivals.split(",") if arguments.rivals else None
    found = [r for r in build() if wanted is None or r.name in ("ours", *wanted)]
    go = next((rival for rival in found if rival.name == "go"), found[0])
    running: dict[str, tuple[Rival, int]] = {
        chaincode_of(rival.name): (rival, SERVERS + at) for at, rival in enumerate(found)
    }
    # One and the same callee for everybody, so that the callers alone differ.
    running[CALLEE] = (go, SERVERS + len(found))
    plan = [work for work in works(arguments.quick) if arguments.only in work.name]
    servers: dict[str, Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing is left running
    with tempfile.TemporaryDirectory() as folder:
        shape = {
            "channel": {"name": "bench", "profile": "Bench"},
            "departments": [{"name": "Energy", "orderers": 1}, {"name": "Civic"}],
            "chaincodes": [],
        }
        network = Network.create(Path(folder) / "net", base_port=PORT, definition=shape)
        try:
            network.up()
            ids = asyncio.run(deploy(network, {name: at for name, (_, at) in running.items()}))
            for name, (rival, port) in running.items():
                servers[name] = rival.start(ids[name], port, Path(folder) / f"{name}.log")
            own = {rival.name: servers[chaincode_of(rival.name)] for rival in found}
            rounds = 1 if arguments.quick else arguments.rounds
            result = asyncio.run(measure(network, own, plan, rounds))
        finally:
            for process in servers.values():
                process.kill()
                process.wait()
            network.clean()
    print()
    print(json.dumps({"figures": result, "ratios": ratios(result)}))


if __name__ == "__main__":
    main()
