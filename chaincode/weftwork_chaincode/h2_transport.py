"""The listener of the `h2` transport: accepts connections, does TLS, and says why it refuses."""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from typing import cast

from weftwork_chaincode.h2_connection import is_http2
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_server import H2ServerConnection
from weftwork_chaincode.tls import tls_reason
from weftwork_chaincode.transport import Accept

_log = logging.getLogger("weftwork_chaincode")

CONNECT = "/protos.Chaincode/Connect"
"""The one method a chaincode server has."""

_CLOSE_TIMEOUT = 2.0
_GOODBYE_TIMEOUT = 0.5  # after GOAWAY: not every client answers TLS's close_notify
_BACKLOG = 128
_OWNER_ALONE = 0o600


class H2Listener:
    """Serves ``/protos.Chaincode/Connect`` over HTTP/2 on one address.

    Args:
        accept: Called for each stream.
        host: The address to bind.
        port: The port to bind; 0 lets the system choose. None: ``host`` is a Unix socket's path.
        tls: The server's TLS context, or None to serve plaintext.
        limits: What a connection may ask for.
    """

    def __init__(
        self,
        accept: Accept,
        host: str,
        port: int | None,
        tls: ssl.SSLContext | None,
        limits: Limits | None = None,
    ) -> None:
        self._accept = accept
        self._host = host
        self._port = port
        self._tls = tls
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: set[H2ServerConnection] = set()
        self._opening: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """``host:port`` as bound, or ``unix:path``."""
        return f"unix:{self._host}" if self._port is None else f"{self._host}:{self._port}"

    async def start(self) -> None:
        """Binds and begins to accept."""
        tls = self._tls
        make = self._plain if tls is None else lambda: _TlsGate(self._open_tls, tls)
        loop = asyncio.get_running_loop()
        if self._port is None:
            # A socket that a killed process left behind is in nobody's way: it is replaced.
            self._server = await loop.create_unix_server(make, self._host, backlog=_BACKLOG)
            os.chmod(self._host, _OWNER_ALONE)
            return
        self._server = await loop.create_server(make, self._host, self._port, backlog=_BACKLOG)
        self._port = cast(int, self._server.sockets[0].getsockname()[1])

    def stop_accepting(self) -> None:
        """Closes the listening socket; new streams on old connections are refused."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.refuse_streams()

    async def close(self) -> None:
        """Says GOAWAY everywhere and waits until the connections are gone."""
        self.stop_accepting()
        for task in list(self._opening):
            task.cancel()
        connections = list(self._connections)
        for connection in connections:
            connection.shut()
        if connections:
            waiting = [connection.closed for connection in connections]
            await asyncio.wait(waiting, timeout=_CLOSE_TIMEOUT)
        for connection in list(self._connections):
            connection.kill()

    def _plain(self) -> asyncio.Protocol:
        return _Refused() if self._is_full() else self._connection()

    def _is_full(self) -> bool:
        if len(self._connections) < self._limits.max_connections:
            return False
        _log.warning("connection refused: there are %d already", len(self._connections))
        return True

    def _connection(self) -> H2ServerConnection:
        connection = H2ServerConnection(self._accept, CONNECT, self._limits)
        self._connections.add(connection)
        connection.closed.add_done_callback(lambda _: self._connections.discard(connection))
        return connection

    def _open_tls(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        if self._is_full():
            transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._handshake(transport, tls))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _handshake(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        peername = transport.get_extra_info("peername")
        connection = self._connection()
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                connection,
                tls,
                server_side=True,
                ssl_handshake_timeout=self._limits.handshake,
                ssl_shutdown_timeout=_GOODBYE_TIMEOUT,
            )
        except (OSError, asyncio.CancelledError) as error:
            if not isinstance(error, ConnectionError):
                _log.warning("TLS with %s failed: %s", peername, tls_reason(error))
            transport.abort()
            self._connections.discard(connection)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        if secure is None or not is_http2(secure):
            _log.warning("connection of %s closed: TLS without HTTP/2", peername)
            transport.abort()
            self._connections.discard(connection)
            return
        connection.connection_made(secure)


class _Refused(asyncio.Protocol):
    """Hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hangs up at once."""
        cast(asyncio.Transport, transport).abort()


_Opened = Callable[[asyncio.Transport, ssl.SSLContext], None]


class _TlsGate(asyncio.Protocol):
    """Stands at a fresh socket until TLS takes over, so that a failed handshake can be logged."""

    def __init__(self, opened: _Opened, tls: ssl.SSLContext) -> None:
        self._opened = opened
        self._tls = tls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hands the socket to TLS before anything is read from it."""
        self._opened(cast(asyncio.Transport, transport), self._tls)
