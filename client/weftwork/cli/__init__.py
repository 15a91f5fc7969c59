"""The command ``weftwork``: finds its subcommands by entry points and shows errors in one line."""

import sys


def main() -> None:
    """Run the command; the entry point of ``weftwork`` and of ``python -m weftwork``."""
    try:
        from weftwork.cli.app import run
    except ImportError as error:
        # Only what an extra brings may be missing; anything else is a broken installation.
        if error.name not in ("typer", "click", "rich"):
            raise
        print(
            f"weftwork: the command needs {error.name}: pip install 'weftwork[network]'",
            file=sys.stderr,
        )
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    try:
        raise SystemExit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Before a subcommand had started anything: one that has says itself what became of it.
        raise SystemExit(130) from None
