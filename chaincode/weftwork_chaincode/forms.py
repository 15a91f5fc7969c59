"""Which Python types arguments and results may have, and the one form in which each travels.

Text and bytes travel as they are, as Go's and Node's contract APIs send them; so do dates, times,
UUIDs, decimals and enums of text. Everything else is JSON: canonical where this side writes it. A
type is allowed where each of its values has one form on every peer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from weftwork_chaincode.allowed import allowed_type, contains, is_model_type
from weftwork_chaincode.errors import ChaincodeError
from weftwork_model import ModelError, decode, encode
from weftwork_model.spelling import LONGEST_NAME, parse, refuse_spelling
from weftwork_model.unquoted import bare_type, is_unquoted

_encode = msgspec.json.Encoder(order="sorted", decimal_format="string").encode
_SPECIAL = re.compile(r"(?i)\s*[-+]?s?(nan|inf)")


class FormError(ValueError):
    """A value is not of its type; the text says why, without the value."""


@dataclass(frozen=True, slots=True)
class Form:
    """One type as it travels.

    Attributes:
        type: what the annotation says, resolved.
        read: an argument's bytes to a value; FormError or ModelError where they are none.
        write: a value to bytes; FormError or ModelError where it is not of the type.
    """

    type: Any
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


def form_of(annotation: Any, where: str) -> Form:
    """How values of a type travel; TypeError, naming what to write, where they cannot."""
    if annotation is None or annotation is NoneType:
        return Form(NoneType, _read_nothing, _write_nothing)
    wanted = allowed_type(annotation, where)
    if wanted is bytes:
        return Form(bytes, bytes, _write_bytes)
    if wanted is str:
        return Form(str, _read_text, _write_text)
    members = _members(wanted)
    if len(members) == 2 and NoneType in members:
        (other,) = (member for member in members if member is not NoneType)
        return _optional(form_of(other, where), wanted)
    if is_unquoted(wanted):
        return _text(wanted)
    if is_model_type(annotation):
        return _model(annotation, wanted)
    return _open(wanted)


def _members(wanted: Any) -> tuple[Any, ...]:
    return get_args(wanted) if get_origin(wanted) in (Union, UnionType) else ()


# --- text, bytes, nothing


def _read_nothing(data: bytes) -> None:
    if data not in (b"", b"null"):
        raise FormError("expected nothing")


def _write_nothing(value: object) -> bytes:
    if value is not None:
        raise FormError(f"expected nothing, got {type(value).__name__}")
    return b""


def _write_bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise FormError(f"expected bytes, got {type(value).__name__}")
    return value


def _read_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FormError("not UTF-8") from None


def _write_text(value: object) -> bytes:
    if not isinstance(value, str):
        raise FormError(f"expected str, got {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise FormError("text that UTF-8 cannot hold") from None


def _text(wanted: Any) -> Form:
    quotes = bare_type(wanted) is not str

    def read(data: bytes) -> Any:
        text = _read_text(data)
        if quotes and text[:1] == '"':
            # clients that write JSON: no value of these types begins with a quote itself
            text = _json_text(data)
        return _converted(text, wanted)

    def write(value: Any) -> bytes:
        plain: object = _built(value)
        if not isinstance(plain, str):
            raise FormError(f"expected {shown(wanted)}, got {type(value).__name__}")
        # Of the declared type too: str for an enum, or a naive datetime, is the contract's fault.
        again = _converted(plain, wanted)
        if type(again) is not type(value):
            raise FormError(f"expected {shown(wanted)}, got {type(value).__name__}")
        return _write_text(plain)

    return Form(wanted, read, write)


def _json_text(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=str)
    except msgspec.DecodeError:
        raise FormError("not JSON") from None


def _converted(text: str, wanted: Any) -> Any:
    if contains(wanted, Decimal) and _SPECIAL.match(text):
        raise FormError("NaN and infinity are no decimals")
    try:
        return msgspec.convert(text, wanted, strict=True)
    except (msgspec.ValidationError, InvalidOperation) as error:
        raise FormError(_reason(error)) from None


# --- JSON


def _optional(inner: Form, wanted: Any) -> Form:
    """``X | None``: nothing at all is None, as Go's and Node's clients send it.

    Text and bytes that may be absent are JSON, or empty ones could not be told from none.
    """
    bare = bare_type(inner.type)
    form = _open(wanted) if bare in (str, bytes) or get_origin(bare) is Literal else inner

    def read(data: bytes) -> Any:
        return None if data in (b"", b"null") else form.read(data)

    return Form(wanted, read, lambda value: b"" if value is None else form.write(value))


def _model(annotation: Any, wanted: Any) -> Form:
    """What the model's own codec reads; a Part or Record it writes too, by the value's own type."""

    def read(data: bytes) -> Any:
        return decode(data, annotation)

    if not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
        return Form(wanted, read, _open(wanted).write)

    def write(value: Any) -> bytes:
        if not isinstance(value, annotation):
            raise FormError(f"expected {annotation.__name__}, got {type(value).__name__}")
        return encode(value)

    return Form(wanted, read, write)


def _open(wanted: Any) -> Form:
    """Types beyond the model's: plain Structs, dataclasses, TypedDicts, bytes inside, dates."""
    decoder = msgspec.json.Decoder(wanted)
    decimals = contains(wanted, Decimal)

    def read(data: bytes) -> Any:
        try:
            value = decoder.decode(data)
            if _encode(value) == data and not decimals:
                return value
        except (msgspec.MsgspecError, UnicodeError, InvalidOperation, RecursionError) as error:
            raise FormError(_reason(error)) from None
        parsed = parse(data)
        refuse_spelling(parsed, "$")
        _refuse_unknown(parsed, _built(value), "$")
        if decimals:
            _refuse_special(value)
        return value

    def write(value: Any) -> bytes:
        try:
            if decimals:
                _refuse_special(value)
            data = _encode(value)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise FormError(_reason(error)) from None
        _of_type(data, decoder)
        return data

    return Form(wanted, read, write)


def _of_type(data: bytes, decoder: msgspec.json.Decoder[Any]) -> None:
    try:
        if _encode(decoder.decode(data)) == data:
            return
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise FormError(_reason(error)) from None
    raise FormError("the value does not read back as itself")


def _built(value: object) -> Any:
    try:
        return msgspec.to_builtins(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormError(_reason(error)) from None


def _refuse_unknown(parsed: Any, built: Any, path: str) -> None:
    """A name that the type does not have is most often one misspelt: it must not pass silently."""
    if isinstance(parsed, dict) and isinstance(built, dict):
        for name, inner in parsed.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in built:
                raise ModelError(f"{path}.{str(name)[:LONGEST_NAME]}", "unknown field")  # pyright: ignore
            _refuse_unknown(inner, built[name], f"{path}.{name}")
    elif isinstance(parsed, list) and isinstance(built, list):
        for i, (one, other) in enumerate(zip(parsed, built, strict=False)):  # pyright: ignore
            _refuse_unknown(one, other, f"{path}[{i}]")


def _refuse_special(value: Any) -> None:
    def look(item: Any) -> None:
        if isinstance(item, Decimal):
            if not item.is_finite():
                raise FormError("NaN and infinity are no decimals")
        elif isinstance(item, dict):
            for inner in item.values():  # pyright: ignore[reportUnknownVariableType]
                look(inner)
        elif isinstance(item, list):
            for inner in item:  # pyright: ignore[reportUnknownVariableType]
                look(inner)

    look(msgspec.to_builtins(value, builtin_types=(Decimal,)))


def shown(wanted: Any) -> str:
    """A type as a message names it."""
    bare = bare_type(wanted)
    if isinstance(bare, type) and get_origin(bare) is None:
        return "None" if bare is NoneType else bare.__name__
    members = _members(bare)
    if members:
        return " | ".join(shown(member) for member in members)
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return f"one of {', '.join(repr(value) for value in arguments)}"
    named = getattr(origin, "__name__", str(bare))
    inner = ", ".join("..." if one is ... else shown(one) for one in arguments)
    return f"{named}[{inner}]" if inner else named


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, UnicodeError):
        return "text that UTF-8 cannot hold"
    return str(error) or type(error).__name__


def result_of_any(where: str, result: object) -> bytes:
    """The payload for a result that no annotation describes: nothing, text, bytes, else JSON.

    Raises ChaincodeError where it has no canonical form.
    """
    if result is None:
        return b""
    if isinstance(result, bytes):
        return result
    try:
        return _write_text(result) if isinstance(result, str) else encode(result)
    except (ModelError, FormError) as error:
        raise not_encoded(where, error) from error


def not_encoded(where: str, error: Exception) -> ChaincodeError:
    """The contract's own value, not the client's, cannot be written: its fault is no refusal."""
    return ChaincodeError(f"{where} returned what cannot be encoded: {error}")
