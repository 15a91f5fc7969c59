"""A way to a server that can fall silent: connections stay open, and nothing comes or goes."""

import contextlib
import socket
import threading
from dataclasses import replace

from weftwork.profile import Endpoint


class Relay:
    """Passes bytes on between clients and a server on loopback, until it is frozen."""

    def __init__(self, to: Endpoint) -> None:
        self._to = to
        self._going = threading.Event()
        self._going.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> Endpoint:
        """The server by this way."""
        return replace(self._to, port=self._listener.getsockname()[1])

    def freeze(self) -> None:
        """From now on nothing passes; nobody is told."""
        self._going.clear()

    def thaw(self) -> None:
        """What was held goes on."""
        self._going.set()

    def close(self) -> None:
        """End all connections."""
        self._going.set()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to.port))
                self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._going.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
