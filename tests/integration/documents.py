"""The code blocks that documents mark for the tests with `<!-- test: name -->`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shown(document: str, name: str) -> str:
    """A block of a document, as it stands there."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.search(rf"<!-- test: {name} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, f"{document} has no block {name}"
    return found.group(1)
