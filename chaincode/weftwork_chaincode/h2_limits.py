"""How much one HTTP/2 connection may ask of this end, and how long it may stay silent."""

from dataclasses import dataclass

from weftwork_chaincode.transport import MAX_MESSAGE_SIZE

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a connection; the listener's own come last."""

    max_message_size: int = MAX_MESSAGE_SIZE
    """Bytes of one received message."""

    max_unfinished: int = 2 * MAX_MESSAGE_SIZE
    """Bytes of messages not whole yet, all streams of a connection together."""

    max_streams: int = 100
    """Streams open at once on one connection; a peer opens one."""

    max_header_list: int = 16 * 1024
    """Bytes of a request's headers, counted as RFC 9113 does (6.5.2)."""

    stream_window: int = 4 * _MIB
    """Bytes a peer may send on a stream ahead of what was read."""

    connection_window: int = 16 * _MIB
    """The same for all streams of a connection."""

    backlog: int = 64 * _MIB
    """While more bytes than this wait to be sent, no window is opened for the peer."""

    write_buffer: int = _MIB
    """Bytes the socket may lag behind before no more data is given to it."""

    max_unread_control: int = 4 * _MIB
    """Bytes the socket may lag behind at all: beyond it a peer asks and never reads."""

    max_resets: int = 100
    """Streams reset or refused within :attr:`reset_window`."""

    reset_window: float = 30.0
    """Seconds."""

    max_idle_frames: int = 10_000
    """Frames without content (empty data, settings, pings) between two messages."""

    ping_after: float = 60.0
    """Seconds of silence after which the peer is asked for a sign of life."""

    ping_timeout: float = 20.0
    """Seconds it has to give one."""

    first_stream: float = 30.0
    """Seconds a connection may stay without a stream."""

    handshake: float = 10.0
    """Seconds that TLS may take."""

    max_connections: int = 512
    """Connections of one listener at once; a peer has one."""
