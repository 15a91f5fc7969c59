"""Why a value is refused, and where: the slow second look, taken only when something is wrong.

The fast path knows that a value is bad; this walks it again in Python, beside its type, and
names the exact place, which the decoder alone does not know inside mappings and does not look
for in values built in code.
"""

import json
from collections.abc import Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec

from weftwork_model.errors import ModelError
from weftwork_model.spelling import member, parse, refuse_spelling, refuse_surrogates
from weftwork_model.strict import FieldType

_BUILTINS = (str, int, bool, NoneType, list, tuple, dict)


def in_bytes(data: bytes | bytearray | memoryview, wanted: FieldType) -> ModelError:
    """Why the JSON `data` is no value of the strict type `wanted`."""
    try:
        parsed = parse(data)
        refuse_spelling(parsed, "$")
        _Walk(built=False).walk(parsed, wanted, "$")
    except ModelError as error:
        return error
    except RecursionError:
        return ModelError("$", "nested too deep")
    return ModelError("$", "not a value of its type")


def in_value(value: object, wanted: FieldType) -> ModelError:
    """Why `value`, built in code, is no value of the strict type `wanted`."""
    try:
        _Walk(built=True).walk(value, wanted, "$")
    except ModelError as error:
        return error
    except RecursionError:
        return ModelError("$", "nested too deep")
    return ModelError("$", "the value does not read back as itself")


class _Walk:
    """Finds the first place where a value breaks its type.

    A value built in code has structs and tuples where parsed JSON has dicts and lists.
    """

    def __init__(self, built: bool) -> None:
        self.built = built

    def walk(self, value: Any, wanted: FieldType, path: str) -> None:
        origin = get_origin(wanted)
        if isinstance(wanted, TypeVar):
            return
        if origin is Annotated and get_origin(get_args(wanted)[0]) is not None:
            # A container or union with bounds of its own: inside first, then those bounds.
            self.walk(value, get_args(wanted)[0], path)
            origin = None
        if origin is Union or origin is UnionType:
            member_type = self.choose(value, get_args(wanted))
            if member_type is not None:
                return self.walk(value, member_type, path)
        if origin is list or origin is tuple:
            self.array(value, origin, get_args(wanted), path)
        elif origin is dict:
            self.mapping(value, get_args(wanted), path)
        elif issubclass(_class_of(wanted), msgspec.Struct):
            self.struct(value, wanted, path)
        else:
            self.leaf(value, wanted, path)

    def form(self, container: type) -> type:
        """What stands for `container`: JSON writes a tuple as an array too."""
        return list if container is tuple and not self.built else container

    def choose(self, value: Any, members: tuple[FieldType, ...]) -> FieldType | None:
        """The member of a union that `value` means to be, when that can be told."""
        kind = cast("dict[str, Any]", value).get("kind") if isinstance(value, dict) else None
        for one in members:
            origin = _class_of(one)
            if issubclass(origin, msgspec.Struct):
                tag = origin.__struct_config__.tag
                if isinstance(value, origin):
                    return one
                if isinstance(value, dict) and tag in (None, kind):
                    return one
            elif origin in (list, tuple, dict) and isinstance(value, self.form(origin)):
                return one
        others = [one for one in members if one is not NoneType]
        return others[0] if len(others) == 1 and value is not None else None

    def array(self, value: Any, origin: Any, arguments: tuple[FieldType, ...], path: str) -> None:
        container = self.form(origin)
        if not isinstance(value, container):
            raise ModelError(path, f"expected {_name(container())}, got {_name(value)}")
        items = cast("list[Any]", value)
        types: Iterable[FieldType] = (arguments[0] for _ in items)
        if origin is tuple and arguments[-1] is not ...:
            if len(items) != len(arguments):
                raise ModelError(path, f"expected {len(arguments)} items, got {len(items)}")
            types = arguments
        for i, (item, wanted) in enumerate(zip(items, types, strict=True)):
            self.walk(item, wanted, f"{path}[{i}]")

    def mapping(self, value: Any, arguments: tuple[FieldType, ...], path: str) -> None:
        if not isinstance(value, dict):
            raise ModelError(path, f"expected dict, got {_name(value)}")
        for name, item in cast("dict[Any, Any]", value).items():
            if type(name) is not str:
                raise ModelError(path, f"a mapping's keys must be str, not {_name(name)}")
            self.leaf(name, arguments[0], member(path, name))
            self.walk(item, arguments[1], member(path, name))

    def struct(self, value: Any, wanted: FieldType, path: str) -> None:
        cls = get_origin(wanted) or wanted
        fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
        if not isinstance(value, cls if self.built else dict):
            raise ModelError(path, f"expected {cls.__name__}, got {_name(value)}")
        if not self.built:
            _match_names(value, set(fields), cls.__struct_config__.tag, path)
        for name, field in fields.items():
            item = getattr(value, field.name) if self.built else value[name]
            self.walk(item, field.type, member(path, name))

    def leaf(self, value: Any, wanted: FieldType, path: str) -> None:
        if isinstance(value, str):
            refuse_surrogates(value, path)
        if type(value) not in _BUILTINS and not isinstance(value, (Enum, msgspec.Struct)):
            raise ModelError(path, f"{_name(value)} has no canonical JSON form")
        if get_origin(wanted) is Literal:
            # A bool that equals the literal is not it.
            if any(type(value) is type(one) and value == one for one in get_args(wanted)):
                return
            raise ModelError(path, f"expected {' or '.join(map(json.dumps, get_args(wanted)))}")
        if self.built and issubclass(_class_of(wanted), Enum):
            if not isinstance(value, _class_of(wanted)):
                raise ModelError(path, f"expected {_class_of(wanted).__name__}, got {_name(value)}")
            return
        try:
            msgspec.convert(value, wanted, strict=True)
        except msgspec.ValidationError as error:
            raise ModelError(path, str(error).split(" - at ")[0]) from None


def _class_of(annotation: FieldType) -> type:
    if get_origin(annotation) is Annotated:
        return _class_of(get_args(annotation)[0])
    found = get_origin(annotation) or annotation
    return found if isinstance(found, type) else object


def _match_names(value: dict[str, Any], fields: set[str], tag: Any, path: str) -> None:
    allowed = fields | ({"kind"} if tag is not None else set[str]())
    for name in value:
        if name not in allowed:
            raise ModelError(member(path, name), "unknown field")
    if tag is not None and value.get("kind", tag) != tag:
        raise ModelError(member(path, "kind"), f"expected {json.dumps(tag)}")
    for name in sorted(allowed):
        if name not in value:
            raise ModelError(member(path, name), "missing")


def _name(value: Any) -> str:
    return type(value).__name__
