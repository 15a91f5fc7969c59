"""The command: subcommands by entry points, errors in one line, no traceback."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
import typer

from weftwork.cli import app as cli
from weftwork.errors import ProfileError

fine = typer.Typer()
failing = typer.Typer()
lazy_loads: list[str] = []


@fine.command()
def greet(name: str) -> None:
    """Say a word."""
    typer.echo(f"hello {name}")


@failing.command()
def fail() -> None:
    """Fail."""
    raise ProfileError("p.yaml: peers: is missing")


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ModuleType("weftwork_test_commands")
    here.__dict__.update(fine=fine, failing=failing)
    monkeypatch.setitem(sys.modules, here.__name__, here)
    needs = EntryPoint("needs", "weftwork_test_needs:app", cli.GROUP)
    found = [
        EntryPoint("fine", f"{here.__name__}:fine", cli.GROUP),
        EntryPoint("failing", f"{here.__name__}:failing", cli.GROUP),
        needs,
    ]
    monkeypatch.setattr(cli, "entry_points", lambda group: found)


def test_a_subcommand_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["fine", "world"]) == 0
    assert capsys.readouterr().out == "hello world\n"


def test_an_error_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["failing"]) == 1
    assert capsys.readouterr().err == "weftwork: p.yaml: peers: is missing\n"


def test_a_subcommand_that_cannot_be_loaded_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["needs", "--anything", "x"]) == 1
    assert "needs is not available: No module named" in capsys.readouterr().err


def test_a_missing_extra_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_: EntryPoint) -> None:
        raise ModuleNotFoundError("No module named 'rich'", name="rich")

    monkeypatch.setattr(EntryPoint, "load", load)
    assert cli.run(["needs"]) == 1
    assert capsys.readouterr().err == (
        "weftwork: needs is not available: it needs rich: pip install 'weftwork[network]'\n"
    )


def test_help_lists_all_and_version_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    out = capsys.readouterr().out
    for name in ("fine", "failing", "needs"):
        assert name in out
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("weftwork ")


def test_an_unknown_subcommand_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["nope"]) == 2
    assert "nope" in capsys.readouterr().err


def test_without_typer_the_command_names_the_extra() -> None:
    code = "import sys; sys.modules['typer'] = None; import weftwork.cli as c; c.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "weftwork: the command needs typer: pip install 'weftwork[network]'\n"
