"""Several gateway peers: who is asked, who takes over, who is left out and for how long."""

import threading
import time
from collections.abc import Iterator

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Failure, FakeGateway
from tests.unit.client.people import user
from weftwork.health import FIRST_REST, LONGEST_REST, Roster

CHANNEL = "crosswork"
DOWN = Failure(grpc.StatusCode.UNAVAILABLE, "the peer is stopping")


@pytest.fixture
def fakes() -> Iterator[list[FakeGateway]]:
    """Two gateways with one ledger."""
    pair = [FakeGateway(), FakeGateway()]
    pair[1].share_ledger(pair[0])
    for fake in pair:
        fake.functions["f"] = lambda call: b"ok"
        fake.bind()
        fake.start()
    yield pair
    for fake in pair:
        fake.stop()


def connected(fakes: list[FakeGateway], **options: object) -> weftwork.Gateway:
    clerk = user()
    endpoints = [fake.endpoint for fake in fakes]
    found = weftwork.Options(**options)  # pyright: ignore[reportArgumentType]
    return weftwork.connect_endpoint(endpoints, clerk.identity, clerk.signer(), options=found)


def asked(fakes: list[FakeGateway]) -> list[int]:
    return [len(fake.calls) for fake in fakes]


def test_the_first_peer_is_asked_as_long_as_it_answers(fakes: list[FakeGateway]) -> None:
    with connected(fakes) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        for _ in range(5):
            assert contract.submit("f") == b"ok"
            assert contract.evaluate("f") == b"ok"
        assert asked(fakes) == [10, 0]
        assert [peer.preferred for peer in gateway.peers] == [True, False]


def test_the_next_takes_over_and_keeps_it(fakes: list[FakeGateway]) -> None:
    with connected(fakes) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        contract.evaluate("f")
        fakes[0].stop()
        for _ in range(3):
            assert contract.evaluate("f") == b"ok"
            assert contract.submit("f") == b"ok"
        assert asked(fakes) == [1, 6]
        first, second = gateway.peers
        assert (first.healthy, first.failures) == (False, 1)
        assert 0 < first.resting <= FIRST_REST
        assert "UNAVAILABLE" in first.error
        assert (second.healthy, second.preferred, second.error) == (True, True, "")
        assert gateway.target == fakes[1].endpoint.target


@pytest.mark.parametrize("stage", ["evaluate", "endorse", "submit", "status"])
def test_each_call_goes_on_to_the_next_peer(fakes: list[FakeGateway], stage: str) -> None:
    if stage in ("evaluate", "endorse"):
        fakes[0].functions["f"] = lambda call: DOWN
    fakes[0].submit_failure = DOWN if stage == "submit" else None
    fakes[0].status_failure = DOWN if stage == "status" else None
    with connected(fakes) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        call = contract.evaluate if stage == "evaluate" else contract.submit
        assert call("f") == b"ok"
        assert not gateway.peers[0].healthy


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.ABORTED, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNKNOWN]
)
def test_a_refusal_stands(fakes: list[FakeGateway], code: grpc.StatusCode) -> None:
    fakes[0].functions["f"] = lambda call: Failure(code, "no")
    with connected(fakes) as gateway:
        with pytest.raises(weftwork.EvaluateError, match="no"):
            gateway.network(CHANNEL).contract("c").evaluate("f")
        assert asked(fakes) == [1, 0]
        assert gateway.peers[0].healthy


def test_what_ails_others_is_no_reason_to_ask_elsewhere(fakes: list[FakeGateway]) -> None:
    """UNAVAILABLE is also a gateway's word for orderers, and for peers that it asked itself."""
    details = (("peer0:7051", "EnergyMSP", "cannot be reached"),)
    fakes[0].functions["f"] = lambda call: Failure(DOWN.code, "failed to evaluate", details)
    with connected(fakes) as gateway:
        with pytest.raises(weftwork.EvaluateError, match="cannot be reached"):
            gateway.network(CHANNEL).contract("c").evaluate("f")
        assert asked(fakes) == [1, 0]
        assert gateway.peers[0].healthy


@pytest.mark.parametrize("stage", ["evaluate", "status"])
def test_a_peer_that_hangs_is_left_but_a_commit_may_take_its_time(
    fakes: list[FakeGateway], stage: str
) -> None:
    hold = threading.Event()

    def hang(*_: object) -> bytes:
        hold.wait(5)
        return b""

    if stage == "evaluate":
        fakes[0].functions["f"] = hang
    else:
        fakes[0].before_status = hang
    with connected(fakes) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        call = contract.evaluate if stage == "evaluate" else contract.submit
        with pytest.raises(weftwork.GatewayError, match="DEADLINE_EXCEEDED"):
            call("f", timeout=1.1)
        assert gateway.peers[1].preferred == (stage == "evaluate")
    hold.set()


def test_nobody_waits_for_a_peer_that_is_down_while_another_answers(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"ok"
    clerk = user()
    down = weftwork.Endpoint("down", "127.0.0.1", 9, fake.endpoint.roots)
    options = weftwork.Options(evaluate=weftwork.CallOptions(timeout=20, wait_for_ready=True))
    with weftwork.connect_endpoint(
        [down, fake.endpoint], clerk.identity, clerk.signer(), options=options
    ) as gateway:
        began = time.monotonic()
        assert gateway.network(CHANNEL).contract("c").evaluate("f") == b"ok"
        assert time.monotonic() - began < 10


def test_the_error_names_every_peer_that_was_asked(fakes: list[FakeGateway]) -> None:
    for fake in fakes:
        fake.functions["f"] = lambda call: DOWN
    with (
        connected(fakes) as gateway,
        pytest.raises(weftwork.EvaluateError, match="none of 2 peers answered") as caught,
    ):
        gateway.network(CHANNEL).contract("c").evaluate("f")
    assert [each.peer for each in caught.value.attempts] == [fake.endpoint.target for fake in fakes]
    for fake in fakes:
        assert f"{fake.endpoint.target}: UNAVAILABLE: the peer is stopping" in str(caught.value)
    assert caught.value.status == "UNAVAILABLE"


def test_peers_that_all_rest_are_asked_all_the_same(fakes: list[FakeGateway]) -> None:
    for fake in fakes:
        fake.functions["f"] = lambda call: DOWN
    with connected(fakes) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        with pytest.raises(weftwork.EvaluateError):
            contract.evaluate("f")
        fakes[0].functions["f"] = lambda call: b"back"
        assert contract.evaluate("f") == b"back"
        assert [peer.healthy for peer in gateway.peers] == [True, False]
        assert gateway.peers[0].preferred


def test_a_stream_that_breaks_moves_the_next_one(fakes: list[FakeGateway]) -> None:
    fakes[0].events.put(DOWN)
    with connected(fakes) as gateway:
        network = gateway.network(CHANNEL)
        events = network.chaincode_events("c", reconnect=False)
        with pytest.raises(weftwork.EventsError):
            next(events)
        assert not gateway.peers[0].healthy
        with network.chaincode_events("c"):
            pass
        assert gateway.target == fakes[1].endpoint.target


async def test_async_peers_take_over_too(fakes: list[FakeGateway]) -> None:
    clerk = user()
    fakes[0].functions["f"] = lambda call: DOWN
    async with weftwork.aio.connect_endpoint(
        [fake.endpoint for fake in fakes], clerk.identity, clerk.signer()
    ) as gateway:
        assert await gateway.network(CHANNEL).contract("c").submit("f") == b"ok"
        assert [peer.healthy for peer in gateway.peers] == [False, True]


def test_another_departments_peer_is_asked_only_where_it_is_named(
    fakes: list[FakeGateway],
) -> None:
    """It would see transient data: it must not get it because one's own peers are down."""
    own = weftwork.Endpoint("mine", "127.0.0.1", 9, fakes[0].endpoint.roots)
    other = weftwork.Endpoint("theirs", "127.0.0.1", fakes[1].port, fakes[1].endpoint.roots)
    profile = weftwork.Profile("here", "Logistics", "LogisticsMSP", (own,), (other,))
    secret = {"price": b"271"}
    with weftwork.connect(profile, user()) as gateway:
        with pytest.raises(weftwork.EvaluateError):
            gateway.network(CHANNEL).contract("c").evaluate("f", transient=secret)
        with pytest.raises(weftwork.EndorseError):
            gateway.network(CHANNEL).contract("c").submit("f", transient=secret)
    assert not fakes[1].calls
    with weftwork.connect(profile, user(), peer=["mine", "theirs"]) as gateway:
        gateway.network(CHANNEL).contract("c").evaluate("f", transient=secret)
        assert [peer.name for peer in gateway.peers] == ["mine", "theirs"]
    assert fakes[1].calls[0].transient == secret


def test_an_answer_to_what_was_asked_before_it_failed_does_not_make_a_peer_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A peer that stops answers what it has begun, and takes no more connections."""
    now = 100.0
    monkeypatch.setattr("weftwork.health.time.monotonic", lambda: now)
    roster = Roster([("a", "a:1"), ("b", "b:1")])
    roster.failed(0, "no connection")
    roster.answered(0, 99.0)
    assert not roster.view()[0].healthy
    assert roster.preferred == 1
    roster.answered(0, 101.0)
    assert roster.view()[0].healthy


def test_no_peer_at_all_is_said() -> None:
    clerk = user()
    with pytest.raises(weftwork.ProfileError, match="at least one peer"):
        weftwork.connect_endpoint([], clerk.identity, clerk.signer())


def test_a_peer_rests_longer_each_time_and_failures_at_once_count_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("weftwork.health.time.monotonic", lambda: now)
    roster = Roster([("a", "a:1"), ("b", "b:1")])
    rests: list[float] = []
    for _ in range(9):
        for _ in range(64):
            roster.failed(0, "down")
        rests.append(roster.view()[0].resting)
        assert roster.order() == [1, 0]
        now += rests[-1]
        assert (roster.view()[0].resting, roster.view()[0].healthy) == (0, False)
        assert roster.order() == [1, 0], "who works is kept"
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST
    roster.failed(1, "down")
    assert roster.order() == [0, 1]
