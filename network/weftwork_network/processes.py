"""Processes of the network: started apart from the terminal, recorded, stopped within a bound.

A record holds pid, birth and command, so a stale record or a reused pid never leads to a signal
for somebody else. A process becomes its node only after it is recorded: should this program be
killed in between, the process ends by itself and nothing runs that nobody knows of. Every process
also carries a mark in its environment, which finds it again should its record be lost.
"""

import errno
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from weftwork_network import procfs
from weftwork_network.errors import NodeError
from weftwork_network.state import State, read_json, write_file, write_json

MARK = "WEFTWORK_NETWORK_NODE"
LOG_TAIL = 12
POLL = 0.02

# Waits for the word that it is recorded, then is the node, with the same pid and birth. Whoever
# was to give the word may die: then there is no line to read.
_ONCE_RECORDED = ("/bin/sh", "-c", 'read -r word && exec "$@" </dev/null', "sh")
_WORD = b"recorded\n"

# Started by this very process: they are its children, and somebody must collect them.
_children: dict[int, subprocess.Popen[bytes]] = {}


class Record(msgspec.Struct, frozen=True):
    """A process that was started for a node.

    Attributes:
        node: the node's name in the network.
        pid: its pid.
        birth: what tells it from another process with this pid.
        command: what was started.
        started: when, in seconds since the epoch.
    """

    node: str
    pid: int
    birth: str
    command: tuple[str, ...]
    started: float

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        _collect(self.pid)
        return procfs.is_running(self.pid, self.birth)


class Processes:
    """The processes of one state folder."""

    def __init__(self, state: State) -> None:
        self._state = state

    def record(self, node: str) -> Record | None:
        """What was recorded of a node, running or not."""
        return read_json(self._file(node), Record)

    def running(self, node: str) -> Record | None:
        """The node's process, when it runs."""
        record = self.record(node)
        return record if record is not None and record.running else None

    def recorded(self) -> list[str]:
        """The nodes that a record exists for."""
        return sorted(path.stem for path in self._state.run.glob("*.json"))

    def start(
        self,
        node: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        *,
        new_log: bool = True,
    ) -> Record:
        """Starts a node's process in a session of its own and records it.

        The log begins anew, unless others write it too; that of the run before stays beside it.

        Raises:
            NodeError: the program cannot be started.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        if new_log and log.exists():
            log.replace(previous_log(log))
        words = tuple(str(word) for word in command)
        heard, word = map(os.fdopen, os.pipe(), ("rb", "wb"), (0, 0))
        with heard, word, log.open("ab") as output:
            try:
                _need_program(words[0], environment.get("PATH"))
                process = subprocess.Popen(
                    [*_ONCE_RECORDED, *words],
                    env={**environment, MARK: self._mark(node)},
                    cwd=folder,
                    stdin=heard,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise NodeError(node, f"cannot start {words[0]}: {error.strerror}") from error
            _children[process.pid] = process
            try:
                record = self._remember(node, process.pid, words)
            except BaseException:
                process.kill()
                process.wait()
                raise
            word.write(_WORD)
        return record

    def stop(self, nodes: Iterable[str], timeout: float = 15.0) -> list[str]:
        """Ends processes: asks all of them first, kills those that have not ended in time.

        Args:
            nodes: the nodes to stop; those that do not run are passed over.
            timeout: seconds before the kill.

        Returns:
            The nodes that had to be killed.
        """
        left = [record for node in nodes if (record := self.running(node)) is not None]
        stopping = list(left)
        for record in left:
            procfs.send_signal(record.pid, record.birth, signal.SIGTERM)
        left = _wait(left, timeout)
        killed = [record.node for record in left]
        for record in left:
            procfs.send_signal(record.pid, record.birth, signal.SIGKILL)
        _wait(left, 5.0)
        for record in stopping:
            if not record.running:
                self.forget(record.node)
        return killed

    def kill(self, node: str) -> None:
        """Kills a node's process at once, as a crash would; its record stays, as after a crash."""
        record = self.running(node)
        if record is not None:
            procfs.send_signal(record.pid, record.birth, signal.SIGKILL)
            _wait([record], 5.0)

    def forget(self, node: str) -> None:
        """Drops a node's record."""
        self._file(node).unlink(missing_ok=True)

    def adopt_strays(self) -> list[str]:
        """Records processes of this network that run without a record.

        Returns:
            The nodes found.
        """
        token = self._known_token()
        if token is None:
            return []  # nothing was ever started here
        found: list[str] = []
        for pid, mark in procfs.marked_processes(MARK):
            owner, _, node = mark.partition("/")
            # Not a child that inherited the mark: a node leads its own session.
            if owner == token and self.running(node) is None and _leads_session(pid):
                self._remember(node, pid, ("found",))
                found.append(node)
        return found

    def _remember(self, node: str, pid: int, command: tuple[str, ...]) -> Record:
        born = procfs.birth(pid) or ""
        record = Record(node, pid, born, command, time.time())
        write_json(self._file(node), msgspec.to_builtins(record))
        return record

    def _file(self, node: str) -> Path:
        return self._state.run / f"{node}.json"

    def _token(self) -> str:
        """Tells this state folder's processes from those of a copy of it."""
        token = self._known_token()
        if token is None:
            token = secrets.token_hex(16)
            write_file(self._state.run / "token", f"{token}\n{self._state.folder}\n")
        return token

    def _known_token(self) -> str | None:
        try:
            text = (self._state.run / "token").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        token, _, folder = text.partition("\n")
        return token if token and folder.strip() == str(self._state.folder) else None

    def _mark(self, node: str) -> str:
        return f"{self._token()}/{node}"


def previous_log(log: Path) -> Path:
    """Where the log of the run before lies."""
    return log.with_name(f"{log.name}.1")


def telling_lines(log: Path, lines: int = LOG_TAIL) -> list[str]:
    """The last lines of a log, up to the first of a final panic: what follows that is a stack."""
    return telling(last_lines(log, 400), lines)


def telling(found: Sequence[str], lines: int = LOG_TAIL) -> list[str]:
    """The last of a log's lines, up to the first of a final panic."""
    for at, line in enumerate(found):
        if line.startswith(("panic:", "fatal error:")):
            found = found[: at + 1]
            break
    return list(found[-lines:])


def last_lines(log: Path, lines: int) -> list[str]:
    """The last lines of a log, without terminal colours; none when there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - lines * 1024, 0))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return plain(text.splitlines())[-lines:] if lines else []


def plain(lines: Iterable[str]) -> list[str]:
    """Lines without terminal colours, empty ones left out."""
    return [_plain(line) for line in lines if line.strip()]


def _plain(line: str) -> str:
    parts = line.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def _need_program(program: str, path: str | None) -> None:
    """Raises OSError where a program cannot be started: the shell would only say so in the log."""
    if shutil.which(program, path=path) is None:
        number = errno.EACCES if Path(program).exists() else errno.ENOENT
        raise OSError(number, os.strerror(number))


def _collect(pid: int) -> None:
    """Lets a child that has ended go; until then it would look like a process."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]


def _wait(records: Sequence[Record], timeout: float) -> list[Record]:
    """Waits for processes to end; returns those that have not."""
    deadline = time.monotonic() + timeout
    left = [record for record in records if record.running]
    while left and time.monotonic() < deadline:
        time.sleep(POLL)
        left = [record for record in left if record.running]
    return left


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except OSError:
        return False
