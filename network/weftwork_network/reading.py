"""Marked YAML into the model's types: every wrong type, unknown or missing field, with its line."""

from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import inspect

from weftwork_network.faults import Faults, did_you_mean
from weftwork_network.marks import Marked

Path: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=msgspec.Struct)

_MISSING = object()


@dataclass
class Lines:
    """Where each value of the model stands in its file.

    Attributes:
        known: the line of each path that was written.
        dropped: lists' members that could not be read, so that nobody is told they do not exist.
    """

    known: dict[Path, int] = field(default_factory=dict[Path, int])
    dropped: list[Path] = field(default_factory=list[Path])

    def at(self, *path: str | int) -> int:
        """The line of a value, or of the nearest thing around it that was written."""
        steps: Path = path
        while steps and steps not in self.known:
            steps = steps[:-1]
        return self.known.get(steps, 1)


def read_model(root: Marked, model: type[Model], faults: Faults) -> tuple[Model | None, Lines]:
    """Reads a marked tree as a model, as much of it as can be read.

    So that one reading tells every fault, a field that is wrong takes its default and a member of
    a list that cannot be read is left out: a model that came with faults is only good for finding
    more of them.

    Returns:
        The model, or None when too much is missing, and the lines of what was read.
    """
    reader = _ModelReader(faults)
    value = reader.read(root, inspect.type_info(model), ())
    return (value if isinstance(value, model) else None), reader.lines


class _ModelReader:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.lines = Lines()

    def read(self, node: Marked, kind: inspect.Type, path: Path) -> object:
        self.lines.known.setdefault(path, node.line)
        match kind:
            case inspect.StructType():
                return self._struct(node, kind, path)
            case inspect.ListType(item_type=item):
                return self._list(node, item, path)
            case inspect.DictType(value_type=item):
                return self._dict(node, item, path)
            case inspect.UnionType():
                return self._union(node, kind, path)
            case _:
                return self._scalar(node, kind, path)

    def _struct(self, node: Marked, kind: inspect.StructType, path: Path) -> object:
        if not isinstance(node.value, dict):
            return self._wrong(node, path, "a mapping of fields")
        fields = {member.encode_name: member for member in kind.fields}
        for name in node.value:
            self.lines.known[(*path, name)] = node.key_lines[name]
            if name not in fields:
                hint = did_you_mean(name, fields)
                self._faults.add(
                    node.key_lines[name], f"{_place(path)}unknown field '{name}'{hint}"
                )
        values: dict[str, object] = {}
        complete = True
        for name, member in fields.items():
            found = node.value.get(name)
            if found is None:
                if member.required:
                    self._faults.add(node.line, f"{_place(path)}field '{name}' is missing; add it")
                    complete = False
                continue
            value = self.read(found, member.type, (*path, name))
            if value is not _MISSING:
                values[member.name] = value
            elif member.required:
                complete = False
        return kind.cls(**values) if complete else _MISSING

    def _list(self, node: Marked, item: inspect.Type, path: Path) -> object:
        if not isinstance(node.value, list):
            return self._wrong(node, path, "a list")
        read: list[object] = []
        for at, member in enumerate(node.value):
            value = self.read(member, item, (*path, len(read)))
            if value is _MISSING:
                self.lines.dropped.append((*path, at))
                self._forget((*path, len(read)))
            else:
                read.append(value)
        return read

    def _forget(self, path: Path) -> None:
        """The lines of a dropped member make room for those of the next."""
        for known in [known for known in self.lines.known if known[: len(path)] == path]:
            del self.lines.known[known]

    def _dict(self, node: Marked, item: inspect.Type, path: Path) -> object:
        if not isinstance(node.value, dict):
            return self._wrong(node, path, "a mapping")
        read = {name: self.read(member, item, (*path, name)) for name, member in node.value.items()}
        return {name: value for name, value in read.items() if value is not _MISSING}

    def _union(self, node: Marked, kind: inspect.UnionType, path: Path) -> object:
        for member in kind.types:
            if _fits(node, member):
                return self.read(node, member, path)
        expected = " or ".join(_named(member) for member in kind.types if not _is_none(member))
        return self._wrong(node, path, expected)

    def _scalar(self, node: Marked, kind: inspect.Type, path: Path) -> object:
        if not _fits(node, kind):
            return self._wrong(node, path, _named(kind))
        value = node.value
        if isinstance(kind, inspect.LiteralType) and value not in kind.values:
            allowed = ", ".join(str(choice) for choice in kind.values)
            self._faults.add(node.line, f"{_place(path)}'{value}' is not known; write {allowed}")
            return _MISSING
        if isinstance(kind, inspect.IntType) and isinstance(value, int):
            low, high = kind.ge, kind.le
            if (low is not None and value < low) or (high is not None and value > high):
                self._faults.add(
                    node.line, f"{_place(path)}{value} is out of range; write {low} to {high}"
                )
                return _MISSING
        return value

    def _wrong(self, node: Marked, path: Path, expected: str) -> object:
        self._faults.add(
            node.line, f"{_place(path)}expected {expected}, found {_found(node)}; correct it"
        )
        return _MISSING


def _place(path: Path) -> str:
    """`departments[2].users[0]: ` so that a reader finds the value in a long file."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return f"{text}: " if text else ""


def _is_none(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.NoneType)


def _fits(node: Marked, kind: inspect.Type) -> bool:
    value = node.value
    match kind:
        case inspect.StrType():
            return isinstance(value, str) and value != ""
        case inspect.LiteralType(values=choices):
            return type(value) in {type(choice) for choice in choices}
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.NoneType():
            return value is None
        case inspect.ListType():
            return isinstance(value, list)
        case inspect.DictType() | inspect.StructType():
            return isinstance(value, dict)
        case _:
            return False


def _named(kind: inspect.Type) -> str:
    match kind:
        case inspect.StrType():
            return "text"
        case inspect.LiteralType(values=choices):
            return " or ".join(f"'{choice}'" for choice in choices)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.ListType():
            return "a list"
        case inspect.UnionType(types=types):
            return " or ".join(_named(member) for member in types if not _is_none(member))
        case _:
            return "a mapping of fields"


def _found(node: Marked) -> str:
    value = node.value
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"'{str(value).lower()}' (quote it if it is meant as text)"
    if isinstance(value, int | float):
        return f"the number {value}"
    return f"'{value}'"
