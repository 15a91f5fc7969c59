"""A small HTTPS server in a Fabric CA's place: it keeps what it was asked, answers as told."""

import json
import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.unit.client.people import server_tls


@dataclass
class Asked:
    method: str
    uri: str
    authorization: str
    body: bytes

    @property
    def values(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class FakeCa:
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    content: bytes = b""
    answering: Callable[[Asked], dict[str, Any]] | None = None
    port: int = 0

    def answers(self, result: object) -> None:
        self.status = 200
        self.content = json.dumps(
            {"result": result, "errors": [], "messages": [], "success": True}
        ).encode()

    def refuses(self, status: int, *problems: tuple[int, str]) -> None:
        self.status = status
        errors = [{"code": code, "message": message} for code, message in problems]
        self.content = json.dumps({"result": "", "errors": errors, "success": False}).encode()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(
                    self.command, self.path, self.headers.get("Authorization") or "", body
                )
                fake.asked.append(asked)
                if fake.answering:
                    fake.answers(fake.answering(asked))
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(fake.content)))
                self.end_headers()
                self.wfile.write(fake.content)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            pair = Path(folder) / "pair.pem"
            pair.write_bytes(server_tls().certificate + server_tls().key)
            context.load_cert_chain(pair)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
