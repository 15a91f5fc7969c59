"""A department's gateway peer is killed under load: its other peer takes over, nothing is lost."""

import asyncio
import secrets
import time
from collections import Counter

import pytest

import weftwork
from weftwork.aio import connect
from weftwork_network import Network


@pytest.fixture
def whole(pair: Network) -> Network:
    """The network with all its peers."""
    pair.up()
    return pair


async def test_a_gateway_peer_killed_under_load(whole: Network) -> None:
    """Every submit ends well, once: the counters say 1."""
    run = secrets.token_hex(3)
    ended: list[tuple[float, str]] = []
    failed: list[weftwork.WeftworkError] = []
    async with connect(whole.profile("Rail"), user="clerk") as gateway:
        contract = gateway.network("trade").contract("counters")
        stop = asyncio.Event()

        async def load(worker: int) -> None:
            number = 0
            while not stop.is_set():
                key, number = f"{run}-{worker}-{number}", number + 1
                try:
                    assert await contract.submit("add", key, "1", returns=str) == "1"
                except weftwork.WeftworkError as error:
                    failed.append(error)
                ended.append((time.monotonic(), key))

        workers = [asyncio.create_task(load(worker)) for worker in range(16)]
        await asyncio.sleep(1.5)
        whole.kill_node("rail-peer0")
        killed = time.monotonic()
        await asyncio.sleep(4)
        stop.set()
        await asyncio.gather(*workers)
        assert [peer.healthy for peer in gateway.peers] == [False, True]
        assert gateway.peers[1].preferred
        keys = [key for _, key in ended]
        values = await asyncio.gather(*(contract.evaluate("read", key) for key in keys))
        height = (await gateway.network("trade").info()).height
        blocks = [await gateway.network("trade").block(n) for n in range(height)]
    times = [moment for moment, _ in ended]
    before = [moment for moment in times if moment <= killed]
    after = [moment for moment in times if moment > killed]
    pauses = [b - a for a, b in zip([killed, *after], after, strict=False)]
    codes = Counter(
        found.code.name
        for block in blocks
        for found in block.transactions
        if found.args and found.args[0].decode().startswith(run)
    )
    print(
        f"\nkilled: {len(before)} before, {len(after)} after; first success "
        f"{after[0] - killed:.3f} s after the kill, longest pause {max(pauses):.3f} s; "
        f"{len(failed)} failed; on the ledger {dict(codes)}"
    )
    assert not failed, "\n".join(map(str, failed))
    assert before
    assert after
    assert Counter(values) == {b"1": len(keys)}, "a submit was lost or doubled"
    assert max(pauses) < 5
