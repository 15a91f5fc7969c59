"""A test network removed, whole or half made: by its test, or by whoever outlives it."""

import contextlib
import itertools
import shutil
import signal
import sys
import time
from pathlib import Path

from weftwork_network import procfs
from weftwork_network.choice import kept_choice
from weftwork_network.engine import Engine, need_engine
from weftwork_network.errors import EngineError
from weftwork_network.processes import Processes
from weftwork_network.project import STATE
from weftwork_network.state import State

_SETTLED = 2.0
_POLL = 0.25


def remove_network(folder: Path, *, keep: bool = False) -> None:
    """Ends every node of a test network at once and deletes what it left.

    Args:
        folder: the network's own folder.
        keep: leave the folder, with its logs and keys and without the ledgers.

    Raises:
        EngineError: the nodes are containers and no engine answers.
    """
    state = State(folder / STATE)
    kept = kept_choice(state)
    if kept is not None and kept.backend == "container":
        engine = need_engine()
        if keep:
            _save_logs(engine, kept.project, state)
        _remove_containers(engine, kept.project)
    _end_processes(state)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for data in state.departments.glob("*/nodes/*/data"):
        shutil.rmtree(data, ignore_errors=True)


def _end_processes(state: State) -> None:
    """Kills: what a test network knows is not wanted any longer."""
    if not state.run.exists():
        return
    processes = Processes(state)
    processes.adopt_strays()
    processes.stop(processes.recorded(), timeout=0.0)


def _remove_containers(engine: Engine, project: str) -> None:
    """Removes a project until nothing new of it turns up: its compose may still be at work."""
    busy = _end_compose(project)
    # Killed first and only then removed: a busy engine that does both at once may go on counting
    # a container in its network, and then does not remove that.
    if running := [each.name for each in engine.containers(project) if each.running]:
        with contextlib.suppress(EngineError):  # one of them ended by itself meanwhile
            engine.run("container", "kill", *running)
    engine.remove_project(project)
    engine.remove_volumes(project)
    if not busy and sys.platform == "linux":
        return
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < _SETTLED:
        time.sleep(_POLL)
        if engine.containers(project):
            engine.remove_project(project)
            quiet_since = time.monotonic()
    engine.remove_project(project)
    engine.remove_volumes(project)


def _end_compose(project: str) -> bool:
    """Ends compose programs that work on a project; gives whether there were any.

    They have outlived the test that started them, and would go on creating containers.
    """
    found = False
    for pid, words in procfs.commands():
        if ("--project-name", project) in itertools.pairwise(words):
            born = procfs.birth(pid)
            if born is not None:
                found |= procfs.send_signal(pid, born, signal.SIGKILL)
    return found


def _save_logs(engine: Engine, project: str, state: State) -> None:
    state.logs.mkdir(parents=True, exist_ok=True)
    for container in engine.containers(project):
        name = container.name.removeprefix(f"{project}-")
        with contextlib.suppress(Exception):
            (state.logs / f"{name}.log").write_text(engine.logs(container.name), encoding="utf-8")
