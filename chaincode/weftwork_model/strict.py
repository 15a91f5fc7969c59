"""Which field types are allowed, and the bounds that a bare one gets.

A type is allowed when each of its values has exactly one JSON form that every reader reads
alike: no float, no set, no datetime, no bytes, no Any.
"""

import sys
import types
from collections.abc import Mapping
from enum import Enum
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NewType,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec

from weftwork_model.fields import MAX_INTEGER, Integer

FieldType: TypeAlias = Any
"""A type expression as it stands in an annotation; Python has no narrower type for it."""


def strict_type(annotation: FieldType, where: str) -> FieldType:
    """`annotation` with every bare `int` bounded.

    Raises:
        TypeError: Some type in it is not allowed; the text starts with `where`.
    """
    if annotation is None or annotation is types.NoneType:
        return types.NoneType
    if annotation is int:
        return Integer
    if annotation is str or annotation is bool or isinstance(annotation, TypeVar):
        return annotation
    if isinstance(annotation, NewType):
        return strict_type(annotation.__supertype__, where)
    if type(annotation).__name__ == "TypeAliasType" and get_origin(annotation) is None:
        return strict_type(annotation.__value__, where)
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return _strict_class(annotation, where)
    return _strict_generic(annotation, where)


def _strict_class(cls: type, where: str) -> FieldType:
    if issubclass(cls, Enum):
        if all(type(member.value) in (str, int) for member in cls):
            return cls
        raise TypeError(f"{where}: the values of {cls.__name__} must be str or int")
    if issubclass(cls, msgspec.Struct):
        # Only our own classes are frozen, refuse unknown fields and bound their fields.
        if getattr(cls, "__weftwork_strict__", False):
            return cls
        raise TypeError(f"{where}: {cls.__name__} must be a Part or a Record")
    raise TypeError(f"{where}: {cls.__name__} has no one canonical JSON form")


def _strict_generic(annotation: FieldType, where: str) -> FieldType:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _strict_annotated(arguments[0], arguments[1:], where)
    if origin is Literal:
        if all(value is None or type(value) in (str, int) for value in arguments):
            return annotation
        raise TypeError(f"{where}: a Literal's values must be str or int")
    if origin is Union or origin is types.UnionType:
        return Union[tuple(strict_type(a, where) for a in arguments)]  # noqa: UP007 - built from a tuple
    if origin is list:
        return list[strict_type(arguments[0], where)]
    if origin is tuple:
        return tuple[tuple(a if a is ... else strict_type(a, where) for a in arguments)]
    if origin is dict:
        name = strict_type(arguments[0], where)
        if not is_text(name):
            raise TypeError(f"{where}: a dict's keys must be str")
        return dict[name, strict_type(arguments[1], where)]
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        _strict_class(origin, where)
        parameters = tuple(strict_type(a, where) for a in arguments)
        return origin[parameters]  # type: ignore[index]  # a generic Part; Struct itself is not
    raise TypeError(f"{where}: {annotation!r} has no one canonical JSON form")


def _strict_annotated(base: FieldType, extras: tuple[Any, ...], where: str) -> FieldType:
    if base is not int:
        inner = strict_type(base, where)
        refuse_open_patterns(extras, where)
        return Annotated[(inner, *extras)]
    metas = [extra for extra in extras if isinstance(extra, msgspec.Meta)]
    low = max([_lowest(meta) for meta in metas], default=-MAX_INTEGER)
    high = min([_highest(meta) for meta in metas], default=MAX_INTEGER)
    steps = [meta.multiple_of for meta in metas if meta.multiple_of is not None]
    bounds = [msgspec.Meta(ge=low, le=high), *(msgspec.Meta(multiple_of=step) for step in steps)]
    return Annotated[(int, *bounds)]


def refuse_open_patterns(extras: tuple[Any, ...], where: str) -> None:
    r"""Refuses a pattern that ends in `$`, which also holds before a newline at the end.

    Raises:
        TypeError: one does; the text starts with `where`.
    """
    for extra in extras:
        pattern = extra.pattern if isinstance(extra, msgspec.Meta) else None
        if pattern is not None and pattern.endswith("$") and not pattern.endswith(r"\$"):
            raise TypeError(
                rf"{where}: the pattern {pattern!r} lets a newline through at its end: "
                r"write \Z in place of $"
            )


def _lowest(meta: msgspec.Meta) -> int:
    low = -MAX_INTEGER
    if meta.ge is not None:
        low = max(low, int(meta.ge))
    if meta.gt is not None:
        low = max(low, int(meta.gt) + 1)
    return low


def _highest(meta: msgspec.Meta) -> int:
    high = MAX_INTEGER
    if meta.le is not None:
        high = min(high, int(meta.le))
    if meta.lt is not None:
        high = min(high, int(meta.lt) - 1)
    return high


def is_text(annotation: FieldType) -> bool:
    """Whether the values of a type are all str."""
    if get_origin(annotation) is Annotated:
        return is_text(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return all(type(value) is str for value in get_args(annotation))
    return annotation is str


def strict_annotations(name: str, namespace: Mapping[str, Any]) -> dict[str, FieldType]:
    """The annotations of the class `name` that is being made, each made strict.

    Raises:
        TypeError: A field's type is not allowed, or is written as a string.
    """
    strict: dict[str, FieldType] = {}
    for field, annotation in _annotations(namespace).items():
        where = f"{name}.{field}"
        if isinstance(annotation, str):
            raise TypeError(f"{where}: annotations must be types, not strings")
        bare = get_origin(annotation) or annotation
        strict[field] = annotation if bare is ClassVar else strict_type(annotation, where)
    return strict


def _annotations(namespace: Mapping[str, Any]) -> dict[str, FieldType]:
    found = namespace.get("__annotations__")
    # weftwork: allow environment: both ways give the same annotations, read as a class is made
    if found is None and sys.version_info >= (3, 14):
        annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
        found = annotate(1) if annotate is not None else None  # 1: values, not strings
    return dict(found or {})
