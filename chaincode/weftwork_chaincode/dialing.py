"""A chaincode that calls its peer: one connection, one stream, as a peer-launched program has it.

Source: Fabric's ChaincodeSupport.Register and the Go shim's ``--peer.address``. The address is
dialled for a while, since peer and chaincode may be started together; once the stream is over the
chaincode's process has no more to do, as Go's has not: who started it starts it again.
"""

import asyncio
import logging
import ssl

from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.h2_client import H2ClientConnection
from weftwork_chaincode.h2_connection import is_http2
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.tls import tls_reason
from weftwork_chaincode.transport import Accept, Connection, Receiver

_log = logging.getLogger("weftwork_chaincode")

REGISTER = "/protos.ChaincodeSupport/Register"
"""The method of a peer that a chaincode calls."""

DIAL_SECONDS = 10.0
"""How long a peer that does not answer is tried: that of Go's shim (``dialTimeout``)."""

_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_CLOSE_TIMEOUT = 2.0
# A peer lets nobody ping it more often than once a minute (keepalive.minInterval in core.yaml), and
# cuts off who does; timers are not exact.
_PING_AFTER = 65.0
_GOODBYE_TIMEOUT = 0.5


class PeerDialer:
    """Calls ``/protos.ChaincodeSupport/Register`` of one peer; a transport.Listener's other way.

    Args:
        accept: Called with the stream once it is open.
        host: The peer's, or a Unix socket's path.
        port: None for a Unix socket.
        tls: The client's TLS context, or None for plaintext.
        server_name: The name in the peer's certificate, where it is not ``host``.
        limits: What the peer may ask for.
        dial_seconds: How long to try; None for :data:`DIAL_SECONDS`.
    """

    def __init__(
        self,
        accept: Accept,
        host: str,
        port: int | None,
        tls: ssl.SSLContext | None,
        server_name: str | None = None,
        limits: Limits | None = None,
        dial_seconds: float | None = None,
    ) -> None:
        self._accept = accept
        self._host = host
        self._port = port
        self._tls = tls
        self._server_name = server_name or ("localhost" if port is None else host)
        self._limits = limits or Limits(ping_after=_PING_AFTER)
        self._dial_seconds = DIAL_SECONDS if dial_seconds is None else dial_seconds
        self._connection: H2ClientConnection | None = None
        self._over = _Over()

    @property
    def address(self) -> str:
        """The peer's: ``host:port`` or ``unix:path``."""
        return f"unix:{self._host}" if self._port is None else f"{self._host}:{self._port}"

    async def gone(self) -> str:
        """Waits until the stream is over; why it is."""
        await self._over.event.wait()
        return self._over.reason

    async def start(self) -> None:
        """Connects and opens the stream; ConfigError or OSError says why it cannot."""
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + self._dial_seconds, _PAUSE
        while True:
            try:
                await self._dial(end - loop.time())
                return
            except ssl.SSLError as error:
                raise ConfigError(f"TLS with peer {self.address}: {tls_reason(error)}") from error
            except OSError as error:
                if loop.time() + pause > end:
                    raise
                _log.debug("peer %s does not answer yet: %s", self.address, error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def stop_accepting(self) -> None:
        """Nothing: a peer opens no stream here."""

    async def close(self) -> None:
        """Says GOAWAY and ends the connection."""
        connection = self._connection
        if connection is None:
            return
        connection.shut("the chaincode is shutting down")
        await asyncio.wait([connection.closed], timeout=_CLOSE_TIMEOUT)
        connection.kill()

    async def _dial(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        tls = self._tls
        name = self._server_name if tls is not None else None
        goodbye = _GOODBYE_TIMEOUT if tls is not None else None
        async with asyncio.timeout(max(seconds, _PAUSE)):
            if self._port is None:
                transport, connection = await loop.create_unix_connection(
                    self._make,
                    self._host,
                    ssl=tls,
                    server_hostname=name,
                    ssl_shutdown_timeout=goodbye,
                )
            else:
                transport, connection = await loop.create_connection(
                    self._make,
                    self._host,
                    self._port,
                    ssl=tls,
                    server_hostname=name,
                    ssl_shutdown_timeout=goodbye,
                )
        if not is_http2(transport):
            transport.abort()
            raise ConfigError(f"peer {self.address} does not speak HTTP/2 under TLS")
        self._connection = connection

    def _make(self) -> H2ClientConnection:
        return H2ClientConnection(
            self._receive, REGISTER, self._authority(), self._limits, secure=self._tls is not None
        )

    def _authority(self) -> str:
        return "localhost" if self._port is None else f"{self._server_name}:{self._port}"

    def _receive(self, connection: Connection) -> Receiver:
        return _Watched(self._accept(connection), self._over)


class _Over:
    """Whether the stream is over, and why."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.reason = ""


class _Watched:
    """Tells the dialer, after the engine, that the stream is over."""

    def __init__(self, receiver: Receiver, over: _Over) -> None:
        self._receiver = receiver
        self._over = over
        self.message_received = receiver.message_received

    def connection_lost(self, reason: str) -> None:
        """The stream is over."""
        self._receiver.connection_lost(reason)
        self._over.reason = reason
        self._over.event.set()
