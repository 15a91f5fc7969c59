"""A lock on a file that the system takes away when its holder dies."""

import os
import sys
from pathlib import Path

from weftwork.errors import CheckpointError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held from when it is made until ``release``, or until the process ends in any way."""

    def __init__(self, path: Path, name: str) -> None:
        """``path`` is the lock's own file, ``name`` what an error says is locked.

        Raises CheckpointError where another holds it, in this process or another.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CheckpointError(f"{name}: cannot be locked: {error.strerror}") from None
        try:
            _take(descriptor)
        except OSError:
            os.close(descriptor)
            raise CheckpointError(
                f"{name}: another reader holds it; give each reader a file of its own"
            ) from None
        self._descriptor: int | None = descriptor

    @property
    def held(self) -> bool:
        """Whether it has not been released."""
        return self._descriptor is not None

    def release(self) -> None:
        """Give it back. The file stays: who waits to take it must find the same one."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
