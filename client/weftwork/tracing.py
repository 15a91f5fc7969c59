"""A client's OpenTelemetry spans: one for each call of a peer, and one for each stream of events.

    options = weftwork.Options(tracing=weftwork.Tracing())
    with weftwork.connect("profile.yaml", user="clerk", options=options) as gateway:
        ...

Names and attributes are OpenTelemetry's for gRPC clients
(https://opentelemetry.io/docs/specs/semconv/rpc/grpc/), and Fabric's own beside them. Never an
argument, a result, transient data or the text of an error, which may quote an argument. Needs the
extra ``otel``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final

import grpc
from google.protobuf.message import DecodeError

from weftwork.errors import MissingExtraError
from weftwork.failures import status_of
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2

if TYPE_CHECKING:
    # The library comes with an extra; whoever traces nothing needs none.
    from opentelemetry.trace import Span, TracerProvider

    # The options hold what makes the spans.
    from weftwork.options import CallOptions

SCOPE: Final = "weftwork"
"""Name of the instrumentation scope."""

_OK = "OK"


class Tracing:
    """Makes the spans of one or more gateways. Any number of threads and tasks may share it.

    ``gateway.Gateway/Endorse`` and so on are the spans' names, ``CLIENT`` their kind; the span that
    is current where a call is made is the parent. A contract's ``submit`` is a span around its
    calls, of the kind ``INTERNAL``, with ``fabric.function``. Attributes:

    =============================  ===========================================================
    ``rpc.system``                 ``grpc``
    ``rpc.service, rpc.method``    ``gateway.Gateway`` or ``protos.Deliver``, and its method
    ``rpc.grpc.status_code``       the number of the gRPC status that it ended with
    ``server.address, .port``      the peer
    ``error.type``                 the name of that status, where it is not ``OK``; of a submit the
                                   error's class
    ``fabric.channel``             the channel
    ``fabric.chaincode``           the chaincode, but for a commit status and streams of blocks
    ``fabric.transaction_id``      the transaction, but for streams
    ``fabric.msp_id``              the department that asks
    ``fabric.messages_received``   of a stream: how many messages came
    =============================  ===========================================================
    """

    def __init__(
        self, tracer_provider: "TracerProvider | None" = None, *, propagate: bool = False
    ) -> None:
        """A maker of spans.

        Args:
            tracer_provider: where they go; OpenTelemetry's global provider by default.
            propagate: whether the peer is sent the trace's id too, as W3C ``traceparent`` in the
                call's metadata (https://www.w3.org/TR/trace-context/). Fabric itself ignores it; a
                proxy before it may not. Baggage is never sent.

        Raises:
            MissingExtraError: opentelemetry-api is not installed.
        """
        try:
            from opentelemetry import trace
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise MissingExtraError("Tracing", "otel") from error
        self._trace = trace
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._propagator = TraceContextTextMapPropagator() if propagate else None

    def call(
        self, path: str, target: str, mspid: str, request: bytes, options: "CallOptions"
    ) -> "AbstractContextManager[CallOptions]":
        """A span around the body, which it is current in; gives the options to call with."""
        span, options = self.begin(path, target, mspid, request, options)
        return _Call(self._trace.use_span(span, end_on_exit=False), span, options)

    def begin(
        self, path: str, target: str, mspid: str, request: bytes, options: "CallOptions"
    ) -> "tuple[Span, CallOptions]":
        """A span that begins now, for ``end`` to end; and the options to call with.

        Args:
            path: the method's path, ``/gateway.Gateway/Evaluate`` for example.
            target: the peer, ``host:port``.
            mspid: who asks.
            request: what is sent.
            options: what would be called with.
        """
        service, _, method = path.lstrip("/").partition("/")
        host, _, port = target.rpartition(":")
        attributes: dict[str, str | int] = {
            "rpc.system": "grpc",
            "rpc.service": service,
            "rpc.method": method,
            "server.address": host or target,
        }
        if host and port.isdecimal():
            attributes["server.port"] = int(port)
        span = self._tracer.start_span(
            f"{service}/{method}", kind=self._trace.SpanKind.CLIENT, attributes=attributes
        )
        if span.is_recording():
            span.set_attribute("fabric.msp_id", mspid)
            span.set_attributes(_about(method, request))
        if self._propagator is None:
            return span, options
        carrier = dict(options.metadata)
        self._propagator.inject(carrier, self._trace.set_span_in_context(span))
        return span, replace(options, metadata=carrier)

    def submit(
        self, channel: str, chaincode: str, function: str, mspid: str
    ) -> AbstractContextManager[None]:
        """A span around the body, a whole submit with all its attempts."""
        span = self._tracer.start_span(
            f"submit {chaincode} {function}",
            kind=self._trace.SpanKind.INTERNAL,
            attributes={
                "fabric.channel": channel,
                "fabric.chaincode": chaincode,
                "fabric.function": function,
                "fabric.msp_id": mspid,
            },
        )
        return _Submit(self._trace.use_span(span, end_on_exit=False), span)

    def ends(self, span: "Span") -> Callable[[str, int], None]:
        """What ends a stream's span: called with its status's name and the messages that came."""
        ended = False

        def end(status: str, messages: int) -> None:
            nonlocal ended
            if ended:
                return
            ended = True
            span.set_attribute("fabric.messages_received", messages)
            end_span(span, status)

        return end


def traced(
    tracing: Tracing | None,
    path: str,
    target: str,
    mspid: str,
    request: bytes,
    options: "CallOptions",
) -> "AbstractContextManager[CallOptions]":
    """A span around the body where there is something to trace it; gives the options to use."""
    if tracing is None:
        return nullcontext(options)
    return tracing.call(path, target, mspid, request, options)


def traced_submit(
    tracing: Tracing | None, channel: str, chaincode: str, function: str, mspid: str
) -> AbstractContextManager[None]:
    """A span around the body, a whole submit, where there is something to trace it."""
    if tracing is None:
        return nullcontext()
    return tracing.submit(channel, chaincode, function, mspid)


def end_span(span: "Span", status: str) -> None:
    """Ends the span with the name of a gRPC status."""
    code = grpc.StatusCode.__members__.get(status, grpc.StatusCode.UNKNOWN)
    span.set_attribute("rpc.grpc.status_code", code.value[0])
    if status != _OK:
        _mark_failed(span, status)
    span.end()


class _Call(AbstractContextManager["CallOptions"]):
    def __init__(
        self, current: AbstractContextManager["Span"], span: "Span", options: "CallOptions"
    ) -> None:
        self._current = current
        self._span = span
        self._options = options

    def __enter__(self) -> "CallOptions":
        self._current.__enter__()
        return self._options

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Without the error: OpenTelemetry would record its text.
        self._current.__exit__(None, None, None)
        end_span(self._span, status_of(error))


class _Submit(AbstractContextManager[None]):
    def __init__(self, current: AbstractContextManager["Span"], span: "Span") -> None:
        self._current = current
        self._span = span

    def __enter__(self) -> None:
        self._current.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._current.__exit__(None, None, None)
        if kind is not None:
            _mark_failed(self._span, kind.__name__)
        self._span.end()


def _mark_failed(span: "Span", error_type: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", error_type)
    # Without a text: it would be the peer's, which may quote what the chaincode was told.
    span.set_status(StatusCode.ERROR)


def _about(method: str, request: bytes) -> dict[str, str]:
    """Channel, chaincode and transaction that a request is about, as far as it says them."""
    try:
        match method:
            case "Evaluate" | "Endorse":
                # Both requests have these fields, by the same numbers.
                asked = gateway_pb2.EndorseRequest.FromString(request)
                proposal = peer_pb2.Proposal.FromString(asked.proposed_transaction.proposal_bytes)
                found = _of_header(common_pb2.Header.FromString(proposal.header))
            case "Submit":
                envelope = gateway_pb2.SubmitRequest.FromString(request).prepared_transaction
                found = _of_header(common_pb2.Payload.FromString(envelope.payload).header)
            case "CommitStatus":
                signed = gateway_pb2.SignedCommitStatusRequest.FromString(request)
                status = gateway_pb2.CommitStatusRequest.FromString(signed.request)
                found = {"channel": status.channel_id, "transaction_id": status.transaction_id}
            case "ChaincodeEvents":
                signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(request)
                events = gateway_pb2.ChaincodeEventsRequest.FromString(signed.request)
                found = {"channel": events.channel_id, "chaincode": events.chaincode_id}
            case _:
                payload = common_pb2.Envelope.FromString(request).payload
                found = _of_header(common_pb2.Payload.FromString(payload).header)
    except DecodeError:
        # Restored from bytes that another made: the peer says what is wrong with them.
        return {}
    return {f"fabric.{name}": value for name, value in found.items() if value}


def _of_header(header: common_pb2.Header) -> dict[str, str]:
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    extension = peer_pb2.ChaincodeHeaderExtension.FromString(channel.extension)
    return {
        "channel": channel.channel_id,
        "chaincode": extension.chaincode_id.name,
        "transaction_id": channel.tx_id,
    }
