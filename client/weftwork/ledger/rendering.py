"""Anything of this package as JSON: PEM as text, other bytes as base64, codes by their names."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias, cast

from weftwork.ledger.policies import (
    ImplicitMetaPolicy,
    OtherPolicy,
    PolicyReference,
    SignaturePolicy,
)

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""What JSON can say; no fractions, which nothing on a ledger has."""

_POLICIES = (SignaturePolicy, ImplicitMetaPolicy, PolicyReference, OtherPolicy)


def as_json(value: object) -> Json:
    """A decoded block, transaction, configuration or part of one, ready for ``json.dumps``.

    Fields keep their names and order; a policy has its text beside them.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, int):
        return value
    if isinstance(value, bytes):
        return value.decode() if _is_pem(value) else b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {str(name): as_json(found) for name, found in mapping.items()}
    if isinstance(value, list | tuple):
        return [as_json(found) for found in cast("list[object]", value)]
    if isinstance(value, _POLICIES):
        named: dict[str, Json] = {"text": str(value)}
        return named | {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if is_dataclass(value):
        # What repr leaves out is said by the other fields already: the bytes that they are of.
        return {
            field.name: as_json(getattr(value, field.name)) for field in fields(value) if field.repr
        }
    raise TypeError(f"{type(value).__name__} is nothing that the ledger holds")


def _is_pem(value: bytes) -> bool:
    return value.startswith(b"-----BEGIN ") and value.isascii()
