"""YAML read with line numbers: a tree whose every value knows where it was written."""

from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml

from weftwork_network.faults import Faults

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Marked:
    """A value and its line.

    Attributes:
        value: a scalar, a list of marked values, or a mapping from text to marked values.
        line: counted from 1; of a mapping's entry it is the line of the value, see `key_lines`.
        key_lines: for a mapping, the line of each key.
    """

    value: "Scalar | list[Marked] | dict[str, Marked]"
    line: int
    key_lines: dict[str, int]

    def get(self, *path: str | int) -> "Marked | None":
        """The value below, or None when any step of the path is not there."""
        here: Marked | None = self
        for step in path:
            if here is None:
                return None
            value = here.value
            if isinstance(step, str):
                here = value.get(step) if isinstance(value, dict) else None
            else:
                here = value[step] if isinstance(value, list) and step < len(value) else None
        return here

    def items(self) -> "list[Marked]":
        """The members of a list; nothing for any other value."""
        return self.value if isinstance(self.value, list) else []

    def text(self, *path: str | int) -> str:
        """The text below, or the empty text when it is absent or no text."""
        found = self.get(*path)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def plain(self) -> object:
        """The value without its marks, as a YAML loader would give it."""
        if isinstance(self.value, dict):
            return {key: member.plain() for key, member in self.value.items()}
        if isinstance(self.value, list):
            return [member.plain() for member in self.value]
        return self.value


def read_marked(text: str, faults: Faults) -> Marked | None:
    """Reads one YAML document.

    Args:
        text: the document.
        faults: takes what is wrong: bad syntax, duplicate keys, keys that are no text.

    Returns:
        The root, or None when the syntax is too broken to go on.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            faults.add(0, "the file is empty")
            return None
        return _Reader(loader, faults).read(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(mark.line + 1 if mark else 0, f"not YAML: {error.problem or error.context}")
        return None
    except yaml.YAMLError as error:
        faults.add(0, f"not YAML: {' '.join(str(error).split())}")
        return None
    finally:
        loader.dispose()


class _Reader:
    """Turns PyYAML's nodes into marked values; an aliased node is read once and shared."""

    def __init__(self, loader: yaml.SafeLoader, faults: Faults) -> None:
        self._loader = loader
        self._faults = faults
        self._seen: dict[int, Marked] = {}

    def read(self, node: yaml.Node) -> Marked:
        known = self._seen.get(id(node))
        if known is None:
            known = self._seen[id(node)] = self._read(node)
        return known

    def _read(self, node: yaml.Node) -> Marked:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, line)
        if isinstance(node, yaml.SequenceNode):
            return Marked([self.read(member) for member in node.value], line, {})
        # PyYAML's own rules decide what is a number and what is text; its types say nothing here.
        value = cast(object, self._loader.construct_object(node))  # pyright: ignore[reportUnknownMemberType]
        if value is None or isinstance(value, str | int | float | bool):
            return Marked(value, line, {})
        return Marked(str(value), line, {})  # dates and the like: taken as they were written

    def _mapping(self, node: yaml.MappingNode, line: int) -> Marked:
        own: dict[str, int] = {}
        for key, _ in node.value:
            at = key.start_mark.line + 1
            name = cast(str, key.value)
            if name in own and name != "<<":
                self._faults.add(at, f"'{name}' stands twice, first on line {own[name]}; keep one")
            own.setdefault(name, at)
        self._loader.flatten_mapping(node)  # `<<: *anchor` becomes the entries it stands for
        members: dict[str, Marked] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._faults.add(key.start_mark.line + 1, "a key must be a plain word")
                continue
            members[key.value] = self.read(value)
            lines[key.value] = key.start_mark.line + 1
        return Marked(members, line, lines)
