"""What a state remembers of the choices made at its first start."""

from pathlib import Path
from typing import Literal

import msgspec

from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.state import State, read_json, write_json

BackendName = Literal["process", "container"]
PROJECT_VARIABLE = "COMPOSE_PROJECT_NAME"
BACKENDS: tuple[BackendName, ...] = ("process", "container")


class Kept(msgspec.Struct, frozen=True):
    """What a state remembers.

    Attributes:
        backend: the back end.
        project: the compose project that holds its containers and volumes; empty for processes.
        folder: the state folder, since a copy of it does not copy the volumes.
        ordering: the ordering; empty in a state from before there was a choice.
        fabric: the newest line of Fabric that has opened its ledgers; empty likewise.
        overridden: which of `ordering` and `fabric` were asked for against what network.yaml says.
    """

    backend: BackendName
    project: str = ""
    folder: str = ""
    ordering: str = ""
    fabric: str = ""
    overridden: tuple[str, ...] = ()


def kept_choice(state: State) -> Kept | None:
    """What a state remembers; None when nothing has been started on it.

    Raises:
        NetworkError: the state is a copy of another whose ledgers are in volumes.
    """
    kept = remembered(state)
    if kept is not None and kept.backend == "container" and kept.folder != str(state.folder):
        if Path(kept.folder).exists():
            raise NetworkError(
                f"{shown(state.folder)} is a copy of {kept.folder}, whose ledgers are in the "
                "engine's volumes and were not copied; work there, or delete this copy"
            )
        kept = msgspec.structs.replace(kept, folder=str(state.folder))
        keep(state, kept)
    return kept


def remembered(state: State) -> Kept | None:
    """As `kept_choice`, of a copy as well."""
    kept = read_json(_file(state), Kept)
    if kept is not None:
        return kept
    # The record is broken, or the state is from before there was a choice: what else lies there
    # tells the back end.
    project = _project(state)
    if project:
        return Kept("container", project, str(state.folder))
    return Kept("process") if state.created.exists() or state.run.exists() else None


def keep(state: State, kept: Kept) -> None:
    """Has a state remember the choice."""
    write_json(_file(state), msgspec.to_builtins(kept))


def _project(state: State) -> str:
    """The compose project, as the file beside compose.yaml has it; empty for processes."""
    try:
        text = (state.folder / ".env").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    name, _, project = text.strip().partition("=")
    return project if name == PROJECT_VARIABLE else ""


def _file(state: State) -> Path:
    return state.folder / "backend.json"
