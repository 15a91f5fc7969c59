"""A test's end of its watcher: started with the network, told when the network is gone."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from weftwork_network.errors import NetworkError
from weftwork_network.testing.ports import Block
from weftwork_network.testing.watcher import BYE, DONE, READY

_START = 60.0
_GREETING = 10.0
_REMOVAL = 60.0
_PROGRAM = Path(__file__).with_name("watcher.py")


class Watch:
    """Holds a network: when this process ends, or closes it, the watcher knows."""

    def __init__(self, stream: socket.socket, folder: Path, child: int | None = None) -> None:
        self._stream = stream
        self._child = child
        self.folder = folder
        """The network's own folder."""

    @classmethod
    def start(cls, folder: Path, block: Block, listener: socket.socket | None = None) -> "Watch":
        """Starts a watcher, which takes the ports over.

        Args:
            folder: the network's own folder, which is there.
            block: its ports.
            listener: where others join, for a network that is shared.

        Raises:
            NetworkError: it does not start.
        """
        mine, its = socket.socketpair()
        passed = [its, *block.guards, *([listener] if listener else [])]
        asked = {
            "folder": str(folder),
            "pid": os.getpid(),
            "owner": its.fileno(),
            "listener": listener.fileno() if listener else None,
            "path": sys.path,
        }
        try:
            process = subprocess.Popen(
                # Not this file's folder first on the path (-P).
                [sys.executable, "-P", str(_PROGRAM), json.dumps(asked)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=[each.fileno() for each in passed],
                # Apart from this process's terminal and group: what ends those must not end it.
                start_new_session=True,
            )
        except BaseException:
            mine.close()
            raise
        finally:
            for each in passed:
                each.close()
        # It outlives this process where that is killed: Python is not to complain of it.
        process.returncode = 0
        watch = cls(mine, folder, process.pid)
        watch._await_ready()
        return watch

    @classmethod
    def join(cls, address: Path) -> "Watch | None":
        """Joins the users of a shared network; None when there is none."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            stream.settimeout(_GREETING)
            stream.connect(str(address))
            with stream.makefile("rb") as file:
                greeting = file.readline()
            return cls(stream, Path(json.loads(greeting)["folder"]))
        except (OSError, ValueError):
            stream.close()
            return None

    def _await_ready(self) -> None:
        """Nothing is started before somebody watches over it."""
        self._stream.settimeout(_START)
        try:
            ready = self._stream.recv(1) == READY
        except OSError:
            ready = False
        if not ready:
            self._stream.close()
            raise NetworkError(f"{sys.executable} cannot run the watcher of a test network")
        self._stream.settimeout(None)

    def done(self) -> None:
        """Tells the watcher that the network is gone already."""
        with contextlib.suppress(OSError):
            self._stream.sendall(DONE)
        self._stream.close()
        self._collect()

    def leave(self) -> None:
        """Leaves a shared network; the last to leave waits until it is gone."""
        with contextlib.suppress(OSError):
            self._stream.settimeout(_REMOVAL)
            self._stream.sendall(BYE)
            if not self._stream.recv(1):
                self._collect()
        self._stream.close()

    def _collect(self) -> None:
        """Waits for a watcher that is ending, where it is this process's child."""
        if self._child is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._child, 0)


def listen(address: Path) -> socket.socket:
    """Where others join a network that is about to be started."""
    address.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(address))
    listener.listen(64)
    return listener
