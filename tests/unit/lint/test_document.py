"""docs/determinism.md: its contract is found out by both tools, as it says."""

import importlib
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.integration.documents import shown
from weftwork_chaincode.lint import lint
from weftwork_chaincode.lint.command import app

DOCUMENT = "docs/determinism.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "parcels.py").write_text(shown(DOCUMENT, "contract"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "parcels", raising=False)
    return tmp_path


def test_the_findings_are_as_shown(folder: Path) -> None:
    command, *lines = shown(DOCUMENT, "findings").splitlines()
    result = CliRunner().invoke(app, command.removeprefix("$ weftwork lint ").split())
    assert result.stdout.splitlines() == lines


def test_the_comment_allows_it(folder: Path) -> None:
    code = shown(DOCUMENT, "allowed").replace("\n", "\n    ")
    head = "import time\n\n\ndef check(deadline, Invalid):\n    "
    (folder / "rules.py").write_text(head + code)
    assert lint([folder / "rules.py"]).findings == ()
    (folder / "rules.py").write_text(head + code.partition("\n    ")[2])
    assert [item.rule for item in lint([folder / "rules.py"]).findings] == ["clock"]


def test_the_replay_finds_it_too(folder: Path) -> None:
    contract = shown(DOCUMENT, "contract")
    (folder / "parcels.py").write_text(contract.replace(" + _stamp()", ""))
    found = importlib.import_module("parcels")
    names = {"Parcels": found.Parcels}
    exec(compile(shown(DOCUMENT, "repeatable"), "test", "exec"), names)
    with pytest.raises(AssertionError, match=r"parcels\.label \(transaction") as told:
        names["test_parcels_are_repeatable"]()
    sys.modules.pop("parcels", None)
    lines = str(told.value).splitlines()
    assert lines[0] == "departments' peers would endorse different results:"
    assert lines[1].endswith("message 2, under another process:") or "HASHSEED" in lines[1]
    assert lines[2].startswith("  recorded  answer 200 = ")
    assert len(lines) <= 5
