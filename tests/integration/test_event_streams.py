"""Streams of real peers: killed, started again, one taking another's place; consumers that die."""

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import weftwork
from tests.integration.freezing import thawed_at_last
from weftwork.aio import connect
from weftwork_network import Network

CHANNEL = "trade"
CHAINCODE = "journal"
KINDS = ("block_events", "filtered_block_events", "block_and_private_data_events")


@pytest.fixture
def whole(pair: Network) -> Network:
    """Both peers run."""
    pair.up()
    return pair


def height(network: Network) -> int:
    with weftwork.connect(network.profile("Rail"), user="clerk", peer=second(network)) as gateway:
        return gateway.network(CHANNEL).info().height


def second(network: Network) -> str:
    """The peer that is left alone."""
    return weftwork.load_profile(network.profile("Rail")).peers[1].name


class Listening:
    """One reader of each kind of stream, and when each thing came."""

    def __init__(self, network: Any, start: int) -> None:
        self.streams = {"chaincode_events": network.chaincode_events(CHAINCODE, start_block=start)}
        for kind in KINDS:
            self.streams[kind] = getattr(network, kind)(start_block=start)
        self.found: dict[str, list[Any]] = {kind: [] for kind in self.streams}
        self.times: dict[str, list[float]] = {kind: [] for kind in self.streams}
        self._tasks = [asyncio.create_task(self._read(kind)) for kind in self.streams]

    async def _read(self, kind: str) -> None:
        async for event in self.streams[kind]:
            self.found[kind].append(event)
            self.times[kind].append(time.monotonic())

    async def until(self, events: int, last_block: int) -> None:
        """Wait until everything has come; a reader's error is raised."""
        async with asyncio.timeout(30):
            while not self._have(events, last_block):
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.02)
        # Whatever came twice would come now.
        await asyncio.sleep(0.3)
        for stream in self.streams.values():
            await stream.aclose()
        await asyncio.gather(*self._tasks)

    def _have(self, events: int, last_block: int) -> bool:
        return len(self.found["chaincode_events"]) >= events and all(
            self.found[kind] and self.found[kind][-1].number >= last_block for kind in KINDS
        )

    def pauses(self, since: float) -> dict[str, float]:
        """The longest time between two arrivals since then, seconds."""
        return {
            kind: max(after - before for before, after in pairwise(times) if after > since)
            for kind, times in self.times.items()
        }


async def interrupted(
    network: Network,
    peers: list[str] | None,
    interrupt: Callable[[], None],
    record_property: Callable[[str, object], None],
) -> None:
    """Readers at some of Rail's peers, while another gateway writes and something happens."""
    begun = await asyncio.to_thread(height, network)
    written: list[str] = []
    async with AsyncExitStack() as opened:
        reader = await opened.enter_async_context(
            connect(network.profile("Rail"), user="clerk", peer=peers)
        )
        writer = await opened.enter_async_context(
            connect(network.profile("Rail"), user="clerk", peer=second(network))
        )
        journal = writer.network(CHANNEL).contract(CHAINCODE)
        listening = Listening(reader.network(CHANNEL), begun)

        async def write(name: str) -> None:
            await journal.submit("write", name)
            written.append(name)

        async def writing() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(70):
                    group.create_task(write(f"{begun}-{number}"))
                    await asyncio.sleep(0.06)

        task = asyncio.create_task(writing())
        await asyncio.sleep(1)
        assert listening.found["chaincode_events"], "nothing came before: the test proves nothing"
        killed = time.monotonic()
        await asyncio.to_thread(interrupt)
        await task
        end = await writer.network(CHANNEL).info()
        await listening.until(len(written), end.height - 1)
        ledger = [
            block
            async for block in writer.network(CHANNEL).block_events(
                start_block=begun, stop_block=end.height - 1
            )
        ]

    expected = [
        (block.number, transaction.transaction_id, transaction.event.payload.decode())
        for block in ledger
        for transaction in block.transactions
        if transaction.successful and transaction.event is not None
    ]
    assert sorted(name for _, _, name in expected) == sorted(written)
    assert [
        (event.block_number, event.transaction_id, event.payload.decode())
        for event in listening.found["chaincode_events"]
    ] == expected
    for kind in KINDS:
        numbers = [block.number for block in listening.found[kind]]
        assert numbers[: len(ledger)] == [block.number for block in ledger], kind
    pauses = listening.pauses(killed)
    record_property("pauses", pauses)
    print("\nlongest pause, s:", {kind: round(pause, 2) for kind, pause in pauses.items()})


async def test_a_peer_killed_and_started_again(
    whole: Network, record_property: Callable[[str, object], None]
) -> None:
    """Its readers know no other: they wait for it, and miss nothing of what went on meanwhile."""
    first = weftwork.load_profile(whole.profile("Rail")).peers[0].name

    def interrupt() -> None:
        whole.kill_node("rail-peer0")
        time.sleep(0.3)
        whole.start_node("rail-peer0")

    await interrupted(whole, [first], interrupt, record_property)


async def test_another_peer_takes_over(
    whole: Network, record_property: Callable[[str, object], None]
) -> None:
    await interrupted(whole, None, lambda: whole.kill_node("rail-peer0"), record_property)


async def test_a_peer_that_hangs(
    whole: Network, record_property: Callable[[str, object], None]
) -> None:
    """Its streams are silent, as those of a quiet channel are: that it hangs is found out."""
    with thawed_at_last(whole, "rail-peer0") as frozen:
        await interrupted(whole, None, frozen.freeze, record_property)


CONSUMER = """
import os, sys, weftwork
profile, peer, path, start, dies_after = sys.argv[1:]
with (
    weftwork.FileCheckpointer(path) as checkpointer,
    weftwork.connect(profile, user="clerk", peer=peer) as gateway,
    gateway.network("trade").chaincode_events(
        "journal", start_block=int(start), checkpoint=checkpointer, timeout=20
    ) as events,
):
    for number, event in enumerate(events, 1):
        print(event.payload.decode(), flush=True)
        if number == int(dies_after):
            os.kill(os.getpid(), 9)  # handled, not checkpointed
        checkpointer.checkpoint_chaincode_event(event)
        if event.payload == b"last":
            break
"""


def test_a_consumer_that_dies_before_its_checkpoint(whole: Network, tmp_path: Path) -> None:
    """What it had handled and not checkpointed comes again, and nothing else does."""
    begun = height(whole)
    names = [f"{begun}-crash-{number}" for number in range(5)] + ["last"]
    with weftwork.connect(whole.profile("Rail"), user="clerk", peer=second(whole)) as gateway:
        journal = gateway.network(CHANNEL).contract(CHAINCODE)
        for name in names:
            journal.submit("write", name)

    def run(dies_after: int) -> list[str]:
        arguments = (whole.profile("Rail"), second(whole), tmp_path / "c.json", begun, dies_after)
        done = subprocess.run(
            [sys.executable, "-c", CONSUMER, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        assert not done.stderr, done.stderr
        return done.stdout.split()

    assert run(dies_after=3) == names[:3]
    assert run(dies_after=0) == names[2:]


def test_private_data_of_a_collection(whole: Network) -> None:
    begun = height(whole)
    with weftwork.connect(whole.profile("Rail"), user="clerk") as rail:
        network = rail.network(CHANNEL)
        network.contract(CHAINCODE).submit("hide", "d-1", transient={"text": b"for Rail alone"})
        with network.block_and_private_data_events(start_block=begun, timeout=20) as blocks:
            block = next(blocks)
    (transaction,) = block.transactions
    (found,) = block.private_of(transaction)
    assert (found.namespace, found.collection) == (CHAINCODE, "diary")
    assert [(write.key, write.value) for write in found.writes] == [("d-1", b"for Rail alone")]
    public = transaction.namespace(CHAINCODE)
    assert public is not None
    (hashes,) = public.collections
    assert hashes.private_rwset_hash == found.hash == hashlib.sha256(found.raw).digest()
    with (
        weftwork.connect(whole.profile("Harbour"), user="clerk") as harbour,
        harbour.network(CHANNEL).block_and_private_data_events(
            start_block=begun, timeout=20
        ) as blocks,
    ):
        theirs = next(blocks)
    assert theirs.block.hash == block.block.hash
    assert theirs.private == ()


def test_what_a_peer_refuses_is_raised_at_once(whole: Network) -> None:
    with weftwork.connect(whole.profile("Rail"), user="clerk") as gateway:
        elsewhere = gateway.network("nowhere")
        begun = time.monotonic()
        with pytest.raises(weftwork.EventsError) as caught:
            next(elsewhere.chaincode_events(CHAINCODE, start_block=3))
        assert caught.value.status in ("NOT_FOUND", "PERMISSION_DENIED")
        assert caught.value.cursor == weftwork.Cursor(3)
        with pytest.raises(weftwork.EventsError, match="NOT_FOUND"):
            next(elsewhere.filtered_block_events(start_block=3))
        assert time.monotonic() - begun < 3
