"""A client's metrics for Prometheus: what is asked of peers, how long it takes, how it ends.

    metrics = weftwork.ClientMetrics()
    with weftwork.connect("profile.yaml", user="clerk", metrics=metrics) as gateway:
        ...

Labels are the peer's address, the stage of a call and how it ended: never an argument, a key, a
transaction's id or transient data. Needs the extra ``metrics``.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Final

from weftwork.errors import MissingExtraError
from weftwork.failures import status_of
from weftwork.ledger.status import Status

if TYPE_CHECKING:
    # The library comes with an extra; whoever counts nothing needs none.
    from prometheus_client import CollectorRegistry

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of a call's buckets, seconds."""

EVENTS: Final = "events"
"""The stage of event and block streams: they are counted, and have no duration."""


class ClientMetrics:
    """The metrics of one or more gateways. Any number of threads and tasks may share it.

    ==============================================  =========================================
    ``weftwork_client_calls_total``                 calls that have ended: peer, stage, status
    ``weftwork_client_call_duration_seconds``       how long they took: peer, stage
    ``weftwork_client_calls_in_flight``             calls and streams under way: peer, stage
    ``weftwork_client_commits_total``               learned commit statuses: peer, code
    ``weftwork_client_endorse_retries_total``       endorsements asked again, see ``lag_pauses``
    ``weftwork_client_event_messages_total``        messages on event and block streams: peer
    ==============================================  =========================================

    Stages are ``evaluate``, ``endorse``, ``submit``, ``commit_status`` and ``events``; a status is
    the name of a gRPC status, ``OK`` where all went well.
    """

    def __init__(self, registry: "CollectorRegistry | None" = None) -> None:
        """Registers the metrics.

        Args:
            registry: where; prometheus-client's default registry by itself.

        Raises:
            MissingExtraError: prometheus-client is not installed.
            ValueError: the registry has these metrics already: share one ``ClientMetrics``.
        """
        try:
            from prometheus_client import REGISTRY, Counter, Gauge, Histogram
        except ImportError as error:
            raise MissingExtraError("ClientMetrics", "metrics") from error
        to = registry if registry is not None else REGISTRY
        each = ("peer", "stage")
        self._calls: Counter = Counter(
            "weftwork_client_calls",
            "Calls of the gateway that have ended.",
            (*each, "status"),
            registry=to,
        )
        self._durations: Histogram = Histogram(
            "weftwork_client_call_duration_seconds",
            "How long calls of the gateway took.",
            each,
            buckets=BUCKETS,
            registry=to,
        )
        self._in_flight: Gauge = Gauge(
            "weftwork_client_calls_in_flight", "Calls and streams under way.", each, registry=to
        )
        self._commits: Counter = Counter(
            "weftwork_client_commits",
            "Commit statuses that were learned.",
            ("peer", "code"),
            registry=to,
        )
        self._retries: Counter = Counter(
            "weftwork_client_endorse_retries",
            "Endorsements asked again because a peer of another department may be a block behind.",
            ("peer",),
            registry=to,
        )
        self._messages: Counter = Counter(
            "weftwork_client_event_messages",
            "Messages on event and block streams.",
            ("peer",),
            registry=to,
        )

    def call(self, peer: str, stage: str) -> AbstractContextManager[None]:
        """Counts the body as one call, by the error that leaves it."""
        return _Call(self.begin(peer, stage, timed=True))

    def begin(self, peer: str, stage: str, *, timed: bool = False) -> Callable[[str], None]:
        """Counts a call from now until the returned function is called with its status.

        Args:
            peer: the address of the peer.
            stage: what is asked.
            timed: whether its duration tells something.
        """
        in_flight = self._in_flight.labels(peer, stage)
        in_flight.inc()
        began = time.perf_counter()
        ended = False

        def end(status: str) -> None:
            nonlocal ended
            if ended:
                return
            ended = True
            in_flight.dec()
            self._calls.labels(peer, stage, status).inc()
            if timed:
                self._durations.labels(peer, stage).observe(time.perf_counter() - began)

        return end

    def committed(self, peer: str, status: Status) -> None:
        """A commit status was learned."""
        self._commits.labels(peer, status.code.name).inc()

    def retried(self, peer: str) -> None:
        """An endorsement is asked again."""
        self._retries.labels(peer).inc()

    def received(self, peer: str) -> None:
        """A message came on a stream."""
        self._messages.labels(peer).inc()


def counted(metrics: ClientMetrics | None, peer: str, stage: str) -> AbstractContextManager[None]:
    """Counts the body as one call where there is something to count it."""
    return nullcontext() if metrics is None else metrics.call(peer, stage)


class _Call(AbstractContextManager[None]):
    def __init__(self, end: Callable[[str], None]) -> None:
        self._end = end

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(status_of(error))
