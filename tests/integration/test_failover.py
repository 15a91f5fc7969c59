"""A gateway peer, or ordering's leader, is killed or hangs under load: nothing lost, or doubled."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable

import pytest

import weftwork
from tests.integration.documents import shown
from tests.integration.freezing import thawed_at_last
from weftwork.aio import connect
from weftwork_network import Network

# What it may cost: 0.3 s for a killed peer, twice Options.silence for one that hangs; for Raft's
# leader the 5 s after which what it took, and lost, is handed in again.
GENEROUS = 12.0


@pytest.fixture
def whole(pair: Network) -> Network:
    """The network with all its nodes."""
    pair.up()
    return pair


async def test_a_peer_that_hangs_under_load(
    whole: Network, record_property: Callable[..., None]
) -> None:
    """What it was asked goes to the other peer when it has not answered a probe."""
    with thawed_at_last(whole, "rail-peer0") as frozen:
        await interrupted(whole, "rail-peer0 frozen", frozen.freeze, True, record_property)


@pytest.mark.parametrize("victim", ["gateway peer", "leader"])
async def test_a_kill_under_load(
    whole: Network, victim: str, record_property: Callable[..., None]
) -> None:
    """Every submit ends well, and once: each counter says 1."""
    nodes = await asyncio.to_thread(lambda: whole.status().nodes)
    own = victim == "gateway peer"
    node = "rail-peer0" if own else next(row.node for row in nodes if row.leader)
    await interrupted(
        whole, f"{victim} {node} killed", lambda: whole.kill_node(node), own, record_property
    )


async def interrupted(
    whole: Network,
    what: str,
    interrupt: Callable[[], None],
    own: bool,
    record_property: Callable[..., None],
) -> None:
    """Submits under way while something happens, to the gateway's ``own`` peer or elsewhere."""
    run = secrets.token_hex(3)
    ended: list[tuple[float, str]] = []
    failed: list[weftwork.WeftworkError] = []
    stop, resumed = asyncio.Event(), asyncio.Event()
    killed: float | None = None
    async with connect(whole.profile("Rail"), user="clerk") as gateway:
        network = gateway.network("trade")
        contract = network.contract("counters")
        first = (await network.info()).height

        async def load(worker: int) -> None:
            number = 0
            while not stop.is_set():
                key, number = f"{run}-{worker}-{number}", number + 1
                try:
                    assert await contract.submit("add", key, "1", returns=str) == "1"
                except weftwork.WeftworkError as error:
                    failed.append(error)
                ended.append((time.monotonic(), key))
                # Twenty more than were under way at the kill: these began after it.
                if killed and sum(1 for moment, _ in ended if moment > killed) > 36:
                    resumed.set()

        workers = [asyncio.create_task(load(worker)) for worker in range(16)]
        await asyncio.sleep(1.5)
        interrupt()
        killed = time.monotonic()
        await asyncio.wait_for(resumed.wait(), 30)
        await asyncio.sleep(1)
        stop.set()
        await asyncio.gather(*workers)
        if own:
            assert [peer.healthy for peer in gateway.peers] == [False, True]
            assert gateway.peers[1].preferred
        else:
            assert [peer.healthy for peer in gateway.peers] == [True, True]
        keys = [key for _, key in ended]
        values = await asyncio.gather(*(contract.evaluate("read", key) for key in keys))
        blocks = [await network.block(n) for n in range(first, (await network.info()).height)]
    before = sorted(moment for moment, _ in ended if moment <= killed)
    after = sorted(moment for moment, _ in ended if moment > killed)
    gap = max(b - a for a, b in zip([killed, *after], after, strict=False))
    codes = Counter(
        found.code.name
        for block in blocks
        for found in block.transactions
        if found.args and found.args[0].decode().startswith(run)
    )
    record_property("gap", gap)
    print(
        f"\n{what}: {len(before)} submits before, {len(after)} after, "
        f"{len(failed)} failed; next success after {after[0] - killed:.2f} s, longest time without "
        f"one {gap:.2f} s; recorded {dict(codes)}"
    )
    assert not failed, failed[0]
    assert before, "nothing ran before the kill"
    assert Counter(values) == {b"1": len(keys)}, "a submit was lost or doubled"
    assert codes["VALID"] == len(keys)
    assert gap < GENEROUS


def test_the_page_as_it_stands(whole: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(whole.profile("Rail").parent)
    run = secrets.token_hex(3)
    for block in ("peers", "retry", "operation", "bulk"):
        text = shown("docs/resilience.md", block).replace("T-", f"T-{run}-")
        exec(compile(text, f"docs/resilience.md {block}", "exec"), {})
