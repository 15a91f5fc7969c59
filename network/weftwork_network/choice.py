"""Which back end a network runs on: chosen at its first start, kept with its state."""

import secrets
from dataclasses import dataclass

from weftwork_network.engine import Engine, find_engine, need_engine
from weftwork_network.errors import ImageError, NetworkError
from weftwork_network.faults import shown
from weftwork_network.image_names import ImageNames
from weftwork_network.images import missing_images
from weftwork_network.kept import BACKENDS, Kept, keep, kept_choice
from weftwork_network.state import State

__all__ = ["BACKENDS", "VARIABLE", "Choice", "choose", "keep", "kept_choice"]

VARIABLE = "BACKEND"
_WORDS = {"process": "processes", "container": "containers"}


@dataclass(frozen=True)
class Choice:
    """The back end of a network.

    Attributes:
        kept: what the state remembers, or is to remember.
        engine: the engine, for containers.
        why: the reason, to be told at the first start.
    """

    kept: Kept
    engine: Engine | None
    why: str

    def __str__(self) -> str:
        words = _WORDS[self.kept.backend]
        if self.engine is not None:
            words += f" on {self.engine}"
        return f"{words} ({self.why})" if self.why else words


def choose(state: State, names: ImageNames, wanted: str | None) -> Choice:
    """The back end for a start.

    Args:
        state: the state, which may remember one.
        names: the images that containers would need.
        wanted: what the user asks for, if anything.

    Raises:
        NetworkError: what is asked for is no back end, or not that of this state.
        EngineError: containers are asked for and no engine answers.
        ImageError: containers are asked for and images are missing.
    """
    if wanted is not None and wanted not in BACKENDS:
        raise NetworkError(f"{VARIABLE}={wanted} is no back end; take {' or '.join(BACKENDS)}")
    kept = kept_choice(state)
    if kept is not None:
        if wanted is not None and wanted != kept.backend:
            raise NetworkError(
                f"the state in {shown(state.folder)} belongs to {_WORDS[kept.backend]}, and "
                f"{VARIABLE}={wanted} was asked for; leave that out, or delete the state with "
                "`weftwork network clean`"
            )
        engine = _ready_engine(names) if kept.backend == "container" else None
        return Choice(kept, engine, "")
    if wanted == "process":
        return Choice(Kept("process"), None, f"{VARIABLE}=process")
    if wanted == "container":
        return _containers(state, _ready_engine(names), f"{VARIABLE}=container")
    found = find_engine()
    if not isinstance(found, Engine):
        return Choice(Kept("process"), None, found)
    if not found.has_compose:
        return Choice(Kept("process"), None, f"{found} answers but no compose program is here")
    missing = missing_images(found, names)
    if missing:
        why = f"{found} answers but lacks {', '.join(missing)}: `weftwork network images`"
        return Choice(Kept("process"), None, why)
    return _containers(state, found, "an engine answers and has the images")


def _containers(state: State, engine: Engine, why: str) -> Choice:
    project = f"weftwork-{secrets.token_hex(4)}"
    return Choice(Kept("container", project, str(state.folder)), engine, why)


def _ready_engine(names: ImageNames) -> Engine:
    engine = need_engine(compose=True)
    missing = missing_images(engine, names)
    if missing:
        raise ImageError(
            f"{engine} lacks {', '.join(missing)}; `weftwork network images` builds or pulls them"
        )
    return engine
