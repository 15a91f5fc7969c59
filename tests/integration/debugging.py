"""A debugger that attaches as an editor's does: the Debug Adapter Protocol over a socket."""

import json
import socket
import time
from pathlib import Path
from typing import Any, Self


class Debugger:
    """Attached to a port, with one breakpoint; goes on by itself where it stops."""

    def __init__(self, port: int, file: Path, line: int) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), 20)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "no debugger can attach"
                time.sleep(0.05)
        self._stream = self._socket.makefile("rwb")
        self._number = 0
        self._ask("initialize", {"adapterID": "tests"})
        self._ask("attach", {"connect": {"host": "127.0.0.1", "port": port}})
        self._until("initialized")
        place = {"source": {"path": str(file)}, "breakpoints": [{"line": line}]}
        self._ask("setBreakpoints", place)
        self._ask("configurationDone", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def stops(self) -> str:
        """Waits until it stops, and goes on; why it had stopped."""
        stopped = self._until("stopped")
        self._ask("continue", {"threadId": stopped["threadId"]})
        return stopped["reason"]

    def _ask(self, command: str, arguments: dict[str, Any]) -> None:
        self._number += 1
        said = {"seq": self._number, "type": "request", "command": command}
        body = json.dumps(said | {"arguments": arguments}).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._stream.flush()

    def _until(self, event: str) -> dict[str, Any]:
        while True:
            message = self._read()
            if message.get("event") == event:
                return message.get("body", {})

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self._stream.read(length))
