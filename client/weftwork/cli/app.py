"""The command's own app: the subcommands that other packages add, and how errors are shown."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version

import typer

from weftwork.errors import WeftworkError

GROUP = "weftwork.commands"
# Which extra brings a module that a subcommand may lack.
EXTRAS = {"httpx": "network", "rich": "network", "typer": "network"}


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; the process's exit status.

    A WeftworkError becomes its text on stderr and status 1. Set ``WEFTWORK_DEBUG=1`` to see where
    an error comes from.
    """
    try:
        build(arguments)(list(arguments), prog_name="weftwork")
    except WeftworkError as error:
        if os.environ.get("WEFTWORK_DEBUG"):
            raise
        print(f"weftwork: {error}", file=sys.stderr)
        return 1
    except SystemExit as error:
        # Typer leaves by it, with the status that it decided on.
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 0


def build(arguments: Sequence[str]) -> typer.Typer:
    """The app with the subcommands of the entry-point group.

    Where the arguments name one, that one alone is loaded: the others would cost time, and one
    whose extra is missing must not stand in the way of its neighbours.
    """
    app = typer.Typer(
        name="weftwork",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(root)
    entries = {entry.name: entry for entry in entry_points(group=GROUP)}
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name in [named] if named in entries else sorted(entries):
        _add(app, entries[name])
    return app


def show_version(asked: bool) -> None:
    """Print the version, if asked to, and end there."""
    if asked:
        typer.echo(f"weftwork {_version()}")
        raise typer.Exit


def root(
    version: bool = typer.Option(
        False,
        "--version",
        help="Show the version and exit.",
        is_eager=True,
        callback=show_version,
    ),
) -> None:
    """Work that crosses departments, on Hyperledger Fabric."""


def _add(app: typer.Typer, entry: EntryPoint) -> None:
    try:
        loaded: typer.Typer = entry.load()
    except ImportError as error:
        app.command(
            entry.name,
            help=f"(not available: {_reason(error)})",
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )(_failing(entry.name, error))
        return
    commands = loaded.registered_commands
    alone = len(commands) == 1 and not loaded.registered_groups and not loaded.registered_callback
    if alone and commands[0].callback:
        # An app of a single command is that command: no second word is needed to run it.
        app.command(entry.name, help=commands[0].help)(commands[0].callback)
    else:
        app.add_typer(loaded, name=entry.name)


def _failing(name: str, error: ImportError) -> Callable[[typer.Context], None]:
    """A command that says why the real one cannot be loaded."""

    def unavailable(_: typer.Context) -> None:
        print(f"weftwork: {name} is not available: {_reason(error)}", file=sys.stderr)
        raise typer.Exit(1)

    return unavailable


def _reason(error: ImportError) -> str:
    module = (error.name or "").partition(".")[0]
    if module in EXTRAS:
        return f"it needs {module}: pip install 'weftwork[{EXTRAS[module]}]'"
    return str(error)


def _version() -> str:
    try:
        return version("weftwork")
    except PackageNotFoundError:
        return "(not installed)"
