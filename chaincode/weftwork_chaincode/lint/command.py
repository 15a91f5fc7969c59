"""``weftwork lint``: the determinism lint at the prompt; 0 clean, 1 findings, 2 bad input."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from weftwork_chaincode.lint.findings import Finding, LintError, Report
from weftwork_chaincode.lint.rules import RULES
from weftwork_chaincode.lint.running import lint

app: typer.Typer = typer.Typer(add_completion=False)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders of contract code.")
    ] = None,
    everything: bool = typer.Option(
        False, "--all", help="Look at all code, not only at what contracts reach."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
    rules: bool = typer.Option(False, "--rules", help="List the rules and end."),
) -> None:
    """Find what would make departments' peers disagree: clocks, random, sets iterated, floats …

    Leaves 0 where nothing was found, 1 with findings, 2 where the input cannot be read.
    """
    if rules:
        for rule in RULES.values():
            typer.echo(f"{rule.name:16} {rule.about}")
        return
    try:
        report = lint(paths or [Path()], everything=everything)
    except LintError as error:
        print(f"weftwork: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(_document(report), indent=2))
    else:
        for finding in report.findings:
            typer.echo(str(finding))
        typer.echo(_summary(report), err=True)
    if report.findings:
        raise typer.Exit(1)


def _summary(report: Report) -> str:
    count, files, contracts = len(report.findings), len(report.files), len(report.contracts)
    found = f"{count} finding{'' if count == 1 else 's'}" if count else "clean"
    noun = "contract" if contracts == 1 else "contracts"
    return f"{found}: {contracts} {noun}, {files} file{'' if files == 1 else 's'} reached"


def _document(report: Report) -> dict[str, object]:
    return {
        "findings": [_entry(finding) for finding in report.findings],
        "contracts": list(report.contracts),
        "files": [str(path) for path in report.files],
    }


def _entry(finding: Finding) -> dict[str, object]:
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "rule": finding.rule,
        "message": finding.message,
        "instead": finding.instead,
        "reached": finding.reached,
    }
