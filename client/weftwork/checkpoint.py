"""Checkpointers: they remember how far a reader of events has come, in memory or in a file.

The semantics are those of the official clients, and so is the file: what Node, Go and Java wrote
is read here, and what is written here they read.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

from weftwork.cursor import Cursor
from weftwork.errors import ArgumentError, CheckpointError
from weftwork.filelock import FileLock


class Checkpoint(Protocol):
    """Anything that says where to go on; a store of one's own needs no more than this."""

    @property
    def cursor(self) -> Cursor | None:
        """Where the next event is expected; None: nothing has been handled yet."""
        ...


def place(checkpoint: Cursor | Checkpoint | None) -> Cursor | None:
    """Where a checkpoint says to go on. Raises ArgumentError for what is none."""
    if checkpoint is None or isinstance(checkpoint, Cursor):
        return checkpoint
    if isinstance(cast(object, checkpoint), str):
        # What str(event.cursor) gave, out of the reader's own database.
        raise ArgumentError("checkpoint is a text: read the cursor with Cursor.parse")
    if not hasattr(checkpoint, "cursor"):
        kind = type(checkpoint).__name__
        raise ArgumentError(f"checkpoint is a cursor or has one, {kind} is neither")
    return checkpoint.cursor


class TransactionEvent(Protocol):
    """What a checkpointer has to know of a chaincode event."""

    @property
    def block_number(self) -> int:
        """The block that holds it."""
        ...

    @property
    def transaction_id(self) -> str:
        """The transaction that emitted it."""
        ...


class MemoryCheckpointer:
    """Remembers while the process lives: for streams that are opened again, and for tests."""

    def __init__(self) -> None:
        self._cursor: Cursor | None = None

    @property
    def cursor(self) -> Cursor | None:
        """Where the next event is expected; None: nothing has been handled yet."""
        return self._cursor

    def checkpoint_block(self, number: int) -> None:
        """A block has been handled, whole. Raises CheckpointError where it cannot be kept."""
        self._keep(Cursor(number + 1))

    def checkpoint_transaction(self, block: int, transaction_id: str) -> None:
        """A transaction of a block has been handled, and all before it."""
        self._keep(Cursor(block, transaction_id))

    def checkpoint_chaincode_event(self, event: TransactionEvent) -> None:
        """A chaincode event has been handled, and all before it."""
        self.checkpoint_transaction(event.block_number, event.transaction_id)

    def checkpoint(self, cursor: Cursor) -> None:
        """Everything up to ``cursor`` has been handled."""
        self._keep(cursor)

    def _keep(self, cursor: Cursor) -> None:
        self._cursor = cursor


class FileCheckpointer(MemoryCheckpointer):
    """Remembers in a file, which at any moment holds one whole state: the old or the new.

    One process holds it at a time, by a lock on ``<path>.lock``; leave it with ``with`` or
    ``close``. The calls block while the disk writes, some milliseconds.
    """

    def __init__(self, path: str | Path, *, durable: bool = True) -> None:
        """``path`` is made if it is not there.

        ``durable`` waits at every checkpoint until the disk has it. Without, a killed process
        loses nothing either, but a power cut may.

        Raises CheckpointError where it cannot be read or written, or another holds it.
        """
        super().__init__()
        # What a link points at is replaced, not the link.
        try:
            self._path = Path(os.path.realpath(path))
        except ValueError as error:
            raise CheckpointError(f"{str(path)!r} is no file's name: {error}") from None
        self._durable = durable
        self._lock = FileLock(self._path.with_name(f"{self._path.name}.lock"), str(path))
        try:
            self._cursor = _read(self._path)
            self._write()
        except BaseException:
            self._lock.release()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def close(self) -> None:
        """Give the file back; what was checkpointed stays."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _keep(self, cursor: Cursor) -> None:
        if not self._lock.held:
            raise CheckpointError(f"{self._path}: the checkpointer has been closed")
        before, self._cursor = self._cursor, cursor
        try:
            self._write()
        except CheckpointError:
            self._cursor = before
            raise

    def _write(self) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            with new.open("wb") as file:
                file.write(_state(self._cursor))
                file.flush()
                if self._durable:
                    os.fsync(file.fileno())
            new.replace(self._path)
            if self._durable:
                _sync_folder(self._path.parent)
        except OSError as error:
            raise CheckpointError(f"{self._path}: cannot be written: {error.strerror}") from None


def _state(cursor: Cursor | None) -> bytes:
    # Go wants a number where Node writes text; Node and Java take both.
    state: dict[str, object] = {}
    if cursor is not None:
        state = {"blockNumber": cursor.block, "transactionId": cursor.transaction_id}
    return json.dumps(state).encode()


def _read(path: Path) -> Cursor | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    if not text:
        return None
    try:
        state: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise CheckpointError(_not_one(path, "it is not JSON")) from None
    if not isinstance(state, dict):
        raise CheckpointError(_not_one(path, "it is not a JSON object"))
    fields = cast(dict[str, Any], state)
    block, transaction = fields.get("blockNumber"), fields.get("transactionId")
    if block is None and not transaction:
        return None
    if isinstance(block, str) and block.isascii() and block.isdigit() and len(block) <= 20:
        block = int(block)
    if not isinstance(block, int) or isinstance(block, bool):
        raise CheckpointError(_not_one(path, f"blockNumber is {block!r:.40}"))
    if not isinstance(transaction, str | None):
        raise CheckpointError(_not_one(path, f"transactionId is {transaction!r:.40}"))
    if block == 0 and not transaction:
        return None  # Go's empty state, which Go does not heed either
    try:
        return Cursor(block, transaction or "")
    except ValueError as error:
        raise CheckpointError(_not_one(path, str(error))) from None


def _not_one(path: Path, why: str) -> str:
    return (
        f"{path}: is no checkpoint: {why}; to begin anew delete it, or name the block to go on "
        "from with start_block"
    )


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    # The rename itself is on the disk only when the folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
