"""YAML read with line numbers: a tree whose every value knows where it was written."""

from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml
from yaml.reader import ReaderError

from weftwork_network.faults import Faults

Scalar: TypeAlias = str | int | float | bool | None

MOST_VALUES = 100_000
"""More than any network's files say; what stands for more is a mistake or meant to do harm."""

_FIRST = "`weftwork network init` in an empty folder writes a first one"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MERGE = "tag:yaml.org,2002:merge"
# What to do about what PyYAML says, by a word of it; the first that fits.
_CURES = (
    (r"'\t'", "indent with spaces"),
    ("another document", "keep one document, without a second `---`"),
    ("mapping values are not allowed", "indent it rightly, or quote a text that holds ': '"),
    ("could not determine a constructor", "take the tag (`!…`) out"),
    ("undefined alias", "write an anchor (&name) before its reference (*name)"),
    ("found unexpected end of stream", "close the quote or bracket"),
)


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
        faults: takes what is wrong: bad syntax, duplicate keys, keys that are no text, references
            that stand for themselves or for more than anybody writes.

    Returns:
        The root, or None when the syntax is too broken to go on.
    """
    try:
        loader = yaml.SafeLoader(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.add(
            line, f"not YAML: character U+{_code(error):04X} has no place in it; take it out"
        )
        return None
    try:
        root = loader.get_single_node()
        if root is None:
            faults.add(0, f"the file is empty; {_FIRST}")
            return None
        read = _Reader(loader, faults).read(root)
        values = _values(read, {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(mark.line + 1 if mark else 0, f"not YAML: {_said(error)}")
        return None
    except yaml.YAMLError as error:
        faults.add(0, f"not YAML: {' '.join(str(error).split())}; correct it")
        return None
    except RecursionError:
        faults.add(0, "nested too deeply to be read; take levels out")
        return None
    finally:
        loader.dispose()
    if values > MOST_VALUES:
        faults.add(
            0, f"its references (*name) stand for more than {MOST_VALUES} values; write them out"
        )
        return None
    return read


def _values(node: Marked, counted: dict[int, int]) -> int:
    """How many values there are when every reference is followed; each is looked at once."""
    known = counted.get(id(node))
    if known is not None:
        return known
    below: list[Marked] = []
    if isinstance(node.value, dict):
        below = list(node.value.values())
    elif isinstance(node.value, list):
        below = node.value
    total = 1 + sum(_values(member, counted) for member in below)
    counted[id(node)] = total
    return total


def _code(error: ReaderError) -> int:
    """The character that a reader stumbled over; PyYAML's types say it is text, it is a number."""
    return error.character if isinstance(error.character, int) else ord(error.character)


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or ""
    return f"{problem}; {next((cure for word, cure in _CURES if word in problem), 'correct it')}"


class _Reader:
    """Turns PyYAML's nodes into marked values; an aliased node is read once and shared."""

    def __init__(self, loader: yaml.SafeLoader, faults: Faults) -> None:
        self._loader = loader
        self._faults = faults
        self._seen: dict[int, Marked] = {}
        self._open: set[int] = set()

    def read(self, node: yaml.Node) -> Marked:
        known = self._seen.get(id(node))
        if known is not None:
            return known
        line = node.start_mark.line + 1
        if id(node) in self._open:
            self._faults.add(line, "a reference (*name) inside of what it stands for; take it out")
            return Marked(None, line, {})
        self._open.add(id(node))
        read = self._seen[id(node)] = self._read(node, line)
        self._open.discard(id(node))
        return read

    def _read(self, node: yaml.Node, line: int) -> Marked:
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
            self._faults.add(line, f"the tag {node.tag} has no place here; take it out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, line)
        if isinstance(node, yaml.SequenceNode):
            return Marked([self.read(member) for member in node.value], line, {})
        if node.tag == _TIMESTAMP:
            return Marked(str(node.value), line, {})  # as it was written
        try:
            # PyYAML's own rules decide what is a number and what is text; its types say nothing.
            value = cast(object, self._loader.construct_object(node))  # pyright: ignore[reportUnknownMemberType]
        except (ValueError, KeyError):
            self._faults.add(line, f"'{node.value}' cannot be read; quote it if it is text")
            return Marked(None, line, {})
        if value is None or isinstance(value, str | int | float | bool):
            return Marked(value, line, {})
        return Marked(str(node.value), line, {})

    def _mapping(self, node: yaml.MappingNode, line: int) -> Marked:
        own: dict[str, int] = {}
        members: dict[str, Marked] = {}
        lines: dict[str, int] = {}
        merged: list[Marked] = []
        for key, value in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._faults.add(at, "a key must be a plain word; correct it")
                continue
            name = str(key.value)
            if name in own and key.tag != _MERGE:
                self._faults.add(at, f"'{name}' stands twice, first on line {own[name]}; keep one")
            own.setdefault(name, at)
            if key.tag == _MERGE:
                merged += self._merged(value)
                continue
            members[name] = self.read(value)
            lines[name] = at
        # `<<: *anchor` becomes the entries it stands for; what is written here goes before them.
        for source in merged:
            for name, member in cast(dict[str, Marked], source.value).items():
                if name not in members:
                    members[name] = member
                    lines[name] = source.key_lines[name]
        return Marked(members, line, lines)

    def _merged(self, value: yaml.Node) -> list[Marked]:
        """The mappings that a `<<` names, one or a list of them, the first before the next."""
        read = self.read(value)
        sources = read.value if isinstance(read.value, list) else [read]
        for source in sources:
            if not isinstance(source.value, dict):
                self._faults.add(source.line, "`<<` takes a mapping or a list of them; correct it")
        return [source for source in sources if isinstance(source.value, dict)]
