"""The client's end of an HTTP/2 connection: the one stream that a chaincode opens at its peer."""

import logging
from typing import cast
from urllib.parse import unquote

import h2.errors
import h2.events

from weftwork_chaincode import grpc_headers
from weftwork_chaincode.h2_connection import H2Connection
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_stream import H2Stream
from weftwork_chaincode.transport import Accept, GrpcStatus

_log = logging.getLogger("weftwork_chaincode")

_STREAM = 1
_MAX_SHOWN = 400


class H2ClientConnection(H2Connection):
    """A chaincode's connection to its peer: it is over when its stream is."""

    def __init__(
        self, accept: Accept, path: str, authority: str, limits: Limits, *, secure: bool
    ) -> None:
        super().__init__(limits, client_side=True)
        self._accept = accept
        self._request = grpc_headers.request(path, authority, secure=secure)
        self._half_closed = False
        self._refused = ""
        self._heard = False

    def data_received(self, data: bytes) -> None:
        """Handles what comes, unless its first bytes show that it is no HTTP/2 at all."""
        if not self._heard:
            self._heard = True
            if data.startswith(b"HTTP/1"):
                # whose text the library would take for the length of a frame, and wait for it
                self._end("what answers there speaks HTTP/1.1 and no gRPC")
                return
        super().data_received(data)

    def ended(self, stream_id: int, status: GrpcStatus, detail: str) -> None:
        """Says that nothing more is sent, and waits for the peer's end; or cancels."""
        if status in (GrpcStatus.OK, GrpcStatus.UNAVAILABLE):
            if not self._half_closed:
                self._half_closed = True
                self._http.end_stream(stream_id)
            return
        self._reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
        self._end(detail)

    def _opened(self) -> None:
        if not self._send_headers(_STREAM, self._request):
            return
        stream = H2Stream(self, _STREAM, self._limits.max_message_size)
        self._streams[_STREAM] = stream
        stream.serve(self._accept(stream), None)

    def _headers(self, event: h2.events.Event) -> None:
        headers = cast(list[tuple[bytes, bytes]], getattr(event, "headers", None) or [])
        fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        if isinstance(event, h2.events.ResponseReceived):
            self._refused = grpc_headers.unfit(fields)
        if "grpc-status" in fields:
            code, text = fields["grpc-status"], unquote(fields.get("grpc-message", ""))
            shown = text[:_MAX_SHOWN].replace("\n", " ")
            self._refused = f"status {grpc_headers.status_name(code)}{': ' if shown else ''}{shown}"

    def _peer_ended(self, stream_id: int) -> None:
        self._end(f"the peer ended the stream: {self._refused or 'without a status'}")

    def _reset(self, stream_id: int, code: int) -> None:
        # after a whole response it only says that nothing more need be sent
        self._end(f"the peer reset the stream: {_code_name(code)}")

    def _end(self, reason: str) -> None:
        self._lose_streams(reason)
        self.shut(reason)


def _code_name(code: int) -> str:
    try:
        return h2.errors.ErrorCodes(code).name
    except ValueError:
        return f"code {code}"
