"""JSON schemas of metadata as types of Python.

What a schema says that Python's types do not (patterns, bounds) is left to the chaincode, which
checks it. What cannot be said at all becomes a plain type with a comment that says why.
"""

import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from weftwork.errors import GenerateError
from weftwork.generate.document import Schema
from weftwork.generate.names import Names, pascal, snake
from weftwork.generate.writing import literal

WORDS = frozenset(
    {
        *("str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "object"),
        *("Any", "Literal", "Mapping", "Sequence", "Unpack", "datetime", "uuid", "msgspec"),
        *("Department", "AsyncDepartment", "SubmitOptions", "EvaluateOptions"),
        *("given", "as_json", "TypeAlias"),
    }
)
"""Names that the written module uses itself: no field, parameter or method may have one."""

_REF = "#/components/schemas/"
_FORMATS = {
    "date-time": "datetime.datetime",
    "date": "datetime.date",
    "time": "datetime.time",
    "uuid": "uuid.UUID",
    "byte": "bytes",
    "binary": "bytes",
}
_SIMPLE = {"boolean": "bool", "integer": "int", "null": "None"}
_ATOMS = frozenset({"str", "int", "float", "bool"})
_DEEPEST = 40
_UNREADABLE = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')  # msgspec renames no field so
_LONGEST_LITERAL = 50
_MOST = 100_000  # schemas of few lines can hold one another very often


@dataclass(frozen=True, slots=True)
class Type:
    """A type as it is written.

    Attributes:
        text: the expression.
        note: why it is no narrower one; empty where it says all.
        open: whether it holds floats outside of a model, which only JSON for other languages'
            chaincode may.
        nullable: whether None is among its values.
        values: all of them, of an enum.
    """

    text: str
    note: str = ""
    open: bool = False
    nullable: bool = False
    values: tuple[object, ...] = ()

    @property
    def item(self) -> str:
        """What a ``list[...]`` or ``dict[str, ...]`` holds; empty where it is none."""
        for before in ("list[", "dict[str, "):
            if self.text.startswith(before) and self.text.endswith("]"):
                return self.text.removeprefix(before)[:-1]
        return ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model.

    Attributes:
        name: in Python.
        key: in JSON.
        type: what it holds.
        default: its default as it is written; empty where it has none.
        description: in the chaincode's words.
    """

    name: str
    key: str
    type: Type
    default: str
    description: str


@dataclass(slots=True)
class Model:
    """One class of values.

    Attributes:
        name: of the class.
        description: in the chaincode's words.
        fields: those without a default first.
        omits: whether what is at its default is left out of the JSON.
    """

    name: str
    description: str
    fields: list[Field] = field(default_factory=list[Field])
    omits: bool = False


class Types:
    """The types of one module.

    Args:
        schemas: the metadata's components.
        known: classes that exist already, by the component's or the enum's name.
        taken: names that no class may have.
    """

    def __init__(
        self, schemas: Mapping[str, Schema], known: Mapping[str, str], taken: Sequence[str] = ()
    ) -> None:
        self._schemas = schemas
        self._known = known
        self.names: Names = Names({*dir(builtins), *WORDS, *known, *taken})
        """The names of the module's classes."""
        self._named: dict[str, str] = {}
        self.models: dict[str, Model] = {}
        """The classes to write, by name."""
        self.used: set[str] = set()
        """The known classes that were used."""
        self.aliases: dict[str, str] = {}
        """The enums to write, by name: too long to stand where they are used."""
        self._looked = 0
        self._made: dict[int, Type] = {}

    def of(self, schema: Schema, named: str) -> Type:
        """The type of a parameter's or a result's schema; a class that it describes is kept.

        Args:
            schema: asked for again it gives the same.
            named: what a class that it describes in place is named after.

        Raises:
            GenerateError: schemas lie in one another without end.
        """
        if id(schema) not in self._made:
            self._made[id(schema)] = self._of(schema, named, 0)
        return self._made[id(schema)]

    def _of(self, schema: Schema, named: str, depth: int) -> Type:
        self._looked += 1
        if depth > _DEEPEST or self._looked > _MOST:
            raise GenerateError(f"the schema of {named} is nested too deep or too wide")
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema["$ref"], schema, depth)
        if isinstance(schema.get("enum"), list):
            return self._enum(schema, named, depth)
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list):
                return self._union([_schema(each) for each in schema[key]], named, depth)
        kinds: Any = schema.get("type")
        if isinstance(kinds, list):
            each = [_schema({**schema, "type": kind}) for kind in cast("list[Any]", kinds)]
            return self._union(each, named, depth)
        match kinds:
            case "string":
                return Type(_FORMATS.get(str(schema.get("format")), "str"))
            case "boolean" | "integer" | "null":
                return Type(_SIMPLE[kinds], nullable=kinds == "null")
            case "number":
                step = schema.get("multipleOf")
                whole = isinstance(step, int | float) and step >= 1 and step == int(step)
                return Type("int") if whole else Type("float", open=True)
            case "array":
                return self._array(schema, named, depth)
            case "object":
                return self._object(schema, named, depth)
            case _ if "properties" in schema or "allOf" in schema:
                return self._object(schema, named, depth)
            case _:
                return Type("Any", "the metadata does not say what this is")

    def _reference(self, reference: str, schema: Schema, depth: int) -> Type:
        name = reference.removeprefix(_REF).rpartition("/")[2]
        nullable = "default" in schema and schema["default"] is None
        if name in self._known:
            self.used.add(name)
            made = Type(self._known[name])
        elif name in self._schemas:
            component = self._schemas[name]
            if _is_plain(component) or not self._has_fields(component, name):
                made = self._of(component, name, depth + 1)
            else:
                made = Type(self._component(name, component))
        elif name == "Date":  # Node's decorators name JavaScript's own classes so
            made = Type("datetime.datetime")
        else:
            made = Type("Any", f"the metadata has no schema {literal(name)}")
        return optional(made) if nullable else made

    def _component(self, name: str, schema: Schema) -> str:
        if name not in self._named:
            self._named[name] = self.names.give(pascal(name, "Model"))
            self._model(self._named[name], schema)
        return self._named[name]

    def _enum(self, schema: Schema, named: str, depth: int) -> Type:
        values: list[object] = list(schema["enum"])
        nullable = None in values or ("default" in schema and schema["default"] is None)
        values = [value for value in values if value is not None]
        title = schema.get("title")
        if isinstance(title, str) and title in self._known:
            self.used.add(title)
            made = Type(self._known[title])
        elif values and all(type(value) in (str, int, bool) for value in values):
            made = self._literal(values, title if isinstance(title, str) else named)
        else:
            rest = {key: value for key, value in schema.items() if key != "enum"}
            plain = self._of(rest, named, depth + 1)
            made = Type(plain.text, "one of values that Python's Literal cannot name", plain.open)
        return optional(made) if nullable else made

    def _literal(self, values: list[object], named: str) -> Type:
        whole = f"Literal[{', '.join(literal(value) for value in values)}]"
        if len(whole) <= _LONGEST_LITERAL:
            return Type(whole, values=tuple(values))
        lines = ["Literal[", *(f"    {literal(value)}," for value in values), "]"]
        text = "\n".join(lines)
        name = next((name for name, known in self.aliases.items() if known == text), None)
        if name is None:
            name = self.names.give(pascal(named, "Values"))
            self.aliases[name] = text
        return Type(name, values=tuple(values))

    def _union(self, members: list[Schema], named: str, depth: int) -> Type:
        made = [self._of(each, named, depth + 1) for each in members]
        texts = list(dict.fromkeys(each.text for each in made if each.text != "None"))
        nullable = any(each.nullable for each in made)
        if not texts:
            alone = Type("None", nullable=True)
            return alone if members else Type("Any", "one of nothing")
        sorts = [_sort(text) for text in texts]
        if "Any" in texts or len(set(sorts)) < len(sorts) or (len(texts) > 1 and "" in sorts):
            return Type("Any", f"one of {', '.join(texts)}")
        whole = Type(
            " | ".join(texts),
            next((each.note for each in made if each.note), ""),
            any(each.open for each in made),
        )
        return optional(whole) if nullable else whole

    def _array(self, schema: Schema, named: str, depth: int) -> Type:
        items = _list(schema.get("items"))
        if items:
            made = [self._of(_schema(each), named, depth + 1) for each in items]
            text = f"tuple[{', '.join(each.text for each in made)}]"
            return Type(text, _notes(made), any(each.open for each in made))
        one = self._of(_schema(schema.get("items")), f"{named} item", depth + 1)
        return Type(f"list[{one.text}]", one.note, one.open)

    def _object(self, schema: Schema, named: str, depth: int) -> Type:
        if self._has_fields(schema, named):
            name = self.names.give(pascal(named, "Model"))
            self._model(name, schema, depth)
            return Type(name)
        more = _schema(schema.get("additionalProperties"))
        if more:
            one = self._of(more, f"{named} value", depth + 1)
            return Type(f"dict[str, {one.text}]", one.note, one.open)
        return Type("dict[str, Any]", "an object of which the metadata names no properties")

    def _has_fields(self, schema: Schema, name: str) -> bool:
        """Whether a class can have its properties: there are some, and each can be a field."""
        keys = [
            key
            for part in self._parts(schema, name, set())
            for key in _schema(part.get("properties"))
        ]
        return bool(keys) and not any(_UNREADABLE.search(key) for key in keys)

    def _model(self, name: str, schema: Schema, depth: int = 0) -> None:
        model = Model(name, _text(schema.get("description")))
        self.models[name] = model  # before its fields, which may hold it again
        properties: dict[str, Schema] = {}
        required: set[str] = set()
        for part in self._parts(schema, name, set()):
            properties.update(
                {key: _schema(each) for key, each in _schema(part.get("properties")).items()}
            )
            required |= {str(each) for each in _list(part.get("required"))}
        model.omits = any(
            key not in required and "default" not in each for key, each in properties.items()
        )
        names = Names({*WORDS, *self._known.values(), "self"})
        made = [
            self._field(model, names, key, each, key in required, depth)
            for key, each in properties.items()
        ]
        model.fields = [each for each in made if not each.default]
        model.fields += [each for each in made if each.default]

    def _field(
        self,
        model: Model,
        names: Names,
        key: str,
        schema: Schema,
        required: bool,
        depth: int,
    ) -> Field:
        name = names.give(snake(key, "field"))
        made = self._of(schema, f"{model.name} {key}", depth + 1)
        default = ""
        constant = _list(schema.get("enum"))
        if len(constant) == 1:
            schema = {**schema, "default": constant[0]}
        if "default" in schema and not (required and model.omits):
            default = _default(schema["default"], made)
        if not default and not required:
            made, default = optional(made), "None"
        return Field(name, key, made, default, _text(schema.get("description")))

    def _parts(self, schema: Schema, name: str, seen: set[str]) -> Iterator[Schema]:
        """A schema and those it extends, which come first."""
        for each in _list(schema.get("allOf")):
            part = _schema(each)
            reference = part.get("$ref")
            if not isinstance(reference, str):
                yield from self._parts(part, name, seen)
                continue
            base = reference.removeprefix(_REF).rpartition("/")[2]
            if base in seen or len(seen) > _DEEPEST:
                raise GenerateError(f"the schema of {name} extends {base} in a circle")
            yield from self._parts(self._schemas.get(base, {}), name, {*seen, base})
        yield schema


def optional(made: Type) -> Type:
    """The type, or None."""
    if made.nullable or made.text == "Any":
        return made
    return Type(f"{made.text} | None", made.note, made.open, True, made.values)


def _default(value: object, made: Type) -> str:
    """A default as it is written; nothing where it is not of the type, or has no short form."""
    kind = made.text.removesuffix(" | None")
    if value is None:
        return "None" if made.nullable else ""
    if isinstance(value, list | dict):
        empty = {"list": "[]", "dict": "{}"}.get(kind.partition("[")[0], "")
        return "" if value else empty
    if made.values:
        fits = any(type(each) is type(value) and each == value for each in made.values)
        return literal(value) if fits else ""
    matches = {"str": str, "int": int, "bool": bool}.get(kind)
    return literal(value) if matches is not None and type(value) is matches else ""


def _sort(text: str) -> str:
    """What a type is in JSON: a union can have but one of each sort. Empty for a class."""
    word = text.partition("[")[0]
    if word == "Literal":
        return "str" if text.endswith(('"]', "']")) else "int"
    if "." in word or word == "bytes":
        return "str"
    return {"list": "array", "tuple": "array", "dict": "object"}.get(
        word, word if word in _ATOMS else ""
    )


def _is_plain(schema: Schema) -> bool:
    """Whether a component is another name of a type that needs no class."""
    return not schema.get("properties") and "allOf" not in schema and "type" in schema


def _notes(made: Sequence[Type]) -> str:
    return next((each.note for each in made if each.note), "")


def _schema(value: object) -> Schema:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
