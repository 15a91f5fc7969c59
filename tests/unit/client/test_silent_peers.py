"""A gateway peer that falls silent: it is probed, and left with all that waits for it."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from tests.unit.client.relay import Relay
from weftwork.options import CallOptions
from weftwork_protos import gateway_pb2, peer_pb2

CHANNEL = "crosswork"
SILENCE = 0.3
# Where a living peer must answer a probe in time, on a busy machine too.
LENIENT = 1.0
# Far below the 30 s of a call's own limit, far above what a busy machine needs.
SOON = 12.0


class Gateway(FakeGateway):
    """One that can be told what to do once it has passed a transaction on."""

    after_submit: Callable[[], None] = staticmethod(lambda: None)

    def submit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        answer = super().submit(request, context)
        self.after_submit()
        return answer


class Pair:
    """Two gateways with one ledger, the first of which can fall silent."""

    def __init__(self) -> None:
        self.fakes = [Gateway(), Gateway()]
        self.fakes[1].share_ledger(self.fakes[0])
        for fake in self.fakes:
            fake.functions["f"] = lambda call: b"ok"
            fake.bind()
            fake.start()
        self.relay = Relay(self.fakes[0].endpoint)

    def connected(self, **options: object) -> weftwork.Gateway:
        clerk, given = user(), weftwork.Options(**{"silence": SILENCE, **options})  # type: ignore[arg-type]
        return weftwork.connect_endpoint(
            [self.relay.endpoint, self.fakes[1].endpoint],
            clerk.identity, clerk.signer(), options=given,
        )  # fmt: skip

    def connected_async(self) -> weftwork.aio.Gateway:
        clerk = user()
        return weftwork.aio.connect_endpoint(
            [self.relay.endpoint, self.fakes[1].endpoint],
            clerk.identity, clerk.signer(), options=weftwork.Options(silence=SILENCE),
        )  # fmt: skip

    @property
    def recorded(self) -> int:
        """Transactions on the ledger; one that was handed in twice is recorded twice, as one."""
        return len({entry for block in self.fakes[0].blocks for entry in block.data.data})

    def stop(self) -> None:
        self.relay.close()
        for fake in self.fakes:
            fake.stop()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.stop()


def watchers() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "weftwork-watch"]


def freezing_at(pair: Pair, stage: str) -> None:
    """The first peer does what it is asked at ``stage``, and its answer never comes."""
    fake, relay = pair.fakes[0], pair.relay
    if stage in ("evaluate", "endorse"):

        def answer(call: object) -> bytes:
            relay.freeze()
            return b"ok"

        fake.functions["f"] = answer
    elif stage == "submit":
        fake.after_submit = relay.freeze
    else:
        fake.before_status = relay.freeze


STAGES = pytest.mark.parametrize("stage", ["evaluate", "endorse", "submit", "status"])


@STAGES
def test_what_waits_for_it_goes_to_the_next_peer_and_counts_once(pair: Pair, stage: str) -> None:
    freezing_at(pair, stage)
    with pair.connected() as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        began = time.monotonic()
        assert (contract.evaluate if stage == "evaluate" else contract.submit)("f") == b"ok"
        assert time.monotonic() - began < SOON
        first, second = gateway.peers
        assert "silent, and no" in first.error
        assert "no answer to a probe" in first.error
        assert (first.healthy, second.preferred, second.healthy) == (False, True, True)
    assert pair.recorded == (0 if stage == "evaluate" else 1)


@STAGES
async def test_so_it_is_for_tasks(pair: Pair, stage: str) -> None:
    freezing_at(pair, stage)
    async with pair.connected_async() as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        call = contract.evaluate if stage == "evaluate" else contract.submit
        answers = await asyncio.wait_for(asyncio.gather(*(call("f") for _ in range(8))), SOON)
        assert answers == [b"ok"] * 8
        assert "silent, and no" in gateway.peers[0].error
    assert pair.recorded == (0 if stage == "evaluate" else 8)


def test_a_peer_that_is_merely_slow_is_waited_for(pair: Pair) -> None:
    def slow(call: object) -> bytes:
        time.sleep(2.5 * LENIENT)
        return b"late"

    pair.fakes[0].functions["f"] = slow
    with pair.connected(silence=LENIENT) as gateway:
        assert gateway.network(CHANNEL).contract("c").evaluate("f") == b"late"
        assert gateway.peers[0].healthy
        assert not pair.fakes[1].calls


def test_calls_whose_time_runs_out_do_not_break_its_silence(pair: Pair) -> None:
    """Or a peer that is asked again and again with little patience would never be left."""
    pair.relay.freeze()
    with pair.connected() as gateway:
        commit = gateway.network(CHANNEL).commit("ab" * 32)
        until = time.monotonic() + SOON
        while gateway.peers[0].healthy:
            assert time.monotonic() < until
            with contextlib.suppress(weftwork.CommitStatusError):
                commit.status(timeout=0.6 * SILENCE)
        assert "silent, and no" in gateway.peers[0].error


def event(transaction_id: str, number: int) -> gateway_pb2.ChaincodeEventsResponse:
    found = peer_pb2.ChaincodeEvent(chaincode_id="c", tx_id=transaction_id, event_name="e")
    return gateway_pb2.ChaincodeEventsResponse(block_number=number, events=[found])


def test_a_stream_goes_on_at_the_next_peer(pair: Pair) -> None:
    for fake in pair.fakes:
        fake.events.put(event("a", 1))
    with (
        pair.connected() as gateway,
        gateway.network(CHANNEL).chaincode_events("c", start_block=1) as stream,
    ):
        assert next(stream).transaction_id == "a"
        pair.relay.freeze()
        pair.fakes[0].events.put(event("b", 2))
        pair.fakes[1].events.put(event("b", 2))
        assert next(stream).transaction_id == "b"
        assert gateway.target == pair.fakes[1].endpoint.target


def test_a_quiet_stream_of_a_peer_that_lives_is_left_in_peace(pair: Pair) -> None:
    pair.fakes[0].events.put(event("a", 1))
    with (
        pair.connected(silence=LENIENT) as gateway,
        gateway.network(CHANNEL).chaincode_events("c", start_block=1) as stream,
    ):
        assert next(stream).transaction_id == "a"
        threading.Timer(2.5 * LENIENT, pair.fakes[0].events.put, [event("b", 2)]).start()
        assert next(stream).transaction_id == "b"
        assert gateway.peers[0].healthy
        assert gateway.target == pair.relay.endpoint.target


def test_a_peer_that_is_back_is_dialled_anew(pair: Pair) -> None:
    with pair.connected() as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        pair.relay.freeze()
        assert contract.evaluate("f") == b"ok"
        pair.relay.thaw()
        pair.fakes[1].stop()
        until = time.monotonic() + SOON
        while not gateway.peers[0].healthy:
            assert time.monotonic() < until
            assert contract.evaluate("f") == b"ok"
        assert gateway.target == pair.relay.endpoint.target


def test_where_no_other_can_be_asked_it_is_waited_for(pair: Pair) -> None:
    pair.fakes[1].stop()
    with pair.connected() as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        assert contract.evaluate("f") == b"ok"
        # The other is known to be down, and rests for the time of this test.
        roster = gateway._calls.channel._roster  # pyright: ignore[reportPrivateUsage]
        roster._standings[1].due = time.monotonic() + 60  # pyright: ignore[reportPrivateUsage]
        pair.relay.freeze()
        threading.Timer(5 * SILENCE, pair.relay.thaw).start()
        assert contract.evaluate("f") == b"ok"
        assert gateway.peers[0].healthy


def test_who_waits_for_a_connection_has_said_for_how_long(pair: Pair) -> None:
    pair.fakes[1].stop()
    patient = CallOptions(timeout=4 * SILENCE, wait_for_ready=True)
    pair.relay.freeze()
    with pair.connected(evaluate=patient) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        with pytest.raises(weftwork.EvaluateError, match="DEADLINE_EXCEEDED"):
            contract.evaluate("f")


def test_nothing_runs_while_nothing_is_asked_and_nothing_after_closing(pair: Pair) -> None:
    # It looks up at most once a second, so it is still there after a call on a busy machine.
    gateway = pair.connected(silence=LENIENT)
    contract = gateway.network(CHANNEL).contract("c")
    contract.evaluate("f")
    assert watchers()
    until = time.monotonic() + SOON
    while watchers():
        assert time.monotonic() < until
        time.sleep(0.05)
    contract.evaluate("f")
    assert len(watchers()) == 1
    gateway.close()
    assert not watchers()


def test_who_wants_no_watching_has_none(pair: Pair) -> None:
    with pair.connected(silence=0) as gateway:
        assert gateway.network(CHANNEL).contract("c").evaluate("f") == b"ok"
        assert not watchers()


@pytest.mark.parametrize("kind", ["stream", "duplex"])
def test_a_stream_that_meets_the_renewal_is_opened_over_the_new_connection(
    pair: Pair, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pair.connected() as gateway:
        channel = gateway._calls.channel._channels[0]  # pyright: ignore[reportPrivateUsage]
        dropped = channel.channel
        method = "unary_stream" if kind == "stream" else "stream_stream"
        made = getattr(dropped, method)

        def meanwhile(path: str) -> object:
            channel.renew()
            return made(path)

        monkeypatch.setattr(dropped, method, meanwhile)
        pair.fakes[0].events.put(event("a", 1))
        network = gateway.network(CHANNEL)
        network.contract("c").submit("f")
        if kind == "stream":
            with network.chaincode_events("c", start_block=1) as events:
                assert next(events).transaction_id == "a"
        else:
            with network.block_events(start_block=0) as blocks:
                assert next(blocks).number == 0
        assert channel.channel is not dropped
