"""``weftwork verify`` and ``weftwork prove``: a transaction's proof, checked or made."""

import json
from pathlib import Path
from typing import Annotated

import typer

import weftwork
from weftwork.errors import EvaluateError, ProofError
from weftwork.ledger import as_json
from weftwork.proof import Proof, Trust, VerifiedTransaction, verify

_LONGEST = 80

verify_app: typer.Typer = typer.Typer(add_completion=False)
prove_app: typer.Typer = typer.Typer(add_completion=False)


@verify_app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The proof.")],
    trust: Annotated[
        list[str],
        typer.Option(
            help="The channel's first block, or MSPID=FILE with a department's root "
            "certificate (may be repeated)."
        ),
    ],
    departments: Annotated[
        int, typer.Option(min=1, help="How many departments must vouch for its validity.")
    ] = 2,
    as_json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check a transaction's proof offline, against what you trust.

    Leaves 0 where the proof holds, else 1 with one line that says what does not.
    """
    found = verify(Proof.load(file), _trust(trust), departments=departments)
    if as_json_:
        typer.echo(json.dumps(as_json(found), indent=2))
    else:
        typer.echo(_text(found))


@prove_app.command()
def make(
    transaction: Annotated[str, typer.Argument(help="The transaction's id.")],
    profile: Annotated[Path, typer.Option(help="Connection profile.")],
    user: Annotated[str, typer.Option(help="A user of the profile's wallet.")],
    channel: Annotated[str, typer.Option(help="The channel.")],
    output: Annotated[
        Path | None, typer.Option(help="Where to write it; by default TRANSACTION.proof.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(help="MSP id of a department to ask (may be repeated); by default all."),
    ] = None,
) -> None:
    """Make a proof of a valid transaction, vouched for by departments' peers."""
    with weftwork.connect(profile, user) as gateway:
        try:
            proof = gateway.network(channel).prove(transaction, witnesses=witness or None)
        except EvaluateError as error:
            reason = error.refusals[0].message if error.refusals else error.message
            raise ProofError(
                f"transaction {transaction} cannot be read on channel {channel} at {error.peer}: "
                f"{reason}"
            ) from None
    output = output or Path(f"{transaction}.proof")
    try:
        proof.save(output)
    except OSError as error:
        raise ProofError(f"{output}: cannot be written: {error.strerror or error}") from None
    typer.echo(f"{output}: {len(proof.answers)} departments vouch for it")


def _trust(given: list[str]) -> Trust:
    roots = [entry.partition("=") for entry in given]
    if all(separator for _, separator, _ in roots):
        return Trust.roots({mspid: _read(path) for mspid, _, path in roots})
    if len(given) > 1:
        raise ProofError("--trust is one block, or MSPID=FILE for each department")
    return Trust.block(_read(given[0]))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ProofError(f"{path}: cannot be read: {error.strerror or error}") from None


def _text(found: VerifiedTransaction) -> str:
    transaction = found.transaction
    arguments = ", ".join(_shown(argument) for argument in transaction.args)
    lines = [
        f"transaction {transaction.transaction_id} is valid on {transaction.channel}, "
        f"block {transaction.block_number} (configuration of block {found.config_block})",
        f"called      {transaction.chaincode} {_shown(transaction.function)}({arguments})",
        f"by          {transaction.creator} at {transaction.timestamp.isoformat()}",
    ]
    for part in transaction.rwset:
        keys = [_shown(write.key) for write in part.writes]
        if keys:
            lines.append(f"wrote       {part.namespace}: {', '.join(keys)}")
    if transaction.event is not None:
        lines.append(f"emitted     {_shown(transaction.event.name)}")
    lines += [f"endorsed by {member}" for member in found.endorsers]
    lines += [f"ordered by  {member}" for member in found.orderers]
    lines += [
        f"witness     {witness.peer}, asked at {witness.asked.isoformat()}"
        for witness in found.witnesses
    ]
    return "\n".join(lines)


def _shown(words: bytes | str) -> str:
    # What is on the ledger is others' words: no control character of it reaches the terminal.
    text = words if isinstance(words, str) else words.decode(errors="replace")
    return ascii(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
