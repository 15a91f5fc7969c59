"""Which ordering and which line of Fabric a network runs.

What is asked for at the first start goes before what network.yaml says; from then on the state
remembers it. A ledger keeps its ordering for good; its Fabric may only become newer.
"""

from dataclasses import dataclass
from typing import cast

import msgspec

from weftwork_network.definition import ORDERINGS, Definition, Fabric, Ordering
from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.kept import Kept
from weftwork_network.state import State

ORDERING_VARIABLE = "ORDERING"
FABRIC_VARIABLE = "FABRIC"

FABRICS: tuple[Fabric, ...] = ("3.1", "2.5")
"""Lines of releases, the newest first."""

ORDERING_WORDS = {"raft": "Raft", "bft": "BFT"}

_CLEAN = "leave that out, or delete the state with `weftwork network clean`"


@dataclass(frozen=True)
class Asked:
    """What a user asks for, by variables or as arguments; empty: nothing.

    Attributes:
        ordering: `raft` or `bft`.
        fabric: `3.1` or `2.5`.
    """

    ordering: str = ""
    fabric: str = ""


def chosen(
    written: Definition, kept: Kept | None, asked: Asked, state: State
) -> tuple[Definition, tuple[str, ...]]:
    """A definition with the ordering and the line of Fabric that its network runs.

    Args:
        written: what network.yaml says.
        kept: what the state remembers.
        asked: what the user asks for.
        state: where it is remembered.

    Returns:
        The definition, and which of the two are not as written.

    Raises:
        NetworkError: what is asked for is not to be had, or not on this state.
    """
    if asked.ordering and asked.ordering not in ORDERINGS:
        raise NetworkError(
            f"{ORDERING_VARIABLE}={asked.ordering} is no ordering; take {' or '.join(ORDERINGS)}"
        )
    if asked.fabric and asked.fabric not in FABRICS:
        raise NetworkError(
            f"{FABRIC_VARIABLE}={asked.fabric} is no line of releases known here; "
            f"take {' or '.join(FABRICS)}"
        )
    if kept is not None and state.created.exists():
        _check_state(kept, asked, state)
    ordering = asked.ordering or _kept(kept, "ordering") or written.ordering
    fabric = asked.fabric or _kept(kept, "fabric") or written.fabric
    if (asked.ordering or asked.fabric) and (ordering, fabric) == ("bft", "2.5"):
        raise NetworkError(
            "Fabric 2.5 has no BFT ordering, and this network would take both: "
            f"{ORDERING_VARIABLE}=raft goes with 2.5, {FABRIC_VARIABLE}=3.1 with bft"
        )
    definition = msgspec.structs.replace(
        written, ordering=cast(Ordering, ordering), fabric=cast(Fabric, fabric)
    )
    overridden = [
        name
        for name in ("ordering", "fabric")
        if getattr(definition, name) != getattr(written, name)
    ]
    return definition, tuple(overridden)


def is_newer(fabric: str, than: str) -> bool:
    """Whether a line of releases came after another."""
    places: dict[str, int] = {line: at for at, line in enumerate(FABRICS)}
    return fabric in places and than in places and places[fabric] < places[than]


def check_release(kept: Kept | None, wanted: str, *, running: bool) -> None:
    """Nodes of one line of Fabric are not joined by those of another unawares.

    Args:
        kept: what the state remembers.
        wanted: the line that is to be started.
        running: whether nodes run.

    Raises:
        NetworkError: nodes of another line run.
    """
    if running and kept is not None and kept.fabric not in ("", wanted):
        raise NetworkError(
            f"the network runs on Fabric {kept.fabric} and {wanted} is wanted; "
            "`weftwork network down` first: what then starts opens the same ledgers"
        )


def _kept(kept: Kept | None, name: str) -> str:
    """What was asked for once, against the file; what the file itself said may have changed."""
    return str(getattr(kept, name)) if kept is not None and name in kept.overridden else ""


def _check_state(kept: Kept, asked: Asked, state: State) -> None:
    if asked.ordering and kept.ordering and asked.ordering != kept.ordering:
        raise NetworkError(
            f"the state in {shown(state.folder)} is ordered by {ORDERING_WORDS[kept.ordering]}, "
            f"and {ORDERING_VARIABLE}={asked.ordering} was asked for; {_CLEAN}"
        )
    if asked.fabric and kept.fabric and is_newer(kept.fabric, asked.fabric):
        raise NetworkError(
            f"the ledgers in {shown(state.folder)} were opened by Fabric {kept.fabric}, which "
            f"{asked.fabric} may not read, and {FABRIC_VARIABLE}={asked.fabric} was asked for; "
            f"{_CLEAN}"
        )
