"""One command at a time on a network: a lock that its holder's death releases."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.errors import LockedError


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
