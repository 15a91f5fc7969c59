"""What a state folder holds, told before it is deleted."""

from pathlib import Path

from weftwork_network.faults import shown
from weftwork_network.state import State
from weftwork_network.topology import Topology


def contents(state: State, topology: Topology) -> list[str]:
    """What would be lost with a state folder, a line each."""
    ledgers = [node.id for node in topology.nodes if any(state.data(node).glob("*"))]
    lines: list[str] = []
    if ledgers:
        size = _size(state.departments) / 2**20
        lines.append(f"the ledgers of {', '.join(ledgers)} ({size:.0f} MB)")
    departments = sorted(path.name for path in state.departments.glob("*"))
    if departments:
        lines.append(f"the keys and certificates of {', '.join(departments)}")
    lines.append(f"{shown(state.folder)} with its packages and logs")
    return lines


def _size(folder: Path) -> int:
    """Bytes that a folder's files take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
