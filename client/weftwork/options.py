"""How long calls may take and how they connect: one dataclass, a docstring per field."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from weftwork.deadline import limit
from weftwork.errors import ArgumentError
from weftwork.ledger.status import Status
from weftwork.metrics import ClientMetrics
from weftwork.retry import Retry
from weftwork.signing import Hash
from weftwork.tracing import Tracing

# gRPC over HTTP/2, "Custom-Metadata" (https://github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md).
_METADATA_NAME = re.compile(r"[0-9a-z_.-]+")
_METADATA_TEXT = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class CallOptions:
    """Defaults of one kind of call."""

    timeout: float | None = None
    """Seconds until the call is given up; None waits for ever."""
    metadata: Mapping[str, str | bytes] = field(
        default_factory=dict[str, str | bytes], repr=False, hash=False
    )
    """gRPC metadata to send along, never shown: it may be a token. Names are in small letters; one
    that ends in ``-bin`` has bytes, any other printable ASCII."""
    wait_for_ready: bool = False
    """Wait for a connection, within ``timeout``, instead of failing while the peer is down."""

    def __post_init__(self) -> None:
        """Refuses what gRPC would refuse at the first call. Raises ArgumentError."""
        limit(self.timeout)
        for name, value in self.metadata.items():
            if not _METADATA_NAME.fullmatch(name):
                raise ArgumentError(f"{name!r} is no name of gRPC metadata: [0-9a-z_.-]+")
            binary = name.endswith("-bin")
            # The value is never quoted: it may be a token.
            if binary and not isinstance(value, bytes):
                raise ArgumentError(f"metadata {name!r}: its value must be bytes")
            if not binary and not (isinstance(value, str) and _METADATA_TEXT.fullmatch(value)):
                raise ArgumentError(f"metadata {name!r}: its value must be printable ASCII text")


@dataclass(frozen=True)
class Options:
    """Defaults of a gateway. Every call takes a ``timeout`` of its own too."""

    evaluate: CallOptions = CallOptions(timeout=30)
    endorse: CallOptions = CallOptions(timeout=30)
    submit: CallOptions = CallOptions(timeout=30)
    commit_status: CallOptions = CallOptions(timeout=60)
    chaincode_events: CallOptions = CallOptions()
    block_events: CallOptions = CallOptions()
    filtered_block_events: CallOptions = CallOptions()
    block_and_private_data_events: CallOptions = CallOptions()
    hash: Hash | None = None
    """What is applied to a message before the signer is given it. None: the signer is given the
    message, as those of ``signer_from_key`` want it, and ``digest`` of what is signed elsewhere is
    SHA-256, for an Ed25519 identity the message. A signer of the application's own that wants a
    digest needs its hash named here."""
    on_status: Callable[[Status], None] | None = None
    """Called with every commit status that is learned, valid or not, by whoever waited for it:
    it sees the transaction id and block of each ``submit``. What it raises reaches the caller."""
    lag_pauses: Sequence[float] = (0.1, 0.3)
    """Seconds to wait before each further attempt of a ``submit`` that only peers of other
    departments refused to endorse, or endorsed otherwise. A commit is awaited at one's own peer
    alone: another's may be a block behind for some milliseconds, and refuse what it would grant
    then. An endorsement changes nothing, so asking again is safe. Empty: the first refusal is the
    answer."""
    gossip_pauses: Sequence[float] = (0.1, 0.2, 0.4, 0.6, 0.7)
    """Seconds to wait before each further attempt of a ``submit`` for which one's own peer does
    not know of peers that could endorse it: while a chaincode is upgraded or peers start, they
    tell each other what they run by gossip, with a tool's network at most every half second, with
    Fabric's own settings every four. Empty: the first answer is final."""
    doubt: float = 30.0
    """Seconds to find out what became of a ``submit`` that a broken connection or the orderers have
    left in doubt (see ``SubmitError.in_doubt``), before the error is raised: the ledger is asked,
    and the same transaction handed in again, which is safe because an id counts once. 0: the error
    is raised at once."""
    silence: float = 3.0
    """Seconds for which one of several gateway peers may be silent while calls or streams wait for
    it, before it is asked for a sign of life; where it gives none in as many seconds either,
    its connection is dropped and all that waited goes to the next peer. So a peer that hangs, or
    whose machine is gone, costs twice this and not a call's ``timeout``. A peer that is merely slow
    answers, and is waited for. 0: peers are not watched."""
    retry: Retry | None = None
    """When a ``submit`` is tried anew that the peers invalidated; None: never. A submit's own
    ``retry`` takes its place."""
    metrics: ClientMetrics | None = None
    """Counts what is asked of the peer, for Prometheus; None counts nothing."""
    tracing: Tracing | None = None
    """Makes OpenTelemetry spans of what is asked of the peer; None makes none."""
    tls_certificate_hash: bytes = b""
    """SHA-256 of the TLS client certificate, where the peer demands mutual TLS. It binds streams of
    blocks to the connection; proposals and chaincode events know of no such thing."""
    max_message_bytes: int = 100 * 1024 * 1024
    """Largest message sent or received, bytes; Fabric's own limit is 100 MiB."""
    keepalive: float = 120.0
    """Seconds between keepalive pings. A peer ends connections that ping more often than its
    ``peer.keepalive.minInterval``, 60 s by default; at 60 exactly a little jitter is enough."""

    def __post_init__(self) -> None:
        """Refuses what could not be meant, before it is met at a failure. Raises ArgumentError."""
        for name in ("lag_pauses", "gossip_pauses"):
            pauses = getattr(self, name)
            if not _is_durations(pauses):
                raise ArgumentError(f"Options: {name} are numbers of seconds: {pauses!r:.80}")
        for name in ("doubt", "silence", "keepalive"):
            seconds = getattr(self, name)
            if not _is_duration(seconds):
                raise ArgumentError(f"Options: {name} is a number of seconds: {seconds!r:.80}")
        size = cast("object", self.max_message_bytes)
        if not isinstance(size, int) or size < 0:
            raise ArgumentError(f"Options: max_message_bytes is a number of bytes: {size!r:.80}")
        if self.hash is not None and not isinstance(cast("object", self.hash), Hash):
            raise ArgumentError(f"Options: hash is one of weftwork.Hash or None, not {self.hash!r}")


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < math.inf  # NaN is neither


def _is_durations(value: object) -> bool:
    return isinstance(value, Sequence) and all(map(_is_duration, cast("Sequence[object]", value)))
