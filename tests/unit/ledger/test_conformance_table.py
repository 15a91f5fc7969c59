"""The table of tests/conformance/README.md names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_table_names_is_there() -> None:
    table = (ROOT / "conformance" / "README.md").read_text()
    named = set(re.findall(r"`(?:[\w/.]+::)?(test_\w+)`", table))
    folders = ("integration", "unit/ledger", "unit/chaincode")
    written = [path.read_text() for each in folders for path in (ROOT / each).glob("test_*.py")]
    there = set(re.findall(r"def (test_\w+)\(", "\n".join(written)))
    assert len(named) > 20
    assert not {name for name in named if not any(each.startswith(name) for each in there)}
