"""Why edited code does not load: the line of it, and the words, without the framework's frames."""

import linecache
import traceback
from pathlib import Path

import msgspec

from weftwork_chaincode.errors import ConfigError


class Failure(msgspec.Struct, frozen=True):
    """What keeps a contract from being served.

    Attributes:
        file: the file at fault; empty where none is known.
        line: the line in it, from 1; 0 where none is known.
        source: what stands there.
        error: the error, `NameError: name 'x' is not defined`.
    """

    file: str
    line: int
    source: str
    error: str


def failure_of(error: BaseException, folder: Path) -> Failure:
    """Where and why loading failed.

    Args:
        error: what was raised; where it was raised from another, that one is the reason.
        folder: where the edited code lies: its last line on the way to the error is told.
    """
    cause = error.__cause__ or error
    if isinstance(cause, SyntaxError) and cause.filename:
        line = cause.lineno or 0
        source = cause.text or linecache.getline(cause.filename, line)
        return Failure(cause.filename, line, source.strip(), f"{type(cause).__name__}: {cause.msg}")
    own = isinstance(cause, ConfigError)  # the server's own words need no name of their error
    words = str(cause) if own else f"{type(cause).__name__}: {cause}"
    below = [
        frame
        for frame in traceback.extract_tb(cause.__traceback__)
        if not frame.filename.startswith("<")  # of Python itself, in no file
        and Path(frame.filename).resolve().is_relative_to(folder.resolve())
    ]
    if not below:
        return Failure("", 0, "", words)
    last = below[-1]
    return Failure(last.filename, last.lineno or 0, (last.line or "").strip(), words)
