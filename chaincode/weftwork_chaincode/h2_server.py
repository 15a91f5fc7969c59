"""The server's end of an HTTP/2 connection: requests checked, streams opened, trailers sent."""

import logging
from typing import cast

import h2.errors
import h2.events

from weftwork_chaincode import grpc_headers
from weftwork_chaincode.grpc_headers import Rejection
from weftwork_chaincode.h2_connection import H2Connection
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_stream import H2Stream
from weftwork_chaincode.transport import Accept, GrpcStatus

_log = logging.getLogger("weftwork_chaincode")

_OK = 200


class H2ServerConnection(H2Connection):
    """A peer's connection to a chaincode that serves."""

    def __init__(self, accept: Accept, path: str, limits: Limits) -> None:
        super().__init__(limits, client_side=False)
        self._accept = accept
        self._path = path
        self._refusing = False

    def refuse_streams(self) -> None:
        """From now on every new stream is answered UNAVAILABLE."""
        self._refusing = True

    def ended(self, stream_id: int, status: GrpcStatus, detail: str) -> None:
        """Sends a stream's trailers."""
        stream = self._streams.pop(stream_id, None)
        if self._send_headers(stream_id, grpc_headers.trailers(status, detail), end=True):
            self._stop_request(stream_id)
        if stream is not None:
            stream.lost(detail or "ended")
        self._note_streams()

    def _headers(self, event: h2.events.Event) -> None:
        if not isinstance(event, h2.events.RequestReceived):
            return  # a request's trailers say nothing in gRPC
        stream_id = event.stream_id or 0
        headers = cast(list[tuple[bytes, bytes]], event.headers or [])
        checked = grpc_headers.check(headers, self._path)
        if self._refusing:
            checked = Rejection(200, GrpcStatus.UNAVAILABLE, "the chaincode is shutting down")
        if isinstance(checked, Rejection):
            self._refuse(stream_id, checked)
            return
        if not self._send_headers(stream_id, grpc_headers.response()):
            return
        stream = H2Stream(self, stream_id, self._limits.max_message_size)
        self._streams[stream_id] = stream
        stream.serve(self._accept(stream), checked.timeout)

    def _refuse(self, stream_id: int, rejection: Rejection) -> None:
        _log.warning("request of %s refused: %s", self.peer, rejection.detail)
        plain = rejection.http_status != _OK  # no gRPC client: it is told in plain text
        if self._send_headers(stream_id, grpc_headers.rejected(rejection), end=not plain):
            if plain:
                stream = H2Stream(self, stream_id, 0)
                self._streams[stream_id] = stream
                stream.refuse(rejection.status, "", f"{rejection.detail}\n".encode())
            else:
                self._stop_request(stream_id)
        self._count_reset()

    def _peer_ended(self, stream_id: int) -> None:
        stream = self._streams.get(stream_id)
        if stream is not None:
            stream.peer_ended()

    def _reset(self, stream_id: int, code: int) -> None:
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            stream.lost(f"{self.peer} reset the stream")
        self._note_streams()
        self._count_reset()

    def _stop_request(self, stream_id: int) -> None:
        # the response is whole: the client need not finish its request (RFC 9113, 8.1)
        self._reset_stream(stream_id, h2.errors.ErrorCodes.NO_ERROR)
