"""A peer that joins a channel by another's snapshot, and what it can and cannot tell then."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import weftwork
from weftwork.admin import PeerAdmin
from weftwork_network import Network

CHANNEL = "trade"


class Newcomer:
    """Rail's second peer, which has lost its data; the first has all of it."""

    def __init__(self, network: Network, stack: ExitStack) -> None:
        self.network = network
        self.profile = weftwork.load_profile(network.profile("Rail"))
        assert self.profile.wallet is not None
        admin = weftwork.FileWallet(self.profile.wallet).get("admin")
        self.first, self.node = network.topology.member("Rail").peers
        self.old, self.new = (
            stack.enter_context(
                PeerAdmin(self.profile.peer(node.host), admin.identity, admin.signer())
            )
            for node in (self.first, self.node)
        )
        self.data = network.state.data(self.node)

    def empty(self) -> None:
        """Start it with nothing."""
        self.network.stop_node(self.node.id)
        shutil.rmtree(self.data, ignore_errors=True)
        self.network.start_node(self.node.id)
        self.new.wait_ready()

    def snapshot(self, block: int) -> Path:
        """Where the first peer has put it."""
        rest = Path("snapshots", "completed", CHANNEL, str(block))
        return self.network.state.data(self.first) / rest

    def connect(self, *peers: str) -> weftwork.Gateway:
        return weftwork.connect(self.profile, user="clerk", peer=peers)


@pytest.fixture
def newcomer(pair: Network) -> Iterator[Newcomer]:
    pair.up()
    with ExitStack() as stack:
        found = Newcomer(pair, stack)
        pair.stop_node(found.node.id)
        kept = found.data.with_name("kept")
        found.data.rename(kept)
        try:
            found.empty()
            yield found
        finally:
            pair.stop_node(found.node.id)
            shutil.rmtree(found.data)
            kept.rename(found.data)
            pair.up()


def test_a_peer_joins_by_a_snapshot_and_goes_on_from_there(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    old, new = newcomer.old, newcomer.new
    here, there = newcomer.first.host, newcomer.node.host
    with newcomer.connect(here) as gateway:
        counters = gateway.network(CHANNEL).contract("counters")
        block = old.info(CHANNEL).height
        old.request_snapshot(CHANNEL, block)
        with pytest.raises(weftwork.PeerError, match=f"block {block} has not been committed"):
            old.wait_snapshot(CHANNEL, block, timeout=0)
        assert counters.submit("add", "snap", "5", operation_id="before") == b"5"
        old.wait_snapshot(CHANNEL, block)
    folder = newcomer.snapshot(block)
    assert (folder / "public_state.data").exists()

    # A snapshot that is not what was written is refused, and nobody but the log is told why.
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    state = damaged / "public_state.data"
    state.write_bytes(state.read_bytes()[:-1] + b"?")
    new.join_by_snapshot(str(damaged))
    with pytest.raises(weftwork.PeerError, match="its log says") as refused:
        new.wait_joined(CHANNEL, timeout=30)
    assert refused.value.status == "FAILED"

    for package in old.installed():
        new.install(old.package(package.package_id))
    new.join_by_snapshot(str(folder))
    new.wait_joined(CHANNEL, timeout=30)
    assert new.channels() == [CHANNEL]
    assert (new.info(CHANNEL).snapshot_block, old.info(CHANNEL).snapshot_block) == (block, None)
    with pytest.raises(weftwork.PeerError, match="bootstrapped from a snapshot"):
        new.block(CHANNEL, block)

    with newcomer.connect(there) as gateway:
        network = gateway.network(CHANNEL)
        counters = network.contract("counters")
        assert counters.evaluate("read", "snap") == b"5"
        with (
            network.chaincode_events("journal", start_block=block + 1) as events,
            network.block_events(start_block=block + 1) as blocks,
        ):
            network.contract("journal").submit("write", "snap")
            assert next(events).block_number == next(blocks).number == block + 1
        assert counters.submit("add", "snap", "2") == b"7"
        # What lies before is not waited for.
        begun = time.monotonic()
        with pytest.raises(weftwork.EventsError, match="joined by a snapshot has none"):
            next(network.block_events(start_block=0))
        with pytest.raises(weftwork.EventsError, match="First available block"):
            next(network.chaincode_events("journal", start_block=0))
        with pytest.raises(weftwork.CommitStatusError, match="which joined by a snapshot") as told:
            counters.submit("add", "snap", "5", operation_id="before")
        assert told.value.peer == newcomer.profile.peer(there).target
        assert time.monotonic() - begun < 45  # commits are waited for 60 s, broken streams 300
        assert counters.evaluate("read", "snap") == b"7"
