"""The commands `weftwork chaincode new` and `test`: a contract of one's own, tried."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from weftwork_network.console import failures_in_words, show_json
from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.scaffold.making import make_chaincode
from weftwork_network.scaffold.workplace import find_chaincode, names_of_network

PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def new(
    name: Annotated[str, typer.Argument(help="The chaincode, e.g. parcels.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to make its folder in.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the folder of a new chaincode: a contract, its passing test, what deploys it."""
    with failures_in_words(as_json=as_json):
        written = make_chaincode(name, to, names_of_network(to))
        if as_json:
            show_json({"written": [str(path) for path in written]})
            return
        for path in written:
            typer.echo(f"wrote {shown(path)}")
        typer.echo(f"next: cd {shown(to / name)}; weftwork chaincode test, then deploy, then dev")


def test(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="The chaincode's folder, then what pytest takes, e.g. -k transfer."),
    ] = None,  # noqa: PT028 - a command called test is no test
) -> None:
    """Run a chaincode's own tests with pytest, which need no network."""
    with failures_in_words():
        words = words or []
        named = words[0] if words and (Path(words[0]) / "pyproject.toml").is_file() else None
        chaincode = find_chaincode(named)
        if importlib.util.find_spec("pytest") is None:
            raise NetworkError("the tests need pytest: pip install 'weftwork[network]'")
        known = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(chaincode.folder.resolve()), *([known] if known else [])])
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *(words[1:] if named else words)],
            cwd=chaincode.folder,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    raise typer.Exit(done.returncode)
