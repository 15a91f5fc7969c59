"""Which packages are under development now: their sockets are a development server's.

A claim is a locked file, so that it ends with its holder, however that ends. As long as it holds,
the approved code of the package listens beside its socket instead of on it.
"""

import fcntl
import json
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.errors import LockedError
from weftwork_network.state import State

_ENDING = ".dev"
SPARE = ".approved"
"""What the name of the socket ends in where the approved code listens meanwhile."""


class Claim:
    """The claim of one development on packages of a chaincode."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def hold(self, package_ids: Iterable[str]) -> None:
        """Says which packages it is of from now on."""
        content = json.dumps(sorted(package_ids)).encode()
        os.pwrite(self._handle, content, 0)
        os.ftruncate(self._handle, len(content))


@contextmanager
def claimed(state: State, name: str) -> Generator[Claim]:
    """Claims a chaincode for the body.

    Raises:
        LockedError: it is claimed already.
    """
    state.run.mkdir(parents=True, exist_ok=True)
    file = state.run / f"{name}{_ENDING}"
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"{name} is under development by another command already") from None
        os.ftruncate(handle, 0)
        yield Claim(handle)
        file.unlink(missing_ok=True)
    finally:
        os.close(handle)


def claimed_packages(state: State) -> frozenset[str]:
    """The ids of the packages that are under development."""
    found: set[str] = set()
    for file in state.run.glob(f"*{_ENDING}"):
        found |= _held(file)
    return frozenset(found)


def _held(file: Path) -> set[str]:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return set()
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        content = os.pread(handle, 2**20, 0)
        return set(json.loads(content)) if content else set()
    finally:
        os.close(handle)
    return set()  # its holder is gone
