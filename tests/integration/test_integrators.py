"""The integrators' guide, from its first block to its last."""

import pytest

from tests.integration.documents import shown
from weftwork_network import Network

GUIDE = "docs/integrators.md"


def test_the_guide(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(network.project.folder)
    names: dict[str, object] = {}
    try:
        for block in ("connect", "submit", "typed", "once", "events"):
            exec(compile(shown(GUIDE, block), f"{GUIDE}: {block}", "exec"), names)
        assert names["cursor"]
    finally:
        for name in ("gateway", "database"):
            if name in names:
                names[name].close()  # type: ignore[attr-defined]
