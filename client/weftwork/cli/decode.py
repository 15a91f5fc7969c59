"""``weftwork decode``: a block, a transaction or a configuration as JSON."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from weftwork.errors import LedgerError
from weftwork.ledger import (
    ValidationCode,
    as_json,
    decode_block,
    decode_config,
    decode_config_entry,
    decode_transaction,
)

app: typer.Typer = typer.Typer(add_completion=False)


def _transaction(content: bytes) -> object:
    code = ValidationCode.NOT_VALIDATED
    return decode_transaction(content, code, block_number=0, index=0)


_KINDS: dict[str, Callable[[bytes], object]] = {
    "block": decode_block,
    "transaction": _transaction,
    "config": decode_config,
    "config-envelope": decode_config_entry,
}


@app.command()
def decode(
    file: Annotated[Path, typer.Argument(help="The file, - for standard input.")],
    kind: Annotated[str, typer.Option("--as", help=f"What it is: {', '.join(_KINDS)}.")] = "block",
) -> None:
    """Print a block, a transaction's envelope or a configuration as JSON.

    PEM is text there, other bytes are base64.
    """
    if kind not in _KINDS:
        raise LedgerError(f"--as {kind}: it is one of {', '.join(_KINDS)}")
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise LedgerError(f"{file}: cannot be read: {error.strerror or error}") from None
    try:
        found = _KINDS[kind](content)
    except LedgerError as error:
        raise LedgerError(f"{file}: {error}") from None
    typer.echo(json.dumps(as_json(found), indent=2))
