"""Evaluate and submit through each client: ours, the official Node and Go ones, moe, a bare loop.

One network of two departments, one peer as the gateway, the same chaincode (on Go's shim where it
can be built), one client's process at a time under load. Rounds of the clients alternate; figures
are medians over rounds. CPU is what the kernel accounted to the client's process, user and system.
All clients speak TLS, sign with P-256 and wait for the commit status. `bare` is the lower bound for
Python: gRPC and protobuf by hand, with no check and no error, on grpc.aio and on threads.

Prints tables, and as its last line one JSON object.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import rivals
from workers import Worker
from workers import rivals as clients

from chaincode import deploy
from weftwork_network import Network

PORT = 30000
SERVER = 30800
NAME = "bench"
BARE = "bare, async"
# Calls a round by the number in flight; a lone submit waits for its block's timeout.
COUNTS = {
    "evaluate": {1: 500, 16: 2000, 64: 2000, 256: 2000},
    "submit": {1: 30, 16: 300, 64: 600, 256: 1000},
}
QUICK = {"evaluate": {1: 200, 64: 600}, "submit": {1: 10, 64: 300}}

Figures = dict[str, dict[str, dict[str, float]]]


def settings(network: Network) -> dict[str, str]:
    """What each client is told: the peer, and the certificate and key of who calls."""
    import weftwork

    department = network.topology.members[0].name
    profile = weftwork.load_profile(network.profile(department))
    assert profile.wallet
    user = weftwork.FileWallet(profile.wallet).get("admin")
    folder = network.state.folder
    endpoint = profile.peer()
    files = {
        "roots": endpoint.roots or b"",
        "certificate": user.identity.certificate,
        "key": user.private_key,
    }
    for name, content in files.items():
        (folder / f"bench-{name}.pem").write_bytes(content)
    return {
        "host": endpoint.host,
        "port": str(endpoint.port),
        "mspid": user.identity.mspid,
        "channel": network.channel,
        "chaincode": NAME,
        **{name: str(folder / f"bench-{name}.pem") for name in files},
    }


def measure(workers: list[Worker], rounds: int, counts: dict[str, dict[int, int]]) -> Figures:
    """Kind and number in flight → client → the medians over all rounds."""
    result: Figures = {}
    for worker in workers:
        for kind in ("evaluate", "submit"):
            worker.run({"kind": kind, "mark": f"warm-{worker.name}-", "count": 50, "in_flight": 8})
    for kind, steps in counts.items():
        for in_flight, count in steps.items():
            label = f"{kind}, {in_flight} in flight"
            found: dict[str, list[dict[str, float]]] = {}
            for number in range(rounds):
                for worker in workers:
                    mark = f"{worker.name[:9]}-{in_flight}-{number}-"
                    got = worker.run(
                        {"kind": kind, "mark": mark, "count": count, "in_flight": in_flight}
                    )
                    each = sorted(got["ms"])
                    if got["first"]:
                        print(f"  {worker.name}: {got['lost']} lost: {got['first'][0]}")
                    if not each:
                        continue
                    found.setdefault(worker.name, []).append(
                        {
                            "per_second": len(each) / got["seconds"],
                            "p50_ms": statistics.median(each),
                            "p95_ms": each[int(0.95 * (len(each) - 1))],
                            "p99_ms": each[int(0.99 * (len(each) - 1))],
                            "cpu_s_per_1000": got["cpu"] * 1000 / len(each),
                            "lost": got["lost"],
                        }
                    )
            result[label] = {
                name: {key: statistics.median(r[key] for r in each) for key in each[0]}
                for name, each in found.items()
            }
            show(label, result[label])
    return result


def show(label: str, row: dict[str, dict[str, float]]) -> None:
    print(f"\n{label}")
    for name, got in row.items():
        bare = row.get("bare, sync" if name.endswith("sync") and "async" not in name else BARE, {})
        ratio = got["cpu_s_per_1000"] / bare["cpu_s_per_1000"] if bare else 0
        print(
            f"  {name:14} {got['per_second']:8.1f} /s   p50 {got['p50_ms']:7.1f}"
            f"   p95 {got['p95_ms']:7.1f}   p99 {got['p99_ms']:7.1f} ms"
            f"   {got['cpu_s_per_1000']:6.3f} CPU s/1000   {ratio:5.2f} of bare"
            + (f"   {got['lost']:.0f} lost" if got["lost"] else ""),
            flush=True,
        )


def ratios(result: Figures) -> dict[str, float]:
    """Ours to each other client, by CPU and by throughput."""
    found: dict[str, float] = {}
    for label, row in result.items():
        for ours in ("ours, async", "ours, sync"):
            for name, got in row.items():
                if not name.startswith("ours") and ours in row:
                    for figure in ("cpu_s_per_1000", "per_second"):
                        ratio = row[ours][figure] / got[figure]
                        found[f"{label}: {figure} of {ours} to {name}"] = round(ratio, 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="", help="node,go,moe: those beside ours and bare")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing is left running
    wanted = arguments.clients.split(",") if arguments.clients else None
    chosen = clients(wanted)
    servers = {rival.name: rival for rival in rivals.build(("go",))}
    server = servers.get("go", servers["ours"])
    quick = arguments.quick
    counts = {kind: QUICK[kind] if quick else COUNTS[kind] for kind in COUNTS}
    with tempfile.TemporaryDirectory() as folder:
        shape = {
            "channel": {"name": "bench", "profile": "Bench"},
            "departments": [{"name": "Energy", "orderers": 1}, {"name": "Civic"}],
            "chaincodes": [],
        }
        network = Network.create(Path(folder) / "net", base_port=PORT, definition=shape)
        process, workers = None, list[Worker]()
        try:
            network.up()
            ids = asyncio.run(deploy(network, {NAME: SERVER}))
            process = server.start(ids[NAME], SERVER, Path(folder) / "chaincode.log")
            told = Path(folder) / "settings.json"
            told.write_text(json.dumps(settings(network)))
            for rival in chosen:
                workers.append(rival.start(told, Path(folder) / f"{rival.name}.log"))
            rounds = 1 if quick else arguments.rounds
            result = measure(workers, rounds, counts)
        finally:
            for worker in workers:
                worker.stop()
            if process is not None:
                process.kill()
                process.wait()
            network.clean()
    print()
    print(json.dumps({"figures": result, "ratios": ratios(result)}))


if __name__ == "__main__":
    main()
