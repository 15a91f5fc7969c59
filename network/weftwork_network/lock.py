"""One command at a time on a network: a lock that its holder's death releases."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.errors import LockedError

try:
    import fcntl
except ImportError as error:
    raise ImportError(
        "the network tool runs on Linux and macOS; on Windows use it inside WSL"
    ) from error


@contextmanager
def locked(path: Path, command: str) -> Generator[None]:
    """Holds the lock for the body.

    Args:
        path: the lock's file; it stays.
        command: who holds it, for the words of whoever comes meanwhile.

    Raises:
        LockedError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            raise LockedError(
                f"{holder or 'another command'} is at work on this network; "
                "wait for it to end or stop it, then try again"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"`{command}` (pid {os.getpid()})\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def taking_turns(path: Path, busy: Callable[[], None]) -> Generator[None]:
    """Waits for the lock, then holds it for the body.

    Args:
        path: the lock's file; it stays.
        busy: called when another process has the lock and this one is about to wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
