"""The commands `weftwork network doctor` and `weftwork network schema`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from weftwork_network.console import failures_in_words, show_json
from weftwork_network.doctor.examination import Report, examine
from weftwork_network.schema import schema_text

_STYLES = {"error": "red", "warning": "yellow"}


def doctor(
    folder: Annotated[
        Path, typer.Option("--folder", "-C", help="The project folder, which holds configtx.yaml.")
    ] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check the files, this machine and what runs, all at once. Exit 1 when there are errors."""
    with failures_in_words(as_json=as_json):
        report = examine(folder)
        if as_json:
            show_json(report.to_json())
        else:
            _show(report)
    if report.errors:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of network.yaml."""
    typer.echo(schema_text(), nl=False)


def _show(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in report.findings:
        line = Text(f"{finding.severity:8}", _STYLES[finding.severity])
        line.append(f"{finding.where}: {finding.text}", "")
        console.print(line)
    for waiting in report.waiting:
        console.print(Text(f"not checked: {waiting}"))
    counts = [(report.errors, "error"), (report.warnings, "warning")]
    told = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
    console.print(Text(", ".join(told) if told else "nothing is wrong"))
