"""Mango's selectors: whether a JSON value matches, and how JSON values are ordered.

Source: CouchDB's documentation of ``/db/_find`` (selector syntax, operators) and of its collation.
One thing differs: texts are ordered by code points, CouchDB orders them by the rules of ICU.
"""

import re
from collections.abc import Callable
from typing import Any, cast

Selector = dict[str, Any]
Matches = Callable[[Any, bool], bool]
"""Takes a value and whether it is there at all."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_RANKS = ("null", "boolean", "number", "string", "array", "object")


class QueryError(ValueError):
    """A query that CouchDB refuses; the text says where."""


def collate(value: Any) -> tuple[Any, ...]:
    """A key that orders JSON values as CouchDB does: by type, then by value."""
    rank = next(place for place, name in enumerate(_RANKS) if _TYPES[name](value))
    match value:
        case None:
            return (rank,)
        case list():
            return (rank, tuple(collate(item) for item in cast(list[Any], value)))
        case dict():
            items = cast(dict[str, Any], value).items()
            return (rank, tuple((key, collate(item)) for key, item in items))
        case _:
            return (rank, value)


def field(document: Any, path: str) -> tuple[Any, bool]:
    """The value at a path (``address.city``; ``\\.`` is a dot of the name), and whether it is."""
    value = document
    for name in re.split(r"(?<!\\)\.", path):
        name = name.replace("\\.", ".")
        if not isinstance(value, dict) or name not in value:
            return None, False
        value = cast(dict[str, Any], value)[name]
    return value, True


def compile_selector(selector: Any) -> Callable[[Any], bool]:
    """A function that says whether a document matches; QueryError where it is no selector."""
    if not isinstance(selector, dict):
        raise QueryError("Selector must be a JSON object")
    matches = _compile(cast(Selector, selector))
    return lambda document: matches(document, True)


def _compile(selector: Selector) -> Matches:
    parts = [_part(key, argument) for key, argument in selector.items()]
    return lambda value, there: all(part(value, there) for part in parts)


def _part(key: str, argument: Any) -> Matches:
    if key in _COMBINATIONS:
        return _combination(key, argument)
    if key.startswith("$"):
        return _operator(key, argument)
    inner = _condition(argument)

    def of_field(value: Any, there: bool) -> bool:
        return inner(*field(value, key))

    return of_field


def _condition(argument: Any) -> Matches:
    if isinstance(argument, dict) and argument:
        return _compile(cast(Selector, argument))
    return _operator("$eq", argument)


def _combination(name: str, argument: Any) -> Matches:
    if name == "$not":
        inner = _condition(argument)
        return lambda value, there: not inner(value, there)
    if not isinstance(argument, list):
        raise QueryError(f"Bad argument for operator {name}: an array is needed")
    parts = [_condition(item) for item in cast(list[Any], argument)]
    if name == "$and":
        return lambda value, there: all(part(value, there) for part in parts)
    if name == "$or":
        return lambda value, there: any(part(value, there) for part in parts)
    return lambda value, there: not any(part(value, there) for part in parts)


_COMBINATIONS = ("$and", "$or", "$nor", "$not")

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
    "$eq": lambda a, b: a == b,
    "$ne": lambda a, b: a != b,
    "$gte": lambda a, b: a >= b,
    "$gt": lambda a, b: a > b,
}


def _operator(name: str, argument: Any) -> Matches:
    comparison = _COMPARISONS.get(name)
    if comparison is not None:
        wanted = collate(argument)
        return lambda value, there: there and comparison(collate(value), wanted)
    match name:
        case "$exists":
            if not isinstance(argument, bool):
                raise QueryError("Bad argument for operator $exists: a boolean is needed")
            return lambda value, there: there == argument
        case "$type":
            kind = _TYPES.get(argument if isinstance(argument, str) else "")
            if kind is None:
                raise QueryError(f"Bad argument for operator $type: {argument!r}")
            return lambda value, there: there and kind(value)
        case "$in" | "$nin" | "$all":
            return _membership(name, argument)
        case "$size" | "$mod" | "$regex" | "$beginsWith":
            return _measure(name, argument)
        case "$elemMatch" | "$allMatch" | "$keyMapMatch":
            return _elements(name, argument)
        case _:
            raise QueryError(f"Invalid operator: {name}")


def _membership(name: str, argument: Any) -> Matches:
    if not isinstance(argument, list):
        raise QueryError(f"Bad argument for operator {name}: an array is needed")
    wanted = [collate(item) for item in cast(list[Any], argument)]

    def within(value: Any) -> bool:
        found = [collate(value)]
        if isinstance(value, list):
            found += [collate(item) for item in cast(list[Any], value)]
        return any(item in wanted for item in found)

    def holds_all(value: Any, there: bool) -> bool:
        if not isinstance(value, list):
            return False
        found = [collate(item) for item in cast(list[Any], value)]
        return bool(wanted) and all(item in found for item in wanted)

    if name == "$all":
        return holds_all
    if name == "$in":
        return lambda value, there: there and within(value)
    return lambda value, there: there and not within(value)


def _measure(name: str, argument: Any) -> Matches:
    if name == "$size":
        if not _TYPES["number"](argument):
            raise QueryError("Bad argument for operator $size: an integer is needed")
        return lambda value, there: isinstance(value, list) and len(value) == argument  # pyright: ignore[reportUnknownArgumentType]
    if name == "$mod":
        match argument:
            case [int(divisor), int(remainder)] if divisor:
                return lambda value, there: (
                    isinstance(value, int)
                    and not isinstance(value, bool)
                    and value % divisor == remainder
                )
            case _:
                raise QueryError("Bad argument for operator $mod: [divisor, remainder] is needed")
    if not isinstance(argument, str):
        raise QueryError(f"Bad argument for operator {name}: a text is needed")
    if name == "$beginsWith":
        return lambda value, there: isinstance(value, str) and value.startswith(argument)
    try:
        pattern = re.compile(argument)
    except re.error as error:
        raise QueryError(f"Bad argument for operator $regex: {error}") from error
    return lambda value, there: isinstance(value, str) and pattern.search(value) is not None


def _elements(name: str, argument: Any) -> Matches:
    inner = _condition(argument)

    def of_items(value: Any, there: bool) -> bool:
        if name == "$keyMapMatch":
            return isinstance(value, dict) and any(
                inner(key, True) for key in cast(dict[str, Any], value)
            )
        if not isinstance(value, list) or not value:
            return False
        found = (inner(item, True) for item in cast(list[Any], value))
        return any(found) if name == "$elemMatch" else all(found)

    return of_items
