"""One gRPC stream of an HTTP/2 connection: messages in, messages out, one end."""

import asyncio
import logging
from typing import Protocol

from weftwork_chaincode.grpc_framing import FramingError, MessageReader, prefix
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE, GrpcStatus, Receiver

_log = logging.getLogger("weftwork_chaincode")


class Carrier(Protocol):
    """What a stream needs of its connection."""

    @property
    def peer(self) -> str:
        """The other side's address."""
        ...

    def wants_to_send(self) -> None:
        """Has the connection call :meth:`H2Stream.take` soon, once for many calls."""
        ...

    def ended(self, stream_id: int, status: GrpcStatus, detail: str) -> None:
        """Everything queued has left: end this side of the stream."""
        ...


class H2Stream:
    """The engine's connection; bytes wait here until windows and socket have room for them."""

    def __init__(self, carrier: Carrier, stream_id: int, max_message_size: int) -> None:
        self._carrier = carrier
        self._reader = MessageReader(max_message_size)
        self._outgoing = bytearray()
        self._ending: tuple[GrpcStatus, str] | None = None
        self._receiver: Receiver | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.stream_id = stream_id

    # --- for the engine (transport.Connection)

    @property
    def peer(self) -> str:
        """The peer's address."""
        return self._carrier.peer

    def send(self, message: bytes) -> None:
        """Queues one whole message."""
        if self._ending is not None:
            return
        if len(message) > MAX_MESSAGE_SIZE:
            raise ValueError(f"a message of {len(message)} bytes cannot be sent")
        self._outgoing += prefix(message)
        self._outgoing += message
        self._carrier.wants_to_send()

    def close(self, status: GrpcStatus = GrpcStatus.OK, detail: str = "") -> None:
        """Ends the stream once everything queued has left."""
        if self._ending is None:
            self._ending = (status, detail)
            self._carrier.wants_to_send()

    # --- for the connection

    @property
    def backlog(self) -> int:
        """Bytes that wait to be sent."""
        return len(self._outgoing)

    @property
    def unfinished(self) -> int:
        """Bytes received of a message that is not whole yet."""
        return self._reader.unfinished

    @property
    def finished(self) -> bool:
        """Whether nothing is left but to end it."""
        return self._ending is not None and not self._outgoing

    @property
    def ending(self) -> tuple[GrpcStatus, str]:
        """How the stream ends."""
        return self._ending or (GrpcStatus.UNKNOWN, "")

    def serve(self, receiver: Receiver, timeout: float | None) -> None:
        """Joins the stream with the engine; ``timeout`` is the client's, in seconds."""
        self._receiver = receiver
        if timeout is not None:
            self._deadline = asyncio.get_running_loop().call_later(
                timeout,
                self.close,
                GrpcStatus.DEADLINE_EXCEEDED,
                "the client's deadline has passed",
            )

    def refuse(self, status: GrpcStatus, detail: str, body: bytes) -> None:
        """Answers with a few words and nothing else, to what is no gRPC request."""
        self._outgoing += body
        self._ending = (status, detail)
        self._carrier.wants_to_send()

    def take(self, most: int) -> bytes:
        """Removes and returns up to ``most`` bytes of what waits."""
        outgoing = self._outgoing
        if len(outgoing) <= most:
            chunk = bytes(outgoing)
            outgoing.clear()
            return chunk
        with memoryview(outgoing) as view:  # one copy, not two
            chunk = bytes(view[:most])
        del outgoing[:most]
        return chunk

    def data_received(self, data: bytes) -> int:
        """Hands whole messages to the engine; how many there were."""
        if self._ending is not None or self._receiver is None:
            return 0
        try:
            found = self._reader.feed(data)
        except FramingError as error:
            self._fail(error.status, error.detail)
            return 0
        for message in found:
            try:
                self._receiver.message_received(message)
            except Exception as error:  # the engine must not take the connection down
                _log.error("stream of %s failed: %s", self.peer, type(error).__qualname__)
                self._fail(GrpcStatus.INTERNAL, "the chaincode's engine failed")
                break
        return len(found)

    def peer_ended(self) -> None:
        """The peer will send no more: what it asked last can still be answered, nothing else."""
        if self._reader.broken_off:
            self._fail(GrpcStatus.INTERNAL, "the stream ended within a message")
        else:
            self.close()

    def lost(self, reason: str) -> None:
        """The stream is over; tells the engine once."""
        if self._ending is None:
            self._ending = (GrpcStatus.CANCELLED, reason)
        self._outgoing.clear()
        if self._deadline is not None:
            self._deadline.cancel()
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.connection_lost(reason)

    def _fail(self, status: GrpcStatus, detail: str) -> None:
        _log.warning("stream of %s ended: %s", self.peer, detail)
        self._outgoing.clear()
        self.close(status, detail)
