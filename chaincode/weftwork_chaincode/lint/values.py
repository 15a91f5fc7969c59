"""What the lint knows of a value: its class, what it holds, or that it is a named thing itself."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """An instance of the class ``name``, or with ``ref`` the class, function or module itself."""

    name: str
    of: tuple["Value", ...] = ()
    """The classes of its elements; of a dict, key and value."""

    ref: bool = False

    @property
    def unordered(self) -> bool:
        """Whether iterating it depends on the process's hash seed."""
        return not self.ref and self.name in (SET.name, STREAM.name)

    @property
    def element(self) -> "Value":
        """What iterating it gives."""
        return self.of[0] if self.of and not self.ref else UNKNOWN


UNKNOWN = Value("?")
SET = Value("builtins.set")
STREAM = Value("set iterator")
"""A generator over a set: harmless until something keeps its order."""

FLOAT = Value("builtins.float")
STR = Value("builtins.str")
INT = Value("builtins.int")
LIST = Value("builtins.list")
DICT = Value("builtins.dict")
VIEW = Value("builtins.dict_keys")
BYTES = Value("builtins.bytes")

_SAME = {
    "builtins.frozenset": "builtins.set",
    "typing.Set": "builtins.set",
    "typing.AbstractSet": "builtins.set",
    "typing.MutableSet": "builtins.set",
    "typing.FrozenSet": "builtins.set",
    "collections.abc.Set": "builtins.set",
    "collections.abc.MutableSet": "builtins.set",
    "typing.Dict": "builtins.dict",
    "typing.Mapping": "builtins.dict",
    "typing.MutableMapping": "builtins.dict",
    "collections.abc.Mapping": "builtins.dict",
    "collections.abc.MutableMapping": "builtins.dict",
    "collections.defaultdict": "builtins.dict",
    "typing.DefaultDict": "builtins.dict",
    "typing.List": "builtins.list",
    "typing.Sequence": "builtins.list",
    "collections.abc.Sequence": "builtins.list",
    "builtins.tuple": "builtins.list",
    "typing.Tuple": "builtins.list",
}
_WRAPPERS = {
    "typing.Annotated",
    "typing.Optional",
    "typing.ClassVar",
    "typing.Final",
    "typing.Awaitable",
    "collections.abc.Awaitable",
    "dataclasses.InitVar",
}


def instance(name: str, of: tuple[Value, ...] = ()) -> Value:
    """An instance of a class, classes that behave alike under one name."""
    return Value(_SAME.get(name, name), of)


def annotated(node: ast.expr | None, resolve: Callable[[str], str]) -> Value:
    """The value that an annotation promises; ``resolve`` makes dotted names canonical."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return annotated(ast.parse(text, mode="eval").body, resolve)
            except SyntaxError:
                return UNKNOWN
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return joined([annotated(left, resolve), annotated(right, resolve)])
        case ast.Name() | ast.Attribute():
            name = resolve(dotted(node))
            return instance(name) if name else UNKNOWN
        case ast.Subscript(value=base, slice=inner):
            name = resolve(dotted(base))
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if name in _WRAPPERS:
                return annotated(parts[0], resolve)
            if name == "typing.Union":
                return joined(annotated(part, resolve) for part in parts)
            if not name:
                return UNKNOWN
            return instance(name, tuple(annotated(part, resolve) for part in parts))
        case _:
            return UNKNOWN


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for such an expression, else empty."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=base, attr=attr):
            before = dotted(base)
            return f"{before}.{attr}" if before else ""
        case _:
            return ""


def joined(values: Iterable[Value]) -> Value:
    """One value for what may be any of several: the most doubtful one."""
    known = [value for value in values if value != UNKNOWN and value.name != "builtins.None"]
    for value in known:
        if value.unordered or value.name == FLOAT.name:
            return value
    holders = [value for value in known if value.of]
    return (holders or known or [UNKNOWN])[0]
