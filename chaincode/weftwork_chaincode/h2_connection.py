"""One HTTP/2 connection of a peer: frames by the `h2` library, everything else here.

All frames of one read are handled together and answered in one write, on the loop's next turn.
What waits to be sent stays in the streams until windows and socket have room, so a slow peer
costs the messages it has asked for and no more; while too much waits, the peer's own window stays
shut. A peer that resets streams by the hundred, floods with control frames, falls silent or does
not speak HTTP/2 is cut off.
"""

import asyncio
import logging
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import cast

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from weftwork_chaincode import grpc_headers
from weftwork_chaincode.grpc_headers import Rejection
from weftwork_chaincode.h2_stream import H2Stream
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE, Accept, GrpcStatus

_log = logging.getLogger("weftwork_chaincode")

_MIB = 1024 * 1024
_WRITE_CHUNK = 256 * 1024
_Codes = h2.settings.SettingCodes


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one connection may ask of the server, and how long it may stay silent."""

    max_message_size: int = MAX_MESSAGE_SIZE
    """Bytes of one received message."""

    max_streams: int = 100
    """Streams open at once on one connection; a peer opens one."""

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
    """Frames without content (empty data, settings) between two messages."""

    ping_after: float = 60.0
    """Seconds of silence after which the peer is asked for a sign of life."""

    ping_timeout: float = 20.0
    """Seconds it has to give one."""

    first_stream: float = 30.0
    """Seconds a connection may stay without a stream."""


class H2Connection(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, accept: Accept, path: str, limits: Limits) -> None:
        self._accept = accept
        self._path = path
        self._limits = limits
        self._streams: dict[int, H2Stream] = {}
        self._transport: asyncio.Transport | None = None
        self._early = b""
        self._http = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None)
        )
        self._scheduled = False
        self._paused = False
        self._refusing = False
        self._unacknowledged: dict[int, int] = {}
        self._resets: deque[float] = deque()
        self._idle_frames = 0
        self._last_heard = time.monotonic()
        self._without_stream_since = self._last_heard
        self._ping_sent: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.peer: str = "?"

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the server's settings."""
        self._transport = cast(asyncio.Transport, transport)
        address = transport.get_extra_info("peername")
        # Of a Unix socket's client there is no address.
        of_tcp = isinstance(address, tuple)
        self.peer = f"{address[0]}:{address[1]}" if of_tcp else str(address or "on this machine")
        self._transport.set_write_buffer_limits(high=self._limits.write_buffer)
        self._http.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                _Codes.ENABLE_PUSH: 0,
                _Codes.INITIAL_WINDOW_SIZE: self._limits.stream_window,
                _Codes.MAX_CONCURRENT_STREAMS: self._limits.max_streams,
                _Codes.MAX_HEADER_LIST_SIZE: 16 * 1024,
            },
        )
        self._http.initiate_connection()
        self._http.increment_flow_control_window(self._limits.connection_window - 65_535)
        self._write()
        self._watch()
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Handles every frame of one read."""
        if self._transport is None:
            self._early += data  # TLS may hand data on before it has said that it is up
            return
        self._last_heard = time.monotonic()
        self._ping_sent = None
        try:
            for event in self._http.receive_data(data):
                self._handle(event)
        except h2.exceptions.ProtocolError as error:
            self._abort(f"HTTP/2 protocol error: {type(error).__name__}")
        except Exception as error:  # whatever a peer sends, the server for all must go on
            self._abort(f"cannot handle its frames: {type(error).__qualname__}")
        else:
            self.wants_to_send()

    def eof_received(self) -> bool:
        """A peer that has closed its side sends nothing more: close ours."""
        return False

    def pause_writing(self) -> None:
        """The socket is full: data waits in the streams."""
        self._paused = True

    def resume_writing(self) -> None:
        """The socket has room again."""
        self._paused = False
        self.wants_to_send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends every stream."""
        self._lose_streams(f"connection of {self.peer} lost" + (f" ({exc})" if exc else ""))
        if self._timer is not None:
            self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    # --- for the listener

    def refuse_streams(self) -> None:
        """From now on every new stream is answered UNAVAILABLE."""
        self._refusing = True

    def shut(self) -> None:
        """Says GOAWAY and closes; streams still open are lost."""
        if self._transport is None or self._transport.is_closing():
            return
        self._flush()
        self._lose_streams("the server is shutting down")
        self._http.close_connection()
        self._write()
        self._transport.close()

    def kill(self) -> None:
        """Drops the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    # --- for the streams

    def wants_to_send(self) -> None:
        """Sends on the loop's next turn, once for everything that was queued in this one."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def ended(self, stream_id: int, status: GrpcStatus, detail: str) -> None:
        """Sends a stream's trailers."""
        stream = self._streams.pop(stream_id, None)
        if self._answer(stream_id, grpc_headers.trailers(status, detail), end=True):
            self._stop_sending(stream_id)
        if stream is not None:
            stream.lost(detail or "ended")
        self._note_streams()

    # --- frames

    def _handle(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.DataReceived():
                self._data(event)
            case h2.events.RequestReceived():
                self._request(event)
            case h2.events.StreamEnded():
                stream = self._streams.get(event.stream_id or 0)
                if stream is not None:
                    stream.client_ended()
            case h2.events.StreamReset():
                self._reset(event.stream_id or 0)
            case h2.events.RemoteSettingsChanged():
                self._count_idle_frame()
            case h2.events.ConnectionTerminated():
                # the library can send nothing after a GOAWAY: the streams are over with it
                self._lose_streams(f"{self.peer} said goodbye")
                if self._transport is not None:
                    self._transport.close()
            case _:
                pass  # windows are asked for when sending; pings the library answers itself

    def _data(self, event: h2.events.DataReceived) -> None:
        stream_id = event.stream_id or 0
        stream = self._streams.get(stream_id)
        if not event.data:
            self._count_idle_frame()
        elif stream is not None and stream.data_received(event.data):
            self._idle_frames = 0
        size = event.flow_controlled_length or 0
        if self._backlog() > self._limits.backlog:
            self._unacknowledged[stream_id] = self._unacknowledged.get(stream_id, 0) + size
        elif size:
            self._http.acknowledge_received_data(size, stream_id)

    def _request(self, event: h2.events.RequestReceived) -> None:
        stream_id = event.stream_id or 0
        headers = cast(list[tuple[bytes, bytes]], event.headers or [])
        checked = grpc_headers.check(headers, self._path)
        if self._refusing:
            checked = Rejection(200, GrpcStatus.UNAVAILABLE, "the chaincode is shutting down")
        if isinstance(checked, Rejection):
            _log.warning("request of %s refused: %s", self.peer, checked.detail)
            if self._answer(stream_id, grpc_headers.rejected(checked), end=True):
                self._stop_sending(stream_id)
            self._count_reset()
            return
        if not self._answer(stream_id, grpc_headers.response()):
            return
        stream = H2Stream(self, stream_id, self._limits.max_message_size)
        self._streams[stream_id] = stream
        stream.serve(self._accept(stream), checked.timeout)

    def _answer(self, stream_id: int, headers: grpc_headers.Headers, *, end: bool = False) -> bool:
        try:
            self._http.send_headers(stream_id, headers, end_stream=end)
        except h2.exceptions.ProtocolError:
            return False  # reset by a later frame of the same read, whose event is still to come
        return True

    def _reset(self, stream_id: int) -> None:
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            stream.lost(f"{self.peer} reset the stream")
        self._note_streams()
        self._count_reset()

    def _stop_sending(self, stream_id: int) -> None:
        # the response is whole: the client need not finish its request (RFC 9113, 8.1)
        try:
            self._http.reset_stream(stream_id, h2.errors.ErrorCodes.NO_ERROR)
        except h2.exceptions.ProtocolError:
            _log.debug("stream %d of %s had ended on both sides", stream_id, self.peer)

    # --- defence

    def _count_reset(self) -> None:
        now = time.monotonic()
        self._resets.append(now)
        while self._resets[0] < now - self._limits.reset_window:
            self._resets.popleft()
        if len(self._resets) > self._limits.max_resets:
            self._abort("too many streams reset", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)

    def _count_idle_frame(self) -> None:
        self._idle_frames += 1
        if self._idle_frames > self._limits.max_idle_frames:
            self._abort("too many frames without content", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)

    def _abort(
        self,
        reason: str,
        code: h2.errors.ErrorCodes = h2.errors.ErrorCodes.PROTOCOL_ERROR,
    ) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        _log.warning("connection of %s closed: %s", self.peer, reason)
        self._lose_streams(reason)
        if code is not h2.errors.ErrorCodes.PROTOCOL_ERROR:
            self._http.close_connection(code)  # else the library has queued its own GOAWAY
        self._write()
        self._transport.close()

    def _watch(self) -> None:
        """Looks after silence: runs several times within the shortest of the three limits."""
        limits = self._limits
        period = min(limits.ping_after, limits.ping_timeout, limits.first_stream) / 4
        self._timer = asyncio.get_running_loop().call_later(period, self._watch)
        if self._transport is None or self._transport.is_closing():
            return
        now = time.monotonic()
        if not self._streams and now - self._without_stream_since > limits.first_stream:
            self._abort("no stream was opened", h2.errors.ErrorCodes.NO_ERROR)
        elif self._ping_sent is not None and now - self._ping_sent > limits.ping_timeout:
            _log.warning("connection of %s closed: no sign of life", self.peer)
            self._transport.abort()
        elif self._ping_sent is None and now - self._last_heard > limits.ping_after:
            self._ping_sent = now
            self._http.ping(b"weftwork")
            self._write()

    # --- sending

    def _backlog(self) -> int:
        return sum(stream.backlog for stream in self._streams.values())

    def _flush(self) -> None:
        self._scheduled = False
        if self._transport is None or self._transport.is_closing():
            return
        for stream in list(self._streams.values()):
            self._send_from(stream)
        if self._unacknowledged and self._backlog() <= self._limits.backlog:
            held, self._unacknowledged = self._unacknowledged, {}
            for stream_id, size in held.items():
                self._http.acknowledge_received_data(size, stream_id)
        self._write()

    def _send_from(self, stream: H2Stream) -> None:
        http, stream_id = self._http, stream.stream_id
        unwritten = 0
        while stream.backlog and not self._paused:
            room = min(http.local_flow_control_window(stream_id), http.max_outbound_frame_size)
            if room <= 0:
                return
            chunk = stream.take(room)
            http.send_data(stream_id, chunk)
            unwritten += len(chunk)
            if unwritten >= _WRITE_CHUNK:
                self._write()  # may pause us
                unwritten = 0
        if stream.finished:
            self.ended(stream_id, *stream.ending)

    def _write(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        data = self._http.data_to_send()
        if data:
            transport.write(data)
            if transport.get_write_buffer_size() > self._limits.max_unread_control:
                _log.warning("connection of %s closed: it asks and does not read", self.peer)
                transport.abort()

    def _lose_streams(self, reason: str) -> None:
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.lost(reason)

    def _note_streams(self) -> None:
        if not self._streams:
            self._without_stream_since = time.monotonic()


def is_http2(transport: asyncio.BaseTransport) -> bool:
    """Whether TLS agreed on HTTP/2 (a client that offers nothing is taken at its word)."""
    tls = cast("ssl.SSLObject | None", transport.get_extra_info("ssl_object"))
    return tls is None or tls.selected_alpn_protocol() in (None, "h2")
