"""``weftwork replay``: a recording run again elsewhere; 0 the same, 1 differences, 2 bad input."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from weftwork_chaincode.replay.recording import ReplayError
from weftwork_chaincode.replay.variants import replay

app: typer.Typer = typer.Typer(add_completion=False)


@app.command()
def run(
    recording: Annotated[Path, typer.Argument(help="The file that a Recorder wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Run recorded transactions under other hash seeds, time zones and locales; compare bytes.

    Leaves 0 where every message is the same, 1 with differences, 2 where it cannot be run.
    """
    try:
        outcome = replay(recording)
    except ReplayError as error:
        print(f"weftwork: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    if as_json:
        document = {
            "transactions": outcome.transactions,
            "variants": [str(variant) for variant in outcome.variants],
            "differences": [asdict(each) for each in outcome.differences],
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        if outcome.differences:
            typer.echo(str(outcome))
        count = len(outcome.differences)
        found = f"{count} difference{'' if count == 1 else 's'}" if count else "the same"
        typer.echo(
            f"{found}: {outcome.transactions} transactions, {len(outcome.variants)} environments",
            err=True,
        )
    if outcome.differences:
        raise typer.Exit(1)
