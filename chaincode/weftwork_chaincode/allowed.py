"""Which types an argument or a result may have: what has one form on every department's peer."""

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

import msgspec

from weftwork_model.fields import Integer
from weftwork_model.strict import refuse_open_patterns, strict_type

_PLAIN = (str, bool, bytes, date, UUID, Decimal, NoneType)
_INSTEAD: dict[type[Any], str] = {
    float: "machines do not all print or sum floats alike: write Decimal, or an int in a stated "
    "unit (fen, grams)",
    complex: "floats have no one form: write a pair of Decimal or int",
    set: "a set's order differs with the hash seed: write list[...], sorted",
    frozenset: "a set's order differs with the hash seed: write list[...], sorted",
    object: "nothing would be checked: write the type that is meant",
    bytearray: "write bytes",
    memoryview: "write bytes",
    list: "write what is in it, such as list[str]",
    tuple: "write what is in it, such as tuple[str, int]",
    dict: "write what is in it, such as dict[str, int]",
}


def is_model_type(annotation: Any) -> bool:
    """Whether the model's own codec reads and writes it (:mod:`weftwork_model`)."""
    try:
        strict_type(annotation, "")
    except TypeError:
        return False
    return True


def allowed_type(annotation: Any, where: str) -> Any:
    """The type with its bounds: bare ``int`` within ±(2^53-1), datetimes with their zone.

    Raises:
        TypeError: it has no one form; the text begins with ``where`` and says what to write.
    """
    return _Walk(where).resolve(annotation)


def contains(wanted: Any, kind: type) -> bool:
    """Whether values of a type can hold some of another kind."""
    return any(one is kind for one in _inside(wanted, set()))


def _inside(wanted: Any, seen: set[Any]) -> Iterator[Any]:
    if isinstance(wanted, type):
        if wanted in seen:
            return
        seen.add(wanted)
    yield wanted
    for argument in get_args(wanted):
        yield from _inside(argument, seen)
    if _has_fields(wanted):
        for annotation in get_type_hints(wanted, include_extras=True).values():
            yield from _inside(annotation, seen)


def _has_fields(found: object) -> bool:
    if not isinstance(found, type):
        return False
    cls = cast("type[object]", found)
    return issubclass(cls, msgspec.Struct) or dataclasses.is_dataclass(cls) or is_typeddict(cls)


class _Walk:
    def __init__(self, where: str) -> None:
        self._where = where
        self._seen: set[type] = set()
        self._inside_fields = False

    def resolve(self, annotation: Any) -> Any:
        if annotation is None:
            return NoneType
        if annotation is int:
            return Integer
        if annotation is Any:
            raise self._refused("Any", _INSTEAD[object])
        if annotation in (datetime, time):
            # without its zone, a time is another moment in another department
            if self._inside_fields:
                named = annotation.__name__
                raise self._refused(
                    f"a {named} that may lack its zone", f"write Annotated[{named}, Meta(tz=True)]"
                )
            return Annotated[annotation, msgspec.Meta(tz=True)]
        if isinstance(annotation, NewType):
            return self.resolve(annotation.__supertype__)
        if type(annotation).__name__ == "TypeAliasType" and get_origin(annotation) is None:
            return self.resolve(annotation.__value__)
        if isinstance(annotation, type) and get_origin(annotation) is None:
            return self._class(cast("type[Any]", annotation))
        return self._generic(annotation)

    def _class(self, cls: type[Any]) -> Any:
        if cls in _PLAIN:
            return cls
        if issubclass(cls, Enum):
            if all(type(member.value) in (str, int) for member in cls):
                return cls
            raise self._refused(cls.__name__, "an enum's values must be str or int")
        if _has_fields(cls):
            self._fields(cls)
            return cls
        raise self._refused(cls.__name__, _INSTEAD.get(cls, ""))

    def _fields(self, cls: type[Any]) -> None:
        if cls in self._seen or getattr(cls, "__weftwork_strict__", False):
            return
        self._seen.add(cls)
        config = getattr(cls, "__struct_config__", None)
        if config is not None and config.omit_defaults:
            raise self._refused(
                cls.__name__, "omit_defaults gives one value two forms: leave it out"
            )
        outer, inside = self._where, self._inside_fields
        self._inside_fields = True
        for name, annotation in get_type_hints(cls, include_extras=True).items():
            self._where = f"{outer}: {cls.__name__}.{name}"
            self.resolve(annotation)
        self._where, self._inside_fields = outer, inside

    def _generic(self, annotation: Any) -> Any:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            if arguments[0] is int:
                return strict_type(annotation, self._where)
            if any(isinstance(one, msgspec.Meta) and one.tz for one in arguments[1:]):
                return annotation
            resolved = self.resolve(arguments[0])
            refuse_open_patterns(arguments[1:], self._where)
            return Annotated[(resolved, *arguments[1:])]
        if origin is Literal:
            return strict_type(annotation, self._where)
        if origin is Union or origin is UnionType:
            return Union[tuple(self.resolve(one) for one in arguments)]  # noqa: UP007 - of a tuple
        if origin is list:
            return list[self.resolve(arguments[0])]
        if origin is tuple:
            return tuple[tuple(one if one is ... else self.resolve(one) for one in arguments)]
        if origin is dict:
            if self.resolve(arguments[0]) is not str:
                raise self._refused("dict", "a dict's keys must be str")
            return dict[str, self.resolve(arguments[1])]
        if getattr(origin, "__name__", "") in ("Required", "NotRequired", "ReadOnly"):
            return self.resolve(arguments[0])
        if _has_fields(origin):
            self._fields(origin)
            for argument in arguments:
                self.resolve(argument)
            return annotation
        if type(annotation).__name__ == "TypeVar":
            return annotation
        named = getattr(origin, "__name__", str(annotation))
        raise self._refused(named, _INSTEAD.get(origin, "") if isinstance(origin, type) else "")

    def _refused(self, name: str, instead: str) -> TypeError:
        why = instead or "it has no one form on every peer: write a type of fields"
        return TypeError(f"{self._where}: {name} is not allowed: {why}")
