"""A server's counts and those of its process in Prometheus' text form.

Needs the library prometheus-client (extra `metrics`); only a server that is told to open an
operations endpoint imports this.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from weftwork_chaincode.meter import BUCKETS, Meter
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""What an answer with metrics is."""

_PREFIX = "weftwork_chaincode"


@dataclass(frozen=True, slots=True)
class Served:
    """A chaincode as its metrics tell it.

    Attributes:
        name: its name on the channel.
        package_id: of the package that is served.
        version: of its code.
        meter: its counts.
    """

    name: str
    package_id: str
    version: str
    meter: Meter


class Exposition:
    """What an operations endpoint answers to a scrape."""

    def __init__(self, served: Sequence[Served], expiries: dict[str, float]) -> None:
        """What to tell.

        Args:
            served: every chaincode of the process.
            expiries: when its certificates end, seconds since the epoch, by what they are for.
        """
        self._registry = CollectorRegistry()
        self._registry.register(_Chaincodes(served, expiries))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        """Everything as it is now."""
        return generate_latest(self._registry)


class _Chaincodes(Collector):
    def __init__(self, served: Sequence[Served], expiries: dict[str, float]) -> None:
        self._served = served
        self._expiries = expiries

    def collect(self) -> Iterator[Metric]:
        yield from self._transactions()
        yield from self._streams()
        yield _gauge(
            "info",
            "What is served: the version is that of the code.",
            ("chaincode", "version", "package_id"),
            (((each.name, each.version, each.package_id), 1) for each in self._served),
        )
        yield _gauge(
            "certificate_expires_timestamp_seconds",
            "When a certificate of this process ends.",
            ("certificate",),
            (((name,), moment) for name, moment in self._expiries.items()),
        )
        disk = os.statvfs(".")
        for name, blocks in (("free", disk.f_bavail), ("size", disk.f_blocks)):
            words = f"Disk where the process works: {name} bytes."
            yield _gauge(f"disk_{name}_bytes", words, (), [((), blocks * disk.f_frsize)])

    def _transactions(self) -> Iterator[Metric]:
        yield _counter(
            "transactions",
            "Transactions that have ended, by what was answered.",
            ("chaincode", "function", "status"),
            (
                ((each.name, function, status), count)
                for each in self._served
                for (function, status), count in each.meter.transactions.items()
            ),
        )
        durations = HistogramMetricFamily(
            f"{_PREFIX}_transaction_duration_seconds",
            "How long a transaction took here, the peer's answers included.",
            labels=("chaincode", "function"),
        )
        for each in self._served:
            for function, found in each.meter.durations.items():
                bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
                buckets = list(zip(bounds, accumulate(found.counts), strict=True))
                durations.add_metric((each.name, function), buckets, found.total)
        yield durations
        yield _counter(
            "transactions_refused",
            "Transactions refused before they began.",
            ("chaincode",),
            (((each.name,), each.meter.refused) for each in self._served),
        )
        yield _gauge(
            "transactions_in_flight",
            "Transactions under way.",
            ("chaincode",),
            (((each.name,), each.meter.in_flight) for each in self._served),
        )

    def _streams(self) -> Iterator[Metric]:
        yield _counter(
            "state_requests",
            "Requests to peers for state, by the protocol's name of them.",
            ("chaincode", "request"),
            (
                ((each.name, ChaincodeMessage.Type.Name(kind)), count)  # type: ignore[arg-type] # the stub wants its own int
                for each in self._served
                for kind, count in each.meter.requests.items()
            ),
        )
        for what, words in (("messages", "Messages"), ("message_bytes", "Bytes of messages")):
            noun = what.removeprefix("message_")
            yield _counter(
                what,
                f"{words} on the streams of peers.",
                ("chaincode", "direction"),
                (
                    ((each.name, direction), getattr(each.meter, f"{noun}_{direction}"))
                    for each in self._served
                    for direction in ("received", "sent")
                ),
            )
        yield _gauge(
            "peers",
            "Streams of peers that have registered.",
            ("chaincode",),
            (((each.name,), each.meter.peers) for each in self._served),
        )


_Samples = Iterable[tuple[Sequence[str], float]]


def _counter(name: str, words: str, labels: Sequence[str], samples: _Samples) -> Metric:
    family = CounterMetricFamily(f"{_PREFIX}_{name}", words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _gauge(name: str, words: str, labels: Sequence[str], samples: _Samples) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}_{name}", words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
