"""What a client counts of its calls, sync and async alike, and what never becomes a label."""

import sys

import grpc
import pytest
from prometheus_client import CollectorRegistry, generate_latest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Answer, Call, Failure, FakeGateway
from tests.unit.client.people import user
from tests.unit.client.test_events import block_of_events
from weftwork_protos import peer_pb2

CHANNEL = "crosswork"
SECRET = "a-tariff-that-nobody-may-see"
DOWN = Failure(grpc.StatusCode.UNAVAILABLE, "no orderers could successfully process transaction")
BEHIND = Failure(
    grpc.StatusCode.ABORTED,
    "failed to endorse transaction",
    (("peer0.energy:7051", "EnergyMSP", "chaincode response 404, NotFound: a block behind"),),
)


class Counted:
    """A registry with a client's metrics, read back by what they are of one peer."""

    def __init__(self, fake: FakeGateway) -> None:
        self.registry = CollectorRegistry()
        self.metrics = weftwork.ClientMetrics(self.registry)
        self._peer = fake.endpoint.target

    def __call__(self, name: str, **labels: str) -> float:
        found = self.registry.get_sample_value(
            f"weftwork_client_{name}", {"peer": self._peer, **labels}
        )
        return found or 0.0

    def calls(self, stage: str, status: str = "OK") -> float:
        return self("calls_total", stage=stage, status=status)

    def in_flight(self, stage: str) -> float:
        return self("calls_in_flight", stage=stage)


@pytest.fixture
def counted(fake: FakeGateway) -> Counted:
    return Counted(fake)


def connected(fake: FakeGateway, counted: Counted) -> weftwork.Gateway:
    clerk = user()
    options = weftwork.Options(metrics=counted.metrics, lag_pauses=(0.0, 0.0))
    return weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer(), options=options)


def test_a_submit_is_three_calls_and_a_commit(fake: FakeGateway, counted: Counted) -> None:
    fake.functions["f"] = lambda call: b"1"
    with connected(fake, counted) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        contract.submit("f", SECRET, transient={"key": SECRET.encode()})
        contract.evaluate("f")
    for stage in ("endorse", "submit", "commit_status", "evaluate"):
        assert counted.calls(stage) == 1
        assert counted("call_duration_seconds_count", stage=stage) == 1
        assert counted.in_flight(stage) == 0
    assert counted("commits_total", code="VALID") == 1
    assert SECRET not in generate_latest(counted.registry).decode()


async def test_async_calls_are_counted_the_same(fake: FakeGateway, counted: Counted) -> None:
    fake.functions["f"] = lambda call: b""
    fake.code = peer_pb2.MVCC_READ_CONFLICT
    clerk = user()
    async with weftwork.aio.connect_endpoint(
        fake.endpoint,
        clerk.identity,
        clerk.signer(),
        options=weftwork.Options(metrics=counted.metrics),
    ) as gateway:
        with pytest.raises(weftwork.CommitError):
            await gateway.network(CHANNEL).contract("c").submit("f")
    assert counted.calls("commit_status") == 1
    assert counted("commits_total", code="MVCC_READ_CONFLICT") == 1


def test_a_failed_call_is_counted_by_its_status(fake: FakeGateway, counted: Counted) -> None:
    fake.functions["f"] = lambda call: DOWN
    with connected(fake, counted) as gateway, pytest.raises(weftwork.EndorseError):
        gateway.network(CHANNEL).contract("c").submit("f")
    assert counted.calls("endorse", "UNAVAILABLE") == 1
    assert counted.calls("endorse") == 0
    assert counted.in_flight("endorse") == 0


def test_what_is_asked_again_is_counted(fake: FakeGateway, counted: Counted) -> None:
    asked: list[object] = []

    def behind_once(call: Call) -> Answer:
        asked.append(call)
        return BEHIND if len(asked) == 1 else b""

    fake.functions["f"] = behind_once
    with connected(fake, counted) as gateway:
        gateway.network(CHANNEL).contract("c").submit("f")
    assert counted("endorse_retries_total") == 1
    assert counted.calls("endorse", "ABORTED") == 1
    assert counted.calls("endorse") == 1


def test_a_stream_is_under_way_until_it_is_left(fake: FakeGateway, counted: Counted) -> None:
    fake.events.put(block_of_events(3, "a", "b"))
    with connected(fake, counted) as gateway:
        with gateway.network(CHANNEL).chaincode_events("c") as events:
            next(iter(events))
            assert counted.in_flight("events") == 1
        assert counted.in_flight("events") == 0
    assert counted.calls("events") == 1
    assert counted("event_messages_total") == 1


def test_a_stream_that_breaks_is_counted_by_its_status(fake: FakeGateway, counted: Counted) -> None:
    fake.events.put(DOWN)
    with (
        connected(fake, counted) as gateway,
        gateway.network(CHANNEL).chaincode_events("c", reconnect=False) as events,
        pytest.raises(weftwork.EventsError),
    ):
        next(iter(events))
    assert counted.calls("events", "UNAVAILABLE") == 1
    assert counted.calls("events") == 0
    assert counted.in_flight("events") == 0


def test_connect_takes_them_beside_the_options(fake: FakeGateway, counted: Counted) -> None:
    fake.functions["f"] = lambda call: b""
    clerk = user()
    profile = weftwork.Profile("here", "Logistics", "LogisticsMSP", (fake.endpoint,))
    with weftwork.connect(profile, clerk, metrics=counted.metrics) as gateway:
        gateway.network(CHANNEL).contract("c").evaluate("f")
    assert counted.calls("evaluate") == 1


def test_a_registry_takes_them_once(counted: Counted) -> None:
    with pytest.raises(ValueError, match="Duplicated"):
        weftwork.ClientMetrics(counted.registry)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(weftwork.MissingExtraError, match=r"weftwork\[metrics\]"):
        weftwork.ClientMetrics()
