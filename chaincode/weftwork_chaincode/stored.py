"""Records as they lie on the ledger: read back strictly, and named in messages."""

from collections.abc import Iterable
from typing import Any, TypeVar

from weftwork_chaincode.errors import StoredValueError
from weftwork_model import ModelError, Record, decode

R = TypeVar("R", bound=Record)


def read(record: type[R], data: bytes | None) -> R | None:
    """A stored value as a record; StoredValueError where it is not what the type says."""
    if data is None:
        return None
    try:
        return decode(data, record)
    except ModelError as error:
        raise StoredValueError(
            f"a stored {record.kind} is not of version {record.version}: {error}"
        ) from error


def shown(key: Iterable[Any]) -> str:
    """A key's parts as a message shows them."""
    return "/".join(str(part) for part in key)


def described(record: Record) -> str:
    """A record's kind and key: ``consignment C-1``."""
    return f"{record.kind} {shown(record.ledger_key.split(chr(0))[2:-1])}"
