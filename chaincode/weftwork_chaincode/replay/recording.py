"""A recording: JSON lines, one a stream and one a transaction, in the order they ended."""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class ReplayError(Exception):
    """A recording cannot be made, read or run: the text says which, and what to do."""


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="stream"):
    """One chaincode's stream to a peer."""

    id: int
    chaincode: str
    """Its name on the channel; empty where nobody knows it."""

    package_id: str
    handler: tuple[str, ...]
    """``module:name`` of its contract classes, or of what makes its handler."""


class Spoken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One message of a transaction."""

    sent: bool
    """True: the chaincode sent it; False: the peer."""

    message: bytes
    """Fabric's ``ChaincodeMessage``."""


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="transaction"):
    """One invocation of a chaincode, from the peer's TRANSACTION to the chaincode's COMPLETED."""

    stream: int
    ready: bytes
    """The payload of the peer's READY: how many writes a batch may hold."""

    spoken: tuple[Spoken, ...]


Line = Stream | Recorded


class Recording(msgspec.Struct, frozen=True):
    """All that a file holds."""

    streams: tuple[Stream, ...]
    transactions: tuple[Recorded, ...]


def write_line(line: Line) -> bytes:
    """One line of the file."""
    return msgspec.json.encode(line) + b"\n"


def read(path: Path) -> Recording:
    """Reads a file; ReplayError names the line that cannot be read."""
    lines = list(_lines(path))
    streams = tuple(line for line in lines if isinstance(line, Stream))
    transactions = tuple(line for line in lines if isinstance(line, Recorded))
    known = {stream.id for stream in streams}
    for transaction in transactions:
        if transaction.stream not in known or not transaction.spoken:
            raise ReplayError(f"{path}: a transaction of no stream, or without a message")
    if not transactions:
        raise ReplayError(f"{path}: no transaction in it")
    return Recording(streams, transactions)


def _lines(path: Path) -> Iterator[Line]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReplayError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(content.splitlines(), 1):
        try:
            yield msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ReplayError(f"{path}:{number}: not a line of a recording: {error}") from error
