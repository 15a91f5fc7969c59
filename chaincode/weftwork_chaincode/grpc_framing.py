"""gRPC's length-prefixed messages: cut out of a byte stream, and framed to be sent.

Source: grpc/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
"""

from weftwork_chaincode.transport import GrpcStatus

_PREFIX = 5


class FramingError(Exception):
    """The stream cannot go on: it ends with this gRPC status and detail."""

    def __init__(self, status: GrpcStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class MessageReader:
    """Cuts whole messages out of chunks of any size."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Takes a chunk and returns the messages that are whole now.

        Raises FramingError for a message over the limit, as soon as its length is known, and for
        a compressed one (no compression was offered).
        """
        buffer = self._buffer
        buffer += data
        found: list[bytes] = []
        start = 0
        while len(buffer) - start >= _PREFIX:
            size = int.from_bytes(buffer[start + 1 : start + _PREFIX], "big")
            if buffer[start]:
                raise FramingError(GrpcStatus.INTERNAL, "a compressed message: none was agreed on")
            if size > self._max_size:
                raise FramingError(
                    GrpcStatus.RESOURCE_EXHAUSTED,
                    f"a message of {size} bytes is over the limit of {self._max_size}",
                )
            end = start + _PREFIX + size
            if len(buffer) < end:
                break
            with memoryview(buffer) as view:  # one copy, not two: a message may have 100 MB
                found.append(bytes(view[start + _PREFIX : end]))
            start = end
        if start:
            del buffer[:start]
        return found

    @property
    def unfinished(self) -> int:
        """Bytes of the message that is not whole yet."""
        return len(self._buffer)

    @property
    def broken_off(self) -> bool:
        """Whether the stream would end in the middle of a message."""
        return bool(self._buffer)


def prefix(message: bytes) -> bytes:
    """The five bytes that go before a message."""
    return b"\x00" + len(message).to_bytes(4, "big")
