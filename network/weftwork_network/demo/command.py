"""The command `weftwork demo`: brings the network up if it is down, and tells the case."""

import time
from pathlib import Path
from typing import Annotated

import typer

from weftwork_network.commands import ready_line
from weftwork_network.console import ConsoleProgress, failures_in_words
from weftwork_network.demo.cast import Cast
from weftwork_network.demo.report import Report
from weftwork_network.demo.story import Story
from weftwork_network.network import Network

app = typer.Typer(help="Four departments settle one real case on the network.")


@app.callback(invoke_without_command=True)
def demo(
    folder: Annotated[Path, typer.Option(help="the project's folder")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Tell the case; it can be told again and again on the same ledger."""
    with failures_in_words(as_json=as_json):
        began = time.monotonic()
        network = Network.open(folder)
        with ConsoleProgress(quiet=as_json) as progress:
            result = network.up(progress)
        if not result.already and not as_json:
            typer.echo(ready_line(network, result))
        report = Report(as_json=as_json)
        with Cast(network) as cast:
            Story(network, cast, report).tell()
        seconds = round(time.monotonic() - began, 1)
        report.closing(f"settled in {seconds} s; `make status` shows the network", seconds=seconds)
