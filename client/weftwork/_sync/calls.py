"""The calls of the Gateway service, one method each: bytes out, bytes in, typed errors.

A ``timeout`` of None is the default of that kind of call.
"""

# Generated from weftwork/aio/calls.py by scripts/unasync.py: change that one.

from collections.abc import Callable

import grpc

from weftwork._sync.peers import Peers, Turn
from weftwork._sync.tracing import open_traced
from weftwork._sync.waiting import Stream
from weftwork.client_tls import ClientCertificate
from weftwork.deadline import Deadline, limit
from weftwork.errors import (
    CommitStatusError,
    EndorseError,
    EvaluateError,
    EventsError,
    GatewayError,
    SubmitError,
)
from weftwork.errors.stages import NO_TIME_LEFT
from weftwork.failures import gateway_error, no_peer_answered
from weftwork.identity import Identity
from weftwork.ledger.status import Status
from weftwork.logs import calls_are_told, told
from weftwork.metrics import EVENTS, counted
from weftwork.options import CallOptions, Options
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity
from weftwork.tracing import traced

_SERVICE = "/gateway.Gateway/"
_DELIVER = "/protos.Deliver/"
# As metrics call them.
_STAGES = {
    "Evaluate": "evaluate",
    "Endorse": "endorse",
    "Submit": "submit",
    "CommitStatus": "commit_status",
}
_PATHS = {call: f"{_SERVICE}{call}" for call in _STAGES}


class Calls:
    """What a gateway's parts share: the peers, who signs, and the defaults."""

    def __init__(
        self,
        channel: Peers,
        identity: Identity,
        signer: Signer | None,
        options: Options,
        client: ClientCertificate | None = None,
    ) -> None:
        """``client`` is what peers are shown that are dialled beside the gateway's own."""
        self.channel = channel
        self.identity = identity
        self.signing: SigningIdentity = SigningIdentity(identity, signer, options.hash)
        self.options = options
        self.client: ClientCertificate | None = client
        self._observed = options.metrics is not None or options.tracing is not None

    def evaluate(self, transaction_id: str, request: bytes, timeout: float | None) -> bytes:
        """Send an ``EvaluateRequest``."""
        return self._unary(
            "Evaluate", request, self.options.evaluate, timeout, EvaluateError, transaction_id
        )

    def endorse(self, transaction_id: str, request: bytes, timeout: float | None) -> bytes:
        """Send an ``EndorseRequest``."""
        return self._unary(
            "Endorse", request, self.options.endorse, timeout, EndorseError, transaction_id
        )

    def submit(self, transaction_id: str, request: bytes, timeout: float | None) -> bytes:
        """Send a ``SubmitRequest``."""
        return self._unary(
            "Submit", request, self.options.submit, timeout, SubmitError, transaction_id
        )

    def commit_status(self, transaction_id: str, request: bytes, timeout: float | None) -> bytes:
        """Send a ``SignedCommitStatusRequest``; the answer comes when the transaction commits."""
        return self._unary(
            "CommitStatus",
            request,
            self.options.commit_status,
            timeout,
            CommitStatusError,
            transaction_id,
        )

    def chaincode_events(self, signed: bytes, timeout: float | None) -> Stream:
        """Send a ``SignedChaincodeEventsRequest``."""
        options = self.options.chaincode_events
        path, limit = f"{_SERVICE}ChaincodeEvents", _limit(timeout, options)

        def opening(options: CallOptions) -> Stream:
            return self.channel.stream(path, signed, options, limit)

        return self._opened(path, signed, options, opening)

    def deliver(
        self, call: str, signed: bytes, options: CallOptions, timeout: float | None
    ) -> Stream:
        """Send a seek envelope to the peer's Deliver service; ``call`` is its method."""
        path, limit = f"{_DELIVER}{call}", _limit(timeout, options)

        def opening(options: CallOptions) -> Stream:
            return self.channel.duplex(path, [signed], options, limit)

        return self._opened(path, signed, options, opening)

    def newest_block(self, signed: bytes, timeout: float | None) -> Stream:
        """Send a seek envelope for the newest block, filtered: what for is no caller's concern."""
        options = self.options.filtered_block_events
        return self.channel.duplex(f"{_DELIVER}DeliverFiltered", [signed], options, timeout)

    def endorse_retried(self) -> None:
        """Counts an endorsement that is asked again."""
        if self.options.metrics is not None:
            self.options.metrics.retried(self.channel.target)

    def committed(self, status: Status) -> None:
        """Counts a commit status, and tells it to whoever wants to hear of each."""
        if self.options.metrics is not None:
            self.options.metrics.committed(self.channel.target, status)
        if self.options.on_status:
            self.options.on_status(status)

    def stream_begins(self) -> Callable[[str], None]:
        """Counts a stream from now until the returned function is called with its status."""
        metrics = self.options.metrics
        if metrics is None:
            return lambda status: None
        return metrics.begin(self.channel.target, EVENTS)

    def stream_brought(self) -> None:
        """Counts a message of a stream."""
        if self.options.metrics is not None:
            self.options.metrics.received(self.channel.target)

    def events_error(self, error: grpc.RpcError) -> EventsError:
        """A broken stream as an error."""
        return gateway_error(EventsError, error, peer=self.channel.target)

    def _opened(
        self,
        path: str,
        request: bytes,
        options: CallOptions,
        opening: Callable[[CallOptions], Stream],
    ) -> Stream:
        return open_traced(
            self.options.tracing,
            path,
            self.channel.target,
            self.identity,
            request,
            options,
            opening,
        )

    def _unary(
        self,
        call: str,
        request: bytes,
        options: CallOptions,
        timeout: float | None,
        kind: type[GatewayError],
        transaction_id: str,
    ) -> bytes:
        deadline = Deadline(options.timeout if timeout is None else timeout)
        left = deadline.seconds
        if left is not None and left <= 0:
            # gRPC may send what has no time left, and nobody would wait for what becomes of it.
            raise kind("DEADLINE_EXCEEDED", NO_TIME_LEFT, transaction_id=transaction_id)
        observed = self._observed or calls_are_told()
        path = _PATHS[call]
        failures: list[GatewayError] = []
        for turn in self.channel.turns():
            if failures:
                left = deadline.left()
                if left == 0:
                    break
            try:
                if observed:
                    return self._told(
                        call, turn, path, request, options, left, kind, transaction_id
                    )
                return self._sent(turn, path, request, options, left, kind, transaction_id)
            except GatewayError as failure:
                if not turn.broken:
                    raise
                failures.append(failure)
        raise no_peer_answered(failures)

    def _told(
        self,
        call: str,
        turn: Turn,
        path: str,
        request: bytes,
        options: CallOptions,
        timeout: float | None,
        kind: type[GatewayError],
        transaction_id: str,
    ) -> bytes:
        """One call that somebody wants to hear of: in the log, in metrics, as a span."""
        stage, mspid = _STAGES[call], self.identity.mspid
        with (
            told(stage, transaction_id, turn.target),
            counted(self.options.metrics, turn.target, stage),
            traced(self.options.tracing, path, turn.target, mspid, request, options) as options,
        ):
            return self._sent(turn, path, request, options, timeout, kind, transaction_id)

    def _sent(
        self,
        turn: Turn,
        path: str,
        request: bytes,
        options: CallOptions,
        timeout: float | None,
        kind: type[GatewayError],
        transaction_id: str,
    ) -> bytes:
        try:
            return turn.unary(path, request, options, timeout)
        except grpc.RpcError as error:
            raise gateway_error(
                kind, error, transaction_id=transaction_id, peer=turn.target
            ) from error


def _limit(timeout: float | None, options: CallOptions) -> float | None:
    return limit(options.timeout if timeout is None else timeout)
