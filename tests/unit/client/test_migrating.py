"""The migration table names only what there is."""

import importlib
import re
from pathlib import Path

import pytest

TABLES = Path(__file__).resolve().parents[3] / "docs/migrating.md"
ROWS = [line.split(" | ") for line in TABLES.read_text().splitlines() if line.startswith("| `")]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`(weftwork\.[\w.]+)`", row[1])})


def test_every_call_has_an_answer() -> None:
    assert len(ROWS) > 60
    assert all(len(row) == 3 and (row[1] == "–" or "`weftwork." in row[1]) for row in ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_there(name: str) -> None:
    parts = name.split(".")
    found: object = importlib.import_module(parts.pop(0))
    for part in parts:
        try:
            found = getattr(found, part)
        except AttributeError:
            assert found.__class__.__name__ == "module", f"{name}: no {part}"
            found = importlib.import_module(f"{found.__name__}.{part}")  # type: ignore[attr-defined]
