"""The disk below the state folder: whether there is room, and what it refuses in words."""

import errno
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.errors import (
    DeployError,
    NetworkError,
    NodeError,
    NotReadyError,
    StateError,
)
from weftwork_network.faults import one_line, shown
from weftwork_network.kept import remembered
from weftwork_network.state import State
from weftwork_network.topology import Node, Topology

MEGABYTE = 2**20
# A Raft orderer's write-ahead log is given this at once, whatever it holds.
ORDERER_PREALLOCATES = 128 * MEGABYTE
# What a node's ledger needs to begin with, and logs.
NODE_NEEDS = 16 * MEGABYTE

_FULL = (errno.ENOSPC, errno.EDQUOT)
# How programs say it, in an answer or in a log: the C library's words, and those of a quota.
_SAID_FULL = ("no space left on device", "disk quota exceeded")
_ALMOST_NOTHING = MEGABYTE


def room_needed(state: State, topology: Topology) -> int:
    """Bytes that the first start of nodes as processes takes."""
    fresh, orderers = _fresh(state, topology)
    return fresh * NODE_NEEDS + orderers * ORDERER_PREALLOCATES


def room_told(state: State, topology: Topology) -> str:
    """What is free below a state folder and what is needed, as a person reads it."""
    free = megabytes(shutil.disk_usage(nearest(state.folder)).free)
    told = f"{free} free, {megabytes(room_needed(state, topology))} needed"
    _, orderers = _fresh(state, topology)
    if orderers:
        told += f" ({orderers} orderers take {megabytes(ORDERER_PREALLOCATES)} each at once)"
    return told


def room_findings(state: State, topology: Topology, starting: Iterable[Node]) -> Iterator[str]:
    """Too little room for nodes that are about to start for the first time as processes."""
    if not any(node.kind in ("peer", "orderer") for node in starting):
        return
    folder = nearest(state.folder)
    if shutil.disk_usage(folder).free < room_needed(state, topology):
        yield (
            f"{shown(folder)}: {room_told(state, topology)}; make room on its disk, "
            "or move the project"
        )


def _fresh(state: State, topology: Topology) -> tuple[int, int]:
    """How many nodes have no ledger yet, and how many of them are Raft's orderers."""
    fresh = [
        node
        for node in (*topology.orderers, *topology.peers)
        if not any(state.data(node).glob("*"))
    ]
    raft = topology.ordering == "raft"
    return len(fresh), sum(1 for node in fresh if node.kind == "orderer" and raft)


@contextmanager
def refusals_in_words(folder: Path, command: str) -> Generator[None]:
    """Turns what the disk refuses the body, or the nodes that it started, into one line.

    Args:
        folder: the state folder.
        command: what to run again.

    Raises:
        StateError: the disk is full, cannot be written, or the folder is not as it must be.
    """
    try:
        yield
    except NetworkError as error:
        if not _may_want_room(error) or not _for_want_of_room(error, folder):
            raise
        node = f"{error.node}: " if isinstance(error, NodeError) else ""
        said = one_line(str(error).removeprefix(node).splitlines()[0])
        raise StateError(f"{node}{said}; disk full? {_room(folder, command)}") from error
    except OSError as error:
        if isinstance(error, TimeoutError | ConnectionError):
            raise
        raise StateError(f"{_place(error, folder)}: {_said(error, folder, command)}") from error


def nearest(folder: Path) -> Path:
    """A folder, or the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def megabytes(size: int) -> str:
    """A size as a person reads it."""
    return f"{size // MEGABYTE} MB"


def _may_want_room(error: NetworkError) -> bool:
    """Whether it is a failure of what runs, which has not been put in words of the disk yet."""
    plain = type(error) is NetworkError
    return plain or isinstance(error, NodeError | DeployError | NotReadyError)


def _for_want_of_room(error: NetworkError, folder: Path) -> bool:
    lines = [str(error), *(error.log if isinstance(error, NodeError) else ())]
    if any(words in line.lower() for line in lines for words in _SAID_FULL):
        return True
    return shutil.disk_usage(nearest(folder)).free < _ALMOST_NOTHING


def _room(folder: Path, command: str) -> str:
    free = megabytes(shutil.disk_usage(nearest(folder)).free)
    kept = remembered(State(folder))
    if kept is not None and kept.backend == "container":
        place = "the container engine's disk (`docker info` says where it is)"
        return f"make room on {place} and run `{command}` again"
    return f"{free} free; make room on the disk of {shown(folder)} and run `{command}` again"


def _place(error: OSError, folder: Path) -> str:
    name = error.filename if isinstance(error.filename, str) else None
    return shown(Path(name)) if name else shown(folder)


def _said(error: OSError, folder: Path, command: str) -> str:
    what = error.strerror or str(error)
    if error.errno in _FULL:
        return f"the disk is full, {_room(folder, command)}"
    if error.errno == errno.EROFS:
        return f"the file system is read-only; remount it writable and run `{command}` again"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{what}; run `{command}` as {_owner(folder)}, who owns {shown(folder)}"
    if error.errno == errno.ENOENT:
        return (
            f"{what}; was {shown(folder)} deleted meanwhile? restore it from a copy, "
            "or begin anew with `weftwork network clean`"
        )
    return (
        f"{what}; restore {shown(folder)} from a copy, or begin anew with `weftwork network clean`"
    )


def _owner(folder: Path) -> str:
    try:
        return nearest(folder).owner()
    except (KeyError, OSError):
        return f"the user with the id {os.stat(nearest(folder)).st_uid}"
