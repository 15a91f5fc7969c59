"""One value, one run of bytes: canonical JSON, strict in both directions.

Canonical: keys sorted, no spaces, UTF-8, integers only. The common case costs one pass each
way in C: bytes that decode to a value which encodes to the very same bytes hold no duplicate
key, no unknown one, no float and nothing left out. Only other bytes are looked at in Python.
"""

import hashlib
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from weftwork_model import faults, spelling
from weftwork_model.errors import ModelError
from weftwork_model.fields import MAX_INTEGER
from weftwork_model.records import ModelMeta
from weftwork_model.strict import FieldType, strict_type

T = TypeVar("T")

_encode = msgspec.json.Encoder(order="sorted").encode
_FAILURES = (msgspec.MsgspecError, UnicodeError, TypeError, ValueError, RecursionError)


class _Plan:
    """How values of one type are read."""

    __slots__ = ("decode", "type")

    def __init__(self, wanted: FieldType) -> None:
        self.type = strict_type(wanted, getattr(wanted, "__name__", str(wanted)))
        self.decode = msgspec.json.Decoder(self.type).decode


@cache
def _plan(wanted: FieldType) -> _Plan:
    return _Plan(wanted)


def encode(value: object) -> bytes:
    """The canonical JSON of `value`, after checking it against its own type.

    `value` is a Part or Record, or a str, int, bool, None, or a list, tuple or dict (with str
    keys) of these.

    Raises:
        ModelError: The value breaks its type; `path` says where.
    """
    if isinstance(type(value), ModelMeta):
        return _encode_struct(value)
    return _encode_plain(value, "$")


def _encode_struct(value: object) -> bytes:
    plan = _plan(type(value))
    try:
        data = _encode(value)
        if plan.decode(data) == value:
            return data
    except _FAILURES:
        pass
    raise faults.in_value(value, plan.type)


def _encode_plain(value: object, path: str) -> bytes:
    kind = type(value)
    if kind is str:
        try:
            return _encode(value)
        except UnicodeEncodeError:
            raise ModelError(path, "a lone surrogate is not text") from None
    if kind is int:
        if -MAX_INTEGER <= cast(int, value) <= MAX_INTEGER:
            return _encode(value)
        raise ModelError(path, f"expected an integer within ±{MAX_INTEGER}")
    if kind is bool or value is None:
        return _encode(value)
    if isinstance(kind, ModelMeta):
        try:
            return _encode_struct(value)
        except ModelError as error:
            raise ModelError(path + error.path[1:], error.reason) from None
    if kind is list or kind is tuple:
        items = cast("list[object]", value)
        parts = [_encode_plain(item, f"{path}[{i}]") for i, item in enumerate(items)]
        return b"[" + b",".join(parts) + b"]"
    if kind is dict:
        return _encode_mapping(cast("dict[object, object]", value), path)
    raise ModelError(path, f"{kind.__name__} has no canonical JSON form")


def _encode_mapping(value: dict[object, object], path: str) -> bytes:
    for name in value:
        if type(name) is not str:
            raise ModelError(path, "a mapping's keys must be str")
    names = sorted(cast("dict[str, object]", value))
    parts = [
        _encode_plain(name, path) + b":" + _encode_plain(value[name], spelling.member(path, name))
        for name in names
    ]
    return b"{" + b",".join(parts) + b"}"


def decode(data: bytes | bytearray | memoryview, type: type[T]) -> T:
    """The value of type `type` that the JSON `data` writes.

    `type` is a Record or Part class, or anything that a field may be: `int`, `list[Item]`,
    `dict[str, int]`, `Consignment | None`. The JSON need not be canonical, but it must say
    everything exactly once: no duplicate, unknown or missing key, no float, the record's own
    kind and version.

    Raises:
        ModelError: The bytes are not such a value; `path` says where.
        TypeError: `type` itself is not allowed.
    """
    plan = _plan(type)
    try:
        value: Any = plan.decode(data)
        if _encode(value) == data:
            return value
    except _FAILURES:
        raise faults.in_bytes(data, plan.type) from None
    return cast(T, _second_look(data, value, plan))


def _second_look(data: bytes | bytearray | memoryview, value: object, plan: _Plan) -> object:
    """Bytes that read as a value but are not its canonical form: refuse, or accept the spelling."""
    parsed = spelling.parse(data)
    spelling.refuse_spelling(parsed, "$")
    if _encode(parsed) != _encode(value):
        spelling.refuse_gaps(parsed, msgspec.to_builtins(value), "$")
        raise faults.in_bytes(data, plan.type)
    return value


def digest(value: object) -> str:
    """The SHA-256 of the canonical JSON of `value`, in lowercase hex.

    Raises:
        ModelError: The value breaks its type.
    """
    return hashlib.sha256(encode(value)).hexdigest()
