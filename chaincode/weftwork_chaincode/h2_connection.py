"""What both ends of an HTTP/2 connection do: frames by the `h2` library, everything else here.

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
from typing import cast

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from weftwork_chaincode.grpc_headers import Headers
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_stream import H2Stream
from weftwork_chaincode.transport import GrpcStatus

_log = logging.getLogger("weftwork_chaincode")

_WRITE_CHUNK = 256 * 1024
_MORE_THAN_DRIBBLE = 1024
_LINGER = 1.0  # seconds
_Codes = h2.settings.SettingCodes


class H2Connection(asyncio.Protocol):
    """One connection, whichever end of it; the two ends say what headers mean."""

    def __init__(self, limits: Limits, *, client_side: bool) -> None:
        self._limits = limits
        self._client_side = client_side
        self._streams: dict[int, H2Stream] = {}
        self._transport: asyncio.Transport | None = None
        self._early = b""
        self._over = False
        self._http = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client_side, header_encoding=None)
        )
        self._scheduled = False
        self._paused = False
        self._unacknowledged: dict[int, int] = {}
        self._resets: deque[float] = deque()
        self._idle_frames = 0
        self._last_heard = time.monotonic()
        self._idle_since = self._last_heard
        self._without_stream_since = self._last_heard
        self._ping_sent: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.peer: str = "?"

    # --- what the two ends say themselves

    def _opened(self) -> None:
        """The connection is up and this end's settings are sent."""

    def _headers(self, event: h2.events.Event) -> None:
        """Headers or trailers have come."""
        raise NotImplementedError

    def _peer_ended(self, stream_id: int) -> None:
        """The other end sends nothing more on a stream."""
        raise NotImplementedError

    def _reset(self, stream_id: int, code: int) -> None:
        """The other end has reset a stream."""
        raise NotImplementedError

    def ended(self, stream_id: int, status: GrpcStatus, detail: str) -> None:
        """Everything queued of a stream has left: end this side of it."""
        raise NotImplementedError

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends this end's settings."""
        self._transport = cast(asyncio.Transport, transport)
        address = transport.get_extra_info("peername")
        # Of a Unix socket's client there is no address.
        of_tcp = isinstance(address, tuple)
        self.peer = f"{address[0]}:{address[1]}" if of_tcp else str(address or "on this machine")
        self._transport.set_write_buffer_limits(high=self._limits.write_buffer)
        initial: dict[h2.settings.SettingCodes, int] = {
            _Codes.ENABLE_PUSH: 0,
            _Codes.INITIAL_WINDOW_SIZE: self._limits.stream_window,
            _Codes.MAX_HEADER_LIST_SIZE: self._limits.max_header_list,
        }
        if not self._client_side:
            initial[_Codes.MAX_CONCURRENT_STREAMS] = self._limits.max_streams
        self._http.local_settings = h2.settings.Settings(
            client=self._client_side, initial_values=initial
        )
        # The library would set this only when settings change later on.
        self._http.decoder.max_header_list_size = self._limits.max_header_list
        self._http.initiate_connection()
        self._http.increment_flow_control_window(self._limits.connection_window - 65_535)
        self._opened()
        self._write()
        self._watch()
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Handles every frame of one read."""
        if self._over:
            return  # read on until the other end has seen why, see _hang_up
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
            self._abort(
                f"cannot handle its frames: {type(error).__qualname__}",
                h2.errors.ErrorCodes.INTERNAL_ERROR,
            )
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

    # --- for who made it

    def shut(self, reason: str = "the server is shutting down") -> None:
        """Says GOAWAY and closes; streams still open are lost."""
        transport = self._transport
        if self._over or transport is None or transport.is_closing():
            return
        self._flush()
        self._lose_streams(reason)
        self._http.close_connection()
        self._write()
        transport.close()

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

    # --- frames

    def _handle(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.DataReceived():
                self._data(event)
            case h2.events.StreamEnded():
                self._peer_ended(event.stream_id or 0)
            case h2.events.StreamReset():
                self._reset(event.stream_id or 0, int(event.error_code or 0))
            case h2.events.ConnectionTerminated():
                # the library can send nothing after a GOAWAY: the streams are over with it
                self._lose_streams(f"{self.peer} said goodbye")
                if self._transport is not None:
                    self._hang_up(self._transport)
            case (
                h2.events.RequestReceived()
                | h2.events.ResponseReceived()
                | h2.events.TrailersReceived()
            ):
                self._headers(event)
            case h2.events.SettingsAcknowledged() | h2.events.PingAckReceived():
                pass  # windows are asked for when sending; pings the library answers itself
            case _:
                self._count_idle_frame()

    def _data(self, event: h2.events.DataReceived) -> None:
        stream_id = event.stream_id or 0
        stream = self._streams.get(stream_id)
        if not event.data:
            self._count_idle_frame()
        elif stream is not None and stream.data_received(event.data):
            self._idle_frames = 0
        elif len(self._streams) > 1 and self._unfinished() > self._limits.max_unfinished:
            self._abort("too much begun and not finished", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            return
        size = event.flow_controlled_length or 0
        if self._backlog() > self._limits.backlog:
            self._unacknowledged[stream_id] = self._unacknowledged.get(stream_id, 0) + size
        elif size:
            self._http.acknowledge_received_data(size, stream_id)

    def _send_headers(self, stream_id: int, headers: Headers, *, end: bool = False) -> bool:
        try:
            self._http.send_headers(stream_id, headers, end_stream=end)
        except h2.exceptions.ProtocolError:
            return False  # reset by a later frame of the same read, whose event is still to come
        return True

    def _reset_stream(self, stream_id: int, code: h2.errors.ErrorCodes) -> None:
        try:
            self._http.reset_stream(stream_id, code)
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
        if self._idle_frames <= self._limits.max_idle_frames:
            return
        if self._last_heard - self._idle_since > self._limits.reset_window:
            # a ping a minute is no flood, however long nobody has had anything to say
            self._idle_frames, self._idle_since = 0, self._last_heard
            return
        self._abort("too many frames without content", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)

    def _abort(
        self,
        reason: str,
        code: h2.errors.ErrorCodes = h2.errors.ErrorCodes.PROTOCOL_ERROR,
    ) -> None:
        if self._over or self._transport is None or self._transport.is_closing():
            return
        _log.warning("connection of %s closed: %s", self.peer, reason)
        self._lose_streams(reason)
        if code is not h2.errors.ErrorCodes.PROTOCOL_ERROR:
            self._http.close_connection(code)  # else the library has queued its own GOAWAY
        self._write()
        self._hang_up(self._transport)

    def _hang_up(self, transport: asyncio.Transport) -> None:
        """Ends our side, and the connection when the other end's is over or has had its time.

        A socket closed with bytes unread in it is reset by the system, and with the reset what was
        sent last would be lost: an answer, or the GOAWAY that says why.
        """
        self._over = True
        if transport.is_closing() or not transport.can_write_eof():
            transport.close()  # TLS waits for the other end's goodbye by itself
            return
        transport.write_eof()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_LINGER, transport.abort)

    def _watch(self) -> None:
        """Looks after silence: runs several times within the shortest of the three limits."""
        limits = self._limits
        if self._over:
            return
        period = min(limits.ping_after, limits.ping_timeout, limits.first_stream) / 4
        self._timer = asyncio.get_running_loop().call_later(period, self._watch)
        if self._over or self._transport is None or self._transport.is_closing():
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

    def _unfinished(self) -> int:
        return sum(stream.unfinished for stream in self._streams.values())

    def _flush(self) -> None:
        self._scheduled = False
        if self._over or self._transport is None or self._transport.is_closing():
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
        sent = unwritten = 0
        while stream.backlog and not self._paused:
            room = min(
                http.local_flow_control_window(stream_id),
                http.max_outbound_frame_size,
                _WRITE_CHUNK,  # the peer may allow frames of 16 MiB: our buffer holds less
            )
            if room <= 0:
                break
            chunk = stream.take(room)
            http.send_data(stream_id, chunk)
            unwritten += len(chunk)
            sent += len(chunk)
            if unwritten >= _WRITE_CHUNK:
                self._write()  # may pause us
                unwritten = 0
        if sent > _MORE_THAN_DRIBBLE:
            self._idle_frames = 0  # windows were opened for a purpose
        if stream.finished:
            self.ended(stream_id, *stream.ending)

    def _write(self) -> None:
        transport = self._transport
        if self._over or transport is None or transport.is_closing():
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
    """Whether TLS agreed on HTTP/2 (an end that offers nothing is taken at its word)."""
    tls = cast("ssl.SSLObject | None", transport.get_extra_info("ssl_object"))
    return tls is None or tls.selected_alpn_protocol() in (None, "h2")
