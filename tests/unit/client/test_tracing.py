"""The spans of a client's calls, sync and async alike, and what never becomes an attribute."""

import asyncio
import sys
from dataclasses import replace
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import weftwork
import weftwork.aio
from tests.integration.documents import ROOT, shown
from tests.unit.client.conformance.requests import committed, endorsed, evaluated
from tests.unit.client.conformance.stub import (
    CHAINCODE_EVENTS,
    COMMIT_STATUS,
    ENDORSE,
    EVALUATE,
    Failed,
    StubChannel,
)
from tests.unit.client.fake_gateway import Call, Failure, FakeGateway
from tests.unit.client.people import user
from weftwork_protos import gateway_pb2, peer_pb2

SECRET = "a-tariff-that-nobody-may-see"


class Spans:
    """An in-memory exporter behind a provider of its own."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(**options)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def __call__(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.all()}

    def all(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def text(self) -> str:
        return "".join(span.to_json() for span in self.all())


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def channel() -> StubChannel:
    made = StubChannel()
    made.answers[EVALUATE] = evaluated()
    made.answers[ENDORSE] = endorsed
    made.answers[COMMIT_STATUS] = committed()
    return made


def traced(channel: StubChannel, tracing: weftwork.Tracing | None) -> weftwork.Network:
    options = weftwork.Options(
        tracing=tracing, evaluate=weftwork.CallOptions(metadata={"own": "kept"})
    )
    clerk = user()
    gateway = weftwork.Gateway.on_channel(
        channel, clerk.identity, clerk.signer(), options=options, target="peer0:7051"
    )
    return gateway.network("crosswork")


def test_a_submit_is_three_spans(channel: StubChannel, spans: Spans) -> None:
    network = traced(channel, weftwork.Tracing(spans.provider))
    proposal = network.contract("logistics").proposal("f")
    proposal.endorse().submit().status()
    found = spans()
    assert list(found) == [f"gateway.Gateway/{m}" for m in ("Endorse", "Submit", "CommitStatus")]
    for method in ("Endorse", "Submit"):
        span = found[f"gateway.Gateway/{method}"]
        assert span.kind is trace.SpanKind.CLIENT
        assert span.status.status_code is trace.StatusCode.UNSET
        assert dict(span.attributes or {}) == {
            "rpc.system": "grpc",
            "rpc.service": "gateway.Gateway",
            "rpc.method": method,
            "rpc.grpc.status_code": 0,
            "server.address": "peer0",
            "server.port": 7051,
            "fabric.channel": "crosswork",
            "fabric.chaincode": "logistics",
            "fabric.transaction_id": proposal.transaction_id,
            "fabric.msp_id": "LogisticsMSP",
        }
    status = dict(found["gateway.Gateway/CommitStatus"].attributes or {})
    assert status["fabric.transaction_id"] == proposal.transaction_id
    assert "fabric.chaincode" not in status


def test_a_whole_submit_is_a_span_around_its_calls(channel: StubChannel, spans: Spans) -> None:
    contract = traced(channel, weftwork.Tracing(spans.provider)).contract("logistics", "Cases")
    contract.submit("offer", SECRET)
    whole = spans()["submit logistics Cases:offer"]
    assert whole.kind is trace.SpanKind.INTERNAL
    assert whole.status.status_code is trace.StatusCode.UNSET
    assert dict(whole.attributes or {}) == {
        "fabric.channel": "crosswork",
        "fabric.chaincode": "logistics",
        "fabric.function": "Cases:offer",
        "fabric.msp_id": "LogisticsMSP",
    }
    calls = [span for span in spans.all() if span is not whole]
    assert len(calls) == 3
    assert whole.context is not None
    assert {span.parent.span_id for span in calls if span.parent} == {whole.context.span_id}
    channel.answers[COMMIT_STATUS] = committed(peer_pb2.PHANTOM_READ_CONFLICT)
    with pytest.raises(weftwork.CommitError):
        contract.submit("offer", SECRET)
    failed = spans()["submit logistics Cases:offer"]
    assert failed.status.status_code is trace.StatusCode.ERROR
    assert dict(failed.attributes or {})["error.type"] == "CommitError"
    assert SECRET not in spans.text()


def test_a_refusal_is_an_error_without_its_text(channel: StubChannel, spans: Spans) -> None:
    channel.answers[EVALUATE] = Failed(grpc.StatusCode.ABORTED, f"no {SECRET}")
    contract = traced(channel, weftwork.Tracing(spans.provider)).contract("logistics")
    with pytest.raises(weftwork.EvaluateError, match=SECRET):
        contract.evaluate("f", SECRET, transient={"key": SECRET.encode()})
    span = spans()["gateway.Gateway/Evaluate"]
    attributes = dict(span.attributes or {})
    assert (attributes["rpc.grpc.status_code"], attributes["error.type"]) == (10, "ABORTED")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert SECRET not in spans.text()
    assert not span.events


def test_the_current_span_is_the_parent_and_travels_where_asked(
    channel: StubChannel, spans: Spans
) -> None:
    contract = traced(channel, weftwork.Tracing(spans.provider, propagate=True)).contract("cc")
    with trace.get_tracer("app", tracer_provider=spans.provider).start_as_current_span("whole"):
        contract.evaluate("f")
    found = spans()
    call, whole = found["gateway.Gateway/Evaluate"], found["whole"]
    assert call.parent is not None
    assert whole.context is not None
    assert call.context is not None
    assert call.parent.span_id == whole.context.span_id
    metadata = dict(channel.last(EVALUATE).metadata)
    assert metadata["own"] == "kept"
    trace_id, span_id = call.context.trace_id, call.context.span_id
    # The flags after it say that it is sampled, and since W3C's level 2 that the id is random.
    assert metadata["traceparent"].startswith(f"00-{trace_id:032x}-{span_id:016x}-0")


def test_nothing_travels_where_not_asked(channel: StubChannel, spans: Spans) -> None:
    traced(channel, weftwork.Tracing(spans.provider)).contract("cc").evaluate("f")
    assert channel.last(EVALUATE).metadata == (("own", "kept"),)


def test_a_span_that_is_not_sampled_costs_no_reading(
    channel: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = Spans(sampler=ALWAYS_OFF)
    monkeypatch.setattr("weftwork.tracing._about", None)
    traced(channel, weftwork.Tracing(spans.provider)).contract("cc").evaluate("f")
    assert not spans()


def test_a_stream_is_one_span(channel: StubChannel, spans: Spans) -> None:
    event = peer_pb2.ChaincodeEvent(chaincode_id="logistics", tx_id="t", event_name="e")
    channel.streams[CHAINCODE_EVENTS] = [
        gateway_pb2.ChaincodeEventsResponse(events=[event], block_number=number)
        for number in (3, 4)
    ]
    network = traced(channel, weftwork.Tracing(spans.provider))
    with network.chaincode_events("logistics") as events:
        next(events)
        next(events)
        assert not spans()
    span = spans()["gateway.Gateway/ChaincodeEvents"]
    attributes = dict(span.attributes or {})
    assert attributes["fabric.messages_received"] == 2
    assert (attributes["fabric.channel"], attributes["fabric.chaincode"]) == (
        "crosswork",
        "logistics",
    )
    assert attributes["rpc.grpc.status_code"] == 0


def test_each_connection_of_a_stream_is_a_span(channel: StubChannel, spans: Spans) -> None:
    channel.streams[CHAINCODE_EVENTS] = [Failed(grpc.StatusCode.UNAVAILABLE, f"no {SECRET}")]
    network = traced(channel, weftwork.Tracing(spans.provider))
    again = weftwork.Reconnect(first_pause=0.01, patience=0.05)
    with (
        network.chaincode_events("logistics", start_block=1, reconnect=again) as events,
        pytest.raises(weftwork.EventsError, match=SECRET),
    ):
        next(events)
    broken = [span for span in spans.all() if span.name == "gateway.Gateway/ChaincodeEvents"]
    assert len(broken) > 1
    for span in broken:
        assert span.status.status_code is trace.StatusCode.ERROR
        attributes = dict(span.attributes or {})
        assert attributes["error.type"] == "UNAVAILABLE"
        assert attributes["fabric.messages_received"] == 0
    assert SECRET not in spans.text()


def test_a_stream_of_blocks_names_its_service(channel: StubChannel, spans: Spans) -> None:
    network = traced(channel, weftwork.Tracing(spans.provider))
    with network.block_events():
        pass
    attributes = dict(spans()["protos.Deliver/Deliver"].attributes or {})
    assert attributes["rpc.service"] == "protos.Deliver"
    assert attributes["fabric.channel"] == "crosswork"


async def test_async_calls_have_spans_too(fake: FakeGateway, spans: Spans) -> None:
    def fail(call: Call) -> Failure:
        return Failure(grpc.StatusCode.ABORTED, "no")

    fake.functions.update(f=lambda call: b"1", fail=fail)
    clerk = user()
    options = weftwork.Options(tracing=weftwork.Tracing(spans.provider))
    tracer = trace.get_tracer("app", tracer_provider=spans.provider)
    async with weftwork.aio.connect_endpoint(
        fake.endpoint, clerk.identity, clerk.signer(), options=options
    ) as gateway:
        contract = gateway.network("crosswork").contract("cc")

        async def under(name: str) -> None:
            with tracer.start_as_current_span(name):
                await contract.evaluate("f")

        # Each task's own span is the parent of its own call.
        await asyncio.gather(under("one"), under("two"))
        with pytest.raises(weftwork.EvaluateError):
            await contract.evaluate("fail")
    found = spans.all()
    ids = {span.context.span_id for span in found if span.context and span.name in "one two"}
    calls = [span for span in found if span.name == "gateway.Gateway/Evaluate"]
    assert {span.parent.span_id for span in calls if span.parent} == ids
    assert [dict(span.attributes or {})["rpc.grpc.status_code"] for span in calls] == [0, 0, 10]


def test_each_peer_that_is_asked_is_a_span_of_its_own(fake: FakeGateway, spans: Spans) -> None:
    fake.functions["f"] = lambda call: b"1"
    clerk = user()
    # Nobody listens at the first: the port is one that no server may have.
    peers = [replace(fake.endpoint, port=1), fake.endpoint]
    options = weftwork.Options(tracing=weftwork.Tracing(spans.provider))
    with weftwork.connect_endpoint(
        peers, clerk.identity, clerk.signer(), options=options
    ) as gateway:
        assert gateway.network("crosswork").contract("cc").evaluate("f") == b"1"
    calls = [dict(span.attributes or {}) for span in spans.all()]
    assert [(call["server.port"], call["rpc.grpc.status_code"]) for call in calls] == [
        (1, grpc.StatusCode.UNAVAILABLE.value[0]),
        (fake.port, 0),
    ]


def test_the_library_comes_with_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(weftwork.MissingExtraError, match=r"weftwork\[otel\]"):
        weftwork.Tracing()


def test_the_page_runs_as_it_stands(fake: FakeGateway, spans: Spans) -> None:
    fake.functions["tariff"] = lambda call: b"12"
    scope: dict[str, Any] = {}
    exec(shown("docs/tracing.md", "tracing"), scope)
    assert scope["evaluate_under_a_span"](fake.endpoint, user(), spans.provider) == b"12"
    found = spans()
    call, bills = found["gateway.Gateway/Evaluate"], found["print the bills"]
    assert call.parent is not None
    assert bills.context is not None
    assert call.parent.span_id == bills.context.span_id
    page = (ROOT / "docs/tracing.md").read_text(encoding="utf-8")
    assert all(name in page or name.startswith("rpc.") for name in call.attributes or {})
