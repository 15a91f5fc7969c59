"""``weftwork generate``: a typed client's module, from a metadata file or a live chaincode."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

import weftwork
from weftwork.errors import GenerateError
from weftwork.generate import GET_METADATA, Settings, Style, generate

app: typer.Typer = typer.Typer(add_completion=False)


@app.command()
def write(
    metadata: Annotated[
        Path | None, typer.Argument(help="What the chaincode answers to GetMetadata, as JSON.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Connection profile: a live chaincode is asked.")
    ] = None,
    user: Annotated[str, typer.Option(help="A user of the profile's wallet.")] = "",
    channel: Annotated[str, typer.Option(help="The channel.")] = "",
    chaincode: Annotated[
        str, typer.Option(help="Its name on the channel; by default as it calls itself.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The module; by default printed.")
    ] = None,
    style: Annotated[str, typer.Option(help="Which clients: both, sync or async.")] = "both",
    class_name: Annotated[
        str, typer.Option("--class", help="Of the default contract's client.")
    ] = "",
    models: Annotated[
        list[str] | None,
        typer.Option(help="A module whose classes stand for schemas of their name (repeatable)."),
    ] = None,
    optional: Annotated[
        list[str] | None,
        typer.Option(help="A function whose result may be nothing (repeatable)."),
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(help="FUNCTION=METHOD, another name (repeatable).")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; leave 1 where the module is stale.")
    ] = False,
) -> None:
    """Write the typed client of any chaincode on a contract API: ours, Go's or Node's.

    From a file with its metadata, or asking a live one: --profile, --user, --channel, --chaincode.
    """
    live = profile is not None
    if live == (metadata is not None):
        raise GenerateError("give either a metadata file or --profile of a live chaincode")
    if live and not (user and channel and chaincode):
        raise GenerateError("a live chaincode needs --user, --channel and --chaincode too")
    if style not in get_args(Style):
        raise GenerateError(f"--style {style}: expected both, sync or async")
    settings = Settings(
        chaincode=chaincode,
        style=cast("Style", style),
        class_name=class_name,
        models={module: _classes(module) for module in models or ()},
        optional=optional or (),
        renamed=dict(_renamed(each) for each in rename or ()),
    )
    if metadata is not None:
        text = generate(_read(metadata), settings)
    else:
        with weftwork.connect(str(profile), user) as gateway:
            contract = gateway.network(channel).contract(chaincode)
            text = generate(contract.evaluate(GET_METADATA), settings)
    _leave(text, output, check=check)


def _leave(text: str, output: Path | None, *, check: bool) -> None:
    if output is None:
        if check:
            raise GenerateError("--check compares with the module that --output names")
        typer.echo(text, nl=False)
    elif check:
        if not output.exists() or _read(output) != text.encode():
            raise GenerateError(f"{output} is stale: write it again without --check")
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise GenerateError(f"{output}: cannot be written: {error.strerror or error}") from None


def _classes(module: str) -> list[str]:
    try:
        found = vars(import_module(module))
    except (ImportError, ValueError) as error:
        raise GenerateError(f"--models {module}: {error}") from None
    return [
        name
        for name, value in found.items()
        if isinstance(value, type) and value.__module__ == module
    ]


def _renamed(given: str) -> tuple[str, str]:
    function, equals, method = given.partition("=")
    if not (function and equals and method):
        raise GenerateError(f"--rename {given}: expected FUNCTION=METHOD")
    return function, method


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GenerateError(f"{path}: cannot be read: {error.strerror or error}") from None
