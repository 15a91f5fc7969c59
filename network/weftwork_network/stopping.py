"""A network stopped or deleted from its state alone: a definition that is broken is no obstacle."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.chaincode_servers import node_of_unit
from weftwork_network.container_backend import stop_project
from weftwork_network.disk import refusals_in_words
from weftwork_network.engine import need_engine
from weftwork_network.faults import shown
from weftwork_network.kept import kept_choice
from weftwork_network.lock import locked
from weftwork_network.processes import Processes
from weftwork_network.state import State


def stop_all(state: State) -> list[str]:
    """Stops every node that a state folder knows of; keeps all state.

    Returns:
        The nodes that ran.

    Raises:
        LockedError: another command is at work on the network.
    """
    if not state.folder.exists():
        return []
    with _working(state, "weftwork network down"):
        return _stop(state)


def delete_all(state: State) -> list[str]:
    """Stops every node and deletes the state folder.

    Returns:
        What was deleted, a line each.

    Raises:
        LockedError: another command is at work on the network.
    """
    if not state.folder.exists() or not any(state.folder.iterdir()):
        return []
    with _working(state, "weftwork network clean"):
        _stop(state)
        deleted = contents(state)
        deleted += _delete_volumes(state)
        _delete(state.folder)
    return deleted


def contents(state: State) -> list[str]:
    """What would be lost with a state folder, a line each."""
    ledgers = sorted(
        f"{data.parents[2].name}-{data.parent.name}"
        for data in state.departments.glob("*/nodes/*/data")
        if any(data.iterdir())
    )
    lines: list[str] = []
    if ledgers:
        size = _size(state.departments) / 2**20
        lines.append(f"the ledgers of {', '.join(ledgers)} ({size:.0f} MB)")
    registers = sorted(
        path.parents[2].name for path in state.departments.glob("*/nodes/ca/register")
    )
    if registers:
        lines.append(f"the registers of users of {', '.join(registers)}")
    departments = sorted(path.name for path in state.departments.glob("*"))
    if departments:
        lines.append(f"the keys and certificates of {', '.join(departments)}")
    lines.append(f"{shown(state.folder)} with its packages and logs")
    return lines


@contextmanager
def _working(state: State, command: str) -> Generator[None]:
    with refusals_in_words(state.folder, command), locked(state.lock, command):
        yield


def _delete(folder: Path) -> None:
    """Deletes a folder; one that is a disk of its own, or a link to another, is emptied."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not folder.is_symlink() and not os.path.ismount(folder):
        folder.rmdir()


def _stop(state: State) -> list[str]:
    kept = kept_choice(state)
    if kept is not None and kept.backend == "container":
        return stop_project(need_engine(), kept.project)
    processes = Processes(state)
    processes.adopt_strays()
    recorded = processes.recorded()
    running = {node_of_unit(name) for name in recorded if processes.running(name) is not None}
    processes.stop(recorded)
    for name in recorded:
        if processes.running(name) is None:
            processes.forget(name)  # also what had died: it was stopped in good order now
    return sorted(running)


def _delete_volumes(state: State) -> list[str]:
    kept = kept_choice(state)
    if kept is None or kept.backend != "container":
        return []
    volumes = need_engine().remove_volumes(kept.project)
    return [f"the ledgers in the volumes {', '.join(volumes)}"] if volumes else []


def _size(folder: Path) -> int:
    """Bytes that a folder's files take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
