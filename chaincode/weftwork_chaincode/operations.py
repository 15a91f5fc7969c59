"""A chaincode server's operations endpoint: `/metrics`, `/healthz`, `/version`, under TLS.

The pages and their forms are those of Fabric's own nodes, so that one Prometheus configuration
reads all of them. A request is a line and its headers; nothing else is read, nothing is changed.
"""

import asyncio
import contextlib
import datetime
import json
import logging
import ssl
from collections.abc import Callable, Container
from http import HTTPStatus

_log = logging.getLogger("weftwork_chaincode")

_MAX_HEAD = 16 * 1024
_MAX_CONNECTIONS = 32
# A request must be whole soon; a connection may lie idle between two scrapes.
_REQUEST_SECONDS = 10.0
_IDLE_SECONDS = 120.0
_CLOSE_SECONDS = 1.0
_JSON = "application/json"

Page = Callable[[], tuple[HTTPStatus, str, bytes]]
"""Answers a request: status, content type, content."""


class OperationsEndpoint:
    """An HTTP/1.1 server of a few pages, on the event loop of the chaincodes."""

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        pages: dict[str, Page],
        guarded: Container[str] = (),
    ) -> None:
        """An endpoint.

        Args:
            host: where it listens.
            port: 0 for any that is free.
            tls: None for plaintext.
            pages: by path.
            guarded: paths that only a caller with a certificate may ask for.
        """
        self._host, self._port, self._tls = host, port, tls
        self._pages = pages
        self._guarded = guarded
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    @property
    def address(self) -> str:
        """``host:port`` as bound."""
        port = self._server.sockets[0].getsockname()[1] if self._server else self._port
        return f"{self._host}:{port}"

    async def start(self) -> None:
        """Binds; raises OSError where the address cannot be bound."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, ssl=self._tls, limit=_MAX_HEAD
        )

    async def close(self) -> None:
        """Ends every connection and releases the address."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._open:
            writer.close()  # which ends what waits for a request there
        answering = [task for task in self._open.values() if task is not None]
        if answering:
            await asyncio.wait(answering, timeout=_CLOSE_SECONDS)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _MAX_CONNECTIONS:
            writer.close()
            return
        self._open[writer] = asyncio.current_task()
        try:
            while not writer.is_closing() and await self._answer(reader, writer):
                pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever called is gone, too slow or speaks something else
        finally:
            del self._open[writer]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether another may follow on the connection."""
        async with asyncio.timeout(_IDLE_SECONDS):
            first = await reader.readexactly(1)
        if not first.isalpha():
            return False
        async with asyncio.timeout(_REQUEST_SECONDS):
            head = first + await reader.readuntil(b"\r\n\r\n")
        request, *headers = head.decode("latin-1").split("\r\n")
        words = request.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return False
        method, target, version = words
        known = bool(writer.get_extra_info("peercert"))
        content = self._content(method, target.partition("?")[0], known=known)
        fields = {name.strip().lower(): value.strip() for name, _, value in _fields(headers)}
        # What a body says is not read, so that nothing after it can be taken for a request.
        more = version != "HTTP/1.0" and fields.get("connection", "").lower() != "close"
        more = more and not {"content-length", "transfer-encoding"} & fields.keys()
        status, kind, body = content
        writer.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: {'keep-alive' if more else 'close'}"
            "\r\n\r\n".encode()
        )
        if method != "HEAD":
            writer.write(body)
        async with asyncio.timeout(_REQUEST_SECONDS):
            await writer.drain()
        return more

    def _content(self, method: str, path: str, *, known: bool) -> tuple[HTTPStatus, str, bytes]:
        page = self._pages.get(path)
        if page is None:
            return _refused(HTTPStatus.NOT_FOUND, f"no {path[:64]} here")
        if path in self._guarded and not known:
            return _refused(HTTPStatus.UNAUTHORIZED, "show a certificate of the operations CA")
        if method not in ("GET", "HEAD"):
            return _refused(HTTPStatus.METHOD_NOT_ALLOWED, "read only")
        try:
            return page()
        except Exception as error:  # a page that fails must not end the chaincodes' server
            _log.exception("operations endpoint: %s", path[:64])
            return _refused(HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__)


def health_page(failed: Callable[[], dict[str, str]]) -> Page:
    """`/healthz` in the form of Fabric's.

    Args:
        failed: what is not well, why by what.
    """

    def page() -> tuple[HTTPStatus, str, bytes]:
        found = failed()
        status = HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK
        told: dict[str, object] = {
            "status": "Service Unavailable" if found else "OK",
            "time": datetime.datetime.now(datetime.UTC).isoformat(),
        }
        if found:
            told["failed_checks"] = [
                {"component": component, "reason": reason} for component, reason in found.items()
            ]
        return status, _JSON, json.dumps(told).encode()

    return page


def json_page(content: dict[str, object]) -> Page:
    """A page that stays as it is."""
    return lambda: (HTTPStatus.OK, _JSON, json.dumps(content).encode())


def _fields(headers: list[str]) -> list[tuple[str, str, str]]:
    return [header.partition(":") for header in headers if header]


def _refused(status: HTTPStatus, reason: str) -> tuple[HTTPStatus, str, bytes]:
    return status, _JSON, json.dumps({"error": reason}).encode()
