"""How the command shows progress, results and failures: for a person, or as JSON for a program."""

import json
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

import typer
from rich.console import Console
from rich.status import Status

from weftwork.errors import WeftworkError
from weftwork_network.errors import NetworkError

# Where lines cannot be written over, what is being done is told this often, in seconds.
_TELL_EVERY = 5.0
_INTERRUPTED = 130


class ConsoleProgress:
    """Progress on a terminal: one line that changes; elsewhere a line now and then."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = Console(stderr=quiet, highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, line: str) -> None:
        """A line that stays."""
        if not self._quiet:
            self._console.print(line, markup=False)

    def doing(self, text: str) -> None:
        """What is being done."""
        if self._quiet:
            return
        if self._console.is_terminal:
            if self._status is None:
                self._status = self._console.status(text)
                self._status.start()
            self._status.update(text)
        elif time.monotonic() - self._told >= _TELL_EVERY:
            self._told = time.monotonic()
            self.say(f"  {text}")


def show_json(value: object) -> None:
    """Prints a value as JSON."""
    typer.echo(json.dumps(value, indent=1))


@contextmanager
def failures_in_words(*, as_json: bool = False) -> Generator[None]:
    """Turns what fails in the body into words and an exit status, never a traceback.

    A terminal that is closed and a request to end are treated as Ctrl-C: what a command has
    started is stopped by its own clean-up.
    """
    before: dict[signal.Signals, Any] = {}

    def interrupt(_: int, __: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    except WeftworkError as error:
        if not as_json:
            raise
        show_json({"error": str(error)})
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print(
            "\ninterrupted: what this command had started is stopped, state is kept",
            file=sys.stderr,
        )
        raise typer.Exit(_INTERRUPTED) from None
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise NetworkError(f"{place}{error.strerror or error}") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
