"""The forms in which arguments and results travel: those of our runtime, of Go's and of Node's.

Text and bytes travel as they are. So do dates, times (RFC 3339), UUIDs, decimals and enums of
text, which are plain text without quotes. Everything else is JSON. Nothing at all is None; of a
Go function it may also be a nil slice or map.

Sources: chaincode/weftwork_chaincode/forms.py, fabric-contract-api-go
``serializer/json_transaction_serializer.go``, fabric-chaincode-node
``apis/fabric-contract-api/lib/jsontransactionserializer.js``.
"""

import json
import math
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeGuard, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec

from weftwork_model import ModelError, Part, decode, encode
from weftwork_model.unquoted import bare_type, is_unquoted

_UNIONS = (Union, UnionType)
_EMPTY: dict[Any, Callable[[], Any]] = {list: list[Any], dict: dict[str, Any]}
_Reader = Callable[[bytes], Any]
_encode = msgspec.json.Encoder(order="sorted", decimal_format="string").encode


def write(value: object) -> bytes:
    """One argument as it goes into a proposal.

    A ``msgspec.Struct`` that is no Part is checked against its own type first.

    Raises ModelError, TypeError or ValueError where it has no such form.
    """
    # Most arguments are these two, and need none of the rest.
    if type(value) is str:
        return value.encode()
    if type(value) is bytes:
        return value
    with _as_value_errors():
        return _written(value)


def _written(value: object) -> bytes:
    match value:
        case Part():
            return encode(value)
        case str():
            return value.encode()
        case bytes():
            return value
        case bytearray():
            return bytes(value)
        case Enum() | datetime() | date() | time() | UUID() | Decimal():
            plain = _text_of(value)
            return plain.encode() if isinstance(plain, str) else encode(plain)
        case _ if _has_struct(value):
            return _written_json(value)
        case _:
            return encode(value)


def write_json(value: object) -> bytes:
    """A value as JSON whose numbers may be floats, for chaincode of other languages.

    Raises ModelError, TypeError or ValueError for NaN and infinity, which JSON does not have, and
    for what is not of its own type.
    """
    with _as_value_errors():
        return _written_json(value)


def _written_json(value: object) -> bytes:
    for part in _structs(value):
        if isinstance(part, Part):
            encode(part)
        else:
            _checked(part)
    _refuse_special(msgspec.to_builtins(value, builtin_types=(float,)))
    return _encode(value)


def read(payload: bytes, returns: Any) -> Any:
    """A result as a value of the type ``returns``.

    Raises TypeError where ``returns`` is no type that a result can have, ModelError or ValueError
    where the payload is not of it.
    """
    if returns is bytes:
        return payload
    with _as_value_errors():
        return _reader(returns)(payload)


@contextmanager
def _as_value_errors() -> Generator[None, None, None]:
    try:
        yield
    except (msgspec.MsgspecError, InvalidOperation) as error:
        raise ValueError(str(error) or "not a decimal") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


@cache
def _reader(wanted: Any) -> _Reader:
    if wanted is bytes:
        return bytes
    if wanted is None or wanted is NoneType:
        return _read_nothing
    if wanted is str:
        return bytes.decode
    members = get_args(wanted) if get_origin(wanted) in _UNIONS else ()
    others = tuple(member for member in members if member is not NoneType)
    if others and len(others) < len(members):
        return _optional(others[0] if len(others) == 1 else Union[others])  # noqa: UP007
    bare = bare_type(wanted)
    if is_unquoted(bare):
        return _text(wanted, quotes=bare is not str)
    inner = _json(wanted)
    empty = _EMPTY.get(get_origin(bare) or bare)
    if empty is not None:

        def read_many(payload: bytes) -> Any:
            return inner(payload) if payload else empty()

        return read_many
    return inner


def _read_nothing(payload: bytes) -> None:
    if payload:
        raise ValueError(f"nothing was expected, {len(payload)} bytes came")


def _optional(other: Any) -> _Reader:
    plain = _reader(other)
    # Our runtime sends optional text as JSON, or empty text could not be told from none.
    text = bare_type(other) is str

    def read_optional(payload: bytes) -> Any:
        if payload in (b"", b"null"):
            return None
        return _unquoted(payload, plain) if text else plain(payload)

    return read_optional


def _unquoted(payload: bytes, plain: Callable[[bytes], str]) -> str:
    if payload[:1] == b'"':
        try:
            return msgspec.json.decode(payload, type=str)
        except msgspec.DecodeError:
            pass  # text of another runtime that begins with a quote
    return plain(payload)


def _text(wanted: Any, *, quotes: bool) -> _Reader:
    def read_text(payload: bytes) -> Any:
        plain = _unquoted(payload, bytes.decode) if quotes else payload.decode()
        return msgspec.convert(plain, wanted, strict=True)

    return read_text


def _json(wanted: Any) -> _Reader:
    try:
        decode(b"", wanted)
    except ModelError:
        return lambda payload: decode(payload, wanted)
    except TypeError as error:
        # Not a type of the model's: floats, dates inside, plain Structs.
        try:
            msgspec.json.schema(wanted)
        except TypeError:
            raise error from None
    return msgspec.json.Decoder(wanted).decode


def _text_of(value: Any) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a datetime needs a time zone, such as datetime.UTC")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("NaN and infinity are no decimals")
    return msgspec.to_builtins(value)


def _has_struct(value: object) -> bool:
    return any(not isinstance(part, Part) for part in _structs(value))


def _structs(value: object) -> list[msgspec.Struct]:
    """The Structs of a value, the outermost ones."""
    if isinstance(value, msgspec.Struct):
        return [value]
    if isinstance(value, list | tuple):
        items: list[object] = list(cast("list[object]", value))
    elif _is_mapping(value):
        items = list(value.values())
    else:
        return []
    return [part for item in items for part in _structs(item)]


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _checked(part: msgspec.Struct) -> None:
    msgspec.convert(msgspec.to_builtins(part), type(part))


def _refuse_special(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    if isinstance(value, dict):
        value = list(cast("dict[Any, Any]", value).values())
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            _refuse_special(item)


def shown(wanted: Any) -> str:
    """A type as a message names it."""
    if isinstance(wanted, type) and get_origin(wanted) is None:
        return wanted.__name__
    if get_origin(wanted) is Literal:
        return f"one of {json.dumps(list(get_args(wanted)), ensure_ascii=False)}"
    return str(wanted)
