"""One command at a time on a network: a lock that its holder's death releases."""

import contextlib
import os
import re
import time
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


# Seconds for which children of a holder that was killed may still have its lock.
_LEFTOVER = 5.0
_PID = re.compile(r"\(pid (\d+)\)")


@contextmanager
def locked(path: Path, command: str) -> Generator[None]:
    """Holds the lock for the body.

    Args:
        path: the lock's file; it stays.
        command: who holds it, for the words of whoever comes meanwhile.

    Raises:
        LockedError: another process holds it.
    """
    made = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _taken(path)
    try:
        _name_holder(handle, f"`{command}` (pid {os.getpid()})\n")
        yield
    finally:
        os.ftruncate(handle, 0)
        if made:
            _leave_nothing(path)
        os.close(handle)


def _taken(path: Path) -> int:
    """The open file of a lock that is held now, and that still is the lock."""
    until = time.monotonic() + _LEFTOVER
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, path):
                return handle
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            os.close(handle)
            if _is_dead(holder) and time.monotonic() < until:
                # A child that it was about to start has the lock until it is another program.
                time.sleep(0.01)
                continue
            raise LockedError(
                f"{holder or 'another command'} is at work on this network; "
                "wait for it to end or stop it, then try again"
            ) from None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its holder has taken it away meanwhile, with the folder


def _is_dead(holder: str) -> bool:
    named = _PID.search(holder)
    if named is None:
        return False
    try:
        os.kill(int(named[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's
    return False


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(handle))


def _name_holder(handle: int, holder: str) -> None:
    os.ftruncate(handle, 0)
    with contextlib.suppress(OSError):  # on a disk that is full the lock is held without a name
        os.pwrite(handle, holder.encode(), 0)


def _leave_nothing(path: Path) -> None:
    """Takes away a folder that was made for the lock, when nothing else has come into it."""
    with contextlib.suppress(OSError):
        if os.listdir(path.parent) == [path.name] and not path.is_symlink():
            path.unlink()
            path.parent.rmdir()


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
