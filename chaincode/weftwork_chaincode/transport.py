"""The seam between the engine and what carries it: whole gRPC messages, both ways, in order.

The engine (:mod:`weftwork_chaincode.session`) knows nothing of HTTP/2 and the transport nothing of
Fabric. One :class:`Connection` is one ``Connect`` stream of one peer. All calls happen on the
event loop's thread; none of them waits.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

MAX_MESSAGE_SIZE = 100 * 1024 * 1024
"""Bytes of one message, both ways: the limit of Fabric's peer and of Go's shim."""


class GrpcStatus(IntEnum):
    """The gRPC status codes a stream may end with (grpc.io, "Status codes")."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Connection(Protocol):
    """What the engine may do with one peer's stream."""

    @property
    def peer(self) -> str:
        """The other side's address, for logs."""
        ...

    def send(self, message: bytes) -> None:
        """Queues one whole message; messages leave in the order of these calls.

        After the stream has ended it does nothing: the engine hears of that end by
        :meth:`Receiver.connection_lost`.
        """
        ...

    def close(self, status: GrpcStatus = GrpcStatus.OK, detail: str = "") -> None:
        """Ends the stream with a status after everything queued has left."""
        ...


class Receiver(Protocol):
    """What a transport tells the engine about one stream."""

    def message_received(self, message: bytes) -> None:
        """One whole message has arrived."""
        ...

    def connection_lost(self, reason: str) -> None:
        """The stream is over, for whatever reason; called exactly once and last."""
        ...


Accept = Callable[[Connection], Receiver]
"""Called for each new stream; may send at once."""


class Listener(Protocol):
    """Something that accepts streams until it is closed."""

    @property
    def address(self) -> str:
        """``host:port`` as bound."""
        ...

    async def start(self) -> None:
        """Binds and begins to accept; raises OSError where the address cannot be bound."""
        ...

    def stop_accepting(self) -> None:
        """Takes no new connection and no new stream; those there are go on."""
        ...

    async def close(self) -> None:
        """Ends everything that is left and releases the address."""
        ...
