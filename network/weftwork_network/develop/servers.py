"""Development servers: a process for each chaincode node, warm before there is code to serve."""

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from weftwork_network.topology import Node

_COMMAND = (sys.executable, "-m", "weftwork_chaincode.develop")


@dataclass(frozen=True)
class Report:
    """What a server told, or what became of it.

    Attributes:
        server: which.
        fields: what it told; empty for a line of its log, or for its end.
        line: a line that it logged or printed.
    """

    server: "DevelopmentServer"
    fields: Mapping[str, Any]
    line: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.line is None and not self.fields


class DevelopmentServer:
    """One process of `weftwork_chaincode.develop`, which ends with its owner.

    Args:
        node: the chaincode node whose part it takes.
        folder: the node's folder, where sockets are named from.
        environment: its environment.
        log: the node's log, which it adds to.
        reports: takes all that it tells.
    """

    def __init__(
        self,
        node: Node,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        reports: "queue.Queue[Report]",
    ) -> None:
        self.node = node
        self.loaded = False
        self.serves = False
        self._log = log
        self._reports = reports
        self._process = subprocess.Popen(
            _COMMAND,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for its owner, who ends it
        )
        threads = [
            threading.Thread(target=self._relay_reports, daemon=True),
            threading.Thread(target=self._relay_lines, daemon=True),
        ]
        for thread in threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def order(
        self, config: Path, folder: Path, sockets: Sequence[tuple[str, str, str]], debug: int | None
    ) -> None:
        """Has it load code: `loaded` or `failed` follows.

        Args:
            config: its configuration file.
            folder: where the code is imported from.
            sockets: where each is bound, the place it takes, where what was there is kept.
            debug: the port where a debugger is waited for.
        """
        self._tell(config=str(config), folder=str(folder), sockets=sockets, debug=debug)

    def serve(self) -> None:
        """Has it take its sockets' places: `serves` follows."""
        self._tell(serve=True)

    def end(self) -> None:
        """Has it end: what it took the place of is put back, transactions under way end first."""
        with contextlib.suppress(OSError):
            _input(self._process).close()

    def wait(self, timeout: float) -> None:
        """Waits until it has ended; kills it after a time, in seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()

    def _tell(self, **fields: object) -> None:
        stream = _input(self._process)
        with contextlib.suppress(OSError):  # it is gone, which is reported
            stream.write(msgspec.json.encode(fields) + b"\n")
            stream.flush()

    def _relay_reports(self) -> None:
        for line in _stream(self._process.stdout):
            self._reports.put(Report(self, msgspec.json.decode(line)))
        self._process.wait()
        self._reports.put(Report(self, {}))

    def _relay_lines(self) -> None:
        for line in _stream(self._process.stderr):
            with contextlib.suppress(OSError), self._log.open("ab") as log:
                log.write(line)
            self._reports.put(Report(self, {}, line.decode(errors="replace").rstrip("\n")))


def _input(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    return _stream(process.stdin)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the process was started without its pipes")
    return stream
