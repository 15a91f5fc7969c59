"""Outlives the tests of a network and removes it when they end without having done so.

A program of its own, started by file: until there is something to remove it imports nothing but
Python itself, so that it costs a few megabytes. Its first argument says, as JSON, what to watch.

Whoever uses the network holds one end of a stream. The end of a stream is the end of its user,
however that came about; the end of the last is the end of the network. On Linux the process is
watched too: a stream may have been inherited by a child that outlives it.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

# What is said on a stream.
READY = b"R"  # to its starter: from here on it watches
DONE = b"D"  # from its starter: nothing is left to remove
BYE = b"B"  # from any user of a shared network
OTHERS = b"O"  # the answer to BYE when others still use it

# Seconds between attempts at a removal: an engine may be away for some minutes, and what is left
# when it comes back it would start again.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, *(60.0,) * 10)


class Watcher:
    """Watches the users of one network."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._folder = Path(asked["folder"])
        self._path: list[str] = asked["path"]
        self._greeting = json.dumps({"folder": asked["folder"]}).encode() + b"\n"
        self._selector = selectors.DefaultSelector()
        self._users: set[socket.socket] = set()
        self._processes: dict[int, socket.socket] = {}
        self._listener: socket.socket | None = None
        self._name = ""
        if asked["listener"] is not None:
            self._listener = socket.socket(fileno=asked["listener"])
            self._name = self._listener.getsockname()
            self._selector.register(self._listener, selectors.EVENT_READ)
        owner = socket.socket(fileno=asked["owner"])
        self._add(owner, asked["pid"])
        with contextlib.suppress(OSError):
            owner.sendall(READY)

    def run(self) -> None:
        """Returns when the network is gone."""
        while self._users:
            for key, _ in self._selector.select():
                self._look(key.fileobj)
        self._remove()

    def _look(self, ready: Any) -> None:
        if ready is self._listener:
            user, _ = ready.accept()
            with contextlib.suppress(OSError):
                user.sendall(self._greeting)
            self._add(user, _peer(user))
        elif isinstance(ready, int):
            self._ended(self._processes.get(ready))
        elif ready in self._users:
            try:
                said = ready.recv(1)
            except OSError:
                said = b""
            if said == DONE:
                self._close_listener()
                sys.exit()
            if said == BYE and len(self._users) > 1:
                with contextlib.suppress(OSError):
                    ready.sendall(OTHERS)
                self._ended(ready)
            elif said == BYE:
                # It waits for the end of its stream, which comes with that of this program.
                self._users.clear()
            else:
                self._ended(ready)

    def _add(self, user: socket.socket, pid: int | None) -> None:
        self._users.add(user)
        self._selector.register(user, selectors.EVENT_READ)
        if pid is None or sys.platform != "linux":
            return
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._ended(user)
        except OSError:
            pass  # a kernel before 5.3: the stream alone tells
        else:
            self._processes[handle] = user
            self._selector.register(handle, selectors.EVENT_READ)

    def _ended(self, user: socket.socket | None) -> None:
        if user is None:
            return
        for handle in [each for each, its in self._processes.items() if its is user]:
            self._selector.unregister(handle)
            del self._processes[handle]
            os.close(handle)
        if user in self._users:
            self._users.discard(user)
            self._selector.unregister(user)
            user.close()

    def _close_listener(self) -> None:
        """Nobody joins from here on; who is about to is told by the end of the stream."""
        if self._listener is not None:
            Path(self._name).unlink(missing_ok=True)
            self._listener.close()
            self._listener = None

    def _remove(self) -> None:
        self._close_listener()
        sys.path[:] = self._path
        from weftwork_network.testing.removal import remove_network

        for pause in (*_PAUSES, None):
            try:
                remove_network(self._folder)
                return
            except Exception:
                if pause is None:
                    raise
                time.sleep(pause)


def _peer(user: socket.socket) -> int | None:
    """Who is at the other end, where the system tells."""
    if sys.platform != "linux":
        return None
    told = user.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(told[:4], sys.byteorder)


def main() -> None:
    """The program."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Whoever ends the tests with these ends them; this is what cleans up after that.
        signal.signal(number, signal.SIG_IGN)
    asked = json.loads(sys.argv[1])
    try:
        Watcher(asked).run()
    except Exception:
        told = traceback.format_exc()
        with contextlib.suppress(OSError):
            Path(asked["folder"], "watcher.log").write_text(told)
        sys.exit(1)


if __name__ == "__main__":
    main()
