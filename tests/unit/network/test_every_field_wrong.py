"""Every field of network.yaml wrong in turn, made from the model: a new one is not forgotten.

The documents hold every field that the model knows. The JSON Schema, which comes from the model
too, says which of the changed ones are wrong; the reader must say so with the line, and what to do.
"""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from msgspec import inspect

from weftwork_network.definition import Definition
from weftwork_network.errors import DefinitionError
from weftwork_network.project import read_definition
from weftwork_network.schema import network_schema

Path = tuple[str | int, ...]

MODEL = inspect.type_info(Definition)
VALIDATOR = jsonschema.Draft202012Validator(network_schema())
# A value of a field may be of one type or another: a document for each.
VARIANTS = 3

WRONG: dict[str, object] = {
    "text": "words",
    "a number": 7,
    "a fraction": 1.5,
    "yes": True,
    "nothing": None,
    "empty text": "",
    "a list of lists": [[1]],
    "an empty list": [],
    "a mapping of mappings": {"x": {"y": [1]}},
    "a huge number": 2**70,
    "a negative number": -1,
}


def sample(kind: inspect.Type, variant: int) -> Any:
    """A value with every field that its type knows."""
    match kind:
        case inspect.StructType(fields=fields):
            return {field.encode_name: sample(field.type, variant) for field in fields}
        case inspect.ListType(item_type=item):
            return [sample(item, variant)]
        case inspect.DictType(value_type=item):
            return {"key": sample(item, variant)}
        case inspect.UnionType(types=types):
            some = [each for each in types if not isinstance(each, inspect.NoneType)]
            return sample(some[variant % len(some)], variant)
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.BoolType():
            return True
        case inspect.IntType(ge=low):
            return low or 0
        case inspect.StrType():
            return "text"
        case _:
            raise AssertionError(f"say here what a {kind} looks like")


def places(kind: inspect.Type, value: Any, path: Path = ()) -> Iterator[tuple[Path, inspect.Type]]:
    """Every value of a document with its type."""
    yield path, kind
    match kind:
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from places(field.type, value[field.encode_name], (*path, field.encode_name))
        case inspect.ListType(item_type=item):
            for at, member in enumerate(value):
                yield from places(item, member, (*path, at))
        case inspect.DictType(value_type=item):
            for name, member in value.items():
                yield from places(item, member, (*path, name))
        case inspect.UnionType(types=types):
            for each in types:
                if accepts(each, value):
                    yield from places(each, value, path)


def accepts(kind: inspect.Type, value: Any) -> bool:
    if isinstance(kind, inspect.StructType):
        return isinstance(value, dict) and set(value) <= {f.encode_name for f in kind.fields}
    if isinstance(kind, inspect.ListType):
        return isinstance(value, list)
    return isinstance(kind, inspect.DictType) and isinstance(value, dict)


DOCUMENTS = [sample(MODEL, variant) for variant in range(VARIANTS)]
EVERY = [(document, path, kind) for document in DOCUMENTS for path, kind in places(MODEL, document)]


def changed(document: Any, path: Path, value: object) -> Any:
    if not path:
        return value
    made = copy.deepcopy(document)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return made


def line_of(text: str, path: Path) -> int:
    """Where the value of a path begins, by PyYAML's own marks."""
    node = yaml.compose(text)
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        else:
            assert isinstance(node, yaml.SequenceNode)
            assert isinstance(step, int)
            node = node.value[step]
    assert node is not None
    return node.start_mark.line + 1


def shown(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@pytest.fixture
def told(tmp_path):
    """What is said of a document: `line: text` of each fault; each must say what to do."""

    def read(document: object) -> tuple[str, list[str]]:
        file = tmp_path / "network.yaml"
        text = yaml.safe_dump(document, sort_keys=False)
        file.write_text(text)
        try:
            read_definition(file)
        except DefinitionError as error:
            faults = error.faults
        else:
            faults = ()
        for fault in faults:
            assert "\n" not in str(fault)
            assert "; " in fault.text, f"this says nothing of what to do: {fault}"
        return text, [f"{fault.line}: {fault.text}" for fault in faults]

    return read


def test_the_documents_hold_every_field() -> None:
    """And are well typed, so that what is wrong of the changed ones is the change."""
    models: dict[str, set[str]] = {}
    for _, path, kind in EVERY:
        if isinstance(kind, inspect.StructType):
            models[kind.cls.__name__] = {field.encode_name for field in kind.fields}
        assert not isinstance(kind, inspect.AnyType), f"{shown(path)} may be anything"
    assert set(models) == set(network_schema()["$defs"])
    for document in DOCUMENTS:
        VALIDATOR.validate(document)
        msgspec.convert(document, Definition)


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_value_of_a_wrong_type_or_size_anywhere(told, wrong: str) -> None:
    value = WRONG[wrong]
    tried = 0
    for document, path, _ in EVERY:
        made = changed(document, path, value)
        if VALIDATOR.is_valid(made):
            told(made)  # what the types allow may be a fault or not: never a traceback
            continue
        tried += 1
        text, faults = told(made)
        line = line_of(text, path)
        about = [fault for fault in faults if fault.startswith(f"{line}: {shown(path)}")]
        # A value may hold the fault further down.
        deeper = [fault for fault in faults if f": {shown(path)}" in fault]
        assert about or (isinstance(value, list | dict) and deeper), (shown(path), faults)
    assert tried


def test_an_unknown_name_beside_every_field(told) -> None:
    for document, path, kind in EVERY:
        if not isinstance(kind, inspect.StructType):
            continue
        for field in kind.fields:
            name = field.encode_name
            holder = dict(_at(document, path))
            text, faults = told(changed(document, path, {f"{name}{name[-1]}": 1, **holder}))
            said = f"unknown field '{name}{name[-1]}'; did you mean '{name}'?"
            assert any(said in fault for fault in faults), (shown(path), name, faults)
            line = text.splitlines().index(
                next(line for line in text.splitlines() if f"{name}{name[-1]}: 1" in line)
            )
            assert any(fault.startswith(f"{line + 1}: ") and said in fault for fault in faults)


def test_every_required_field_missing(told) -> None:
    for document, path, kind in EVERY:
        if not isinstance(kind, inspect.StructType):
            continue
        for field in kind.fields:
            holder = {
                name: value
                for name, value in _at(document, path).items()
                if name != field.encode_name
            }
            if not holder:
                continue
            text, faults = told(changed(document, path, holder))
            said = f"field '{field.encode_name}' is missing; add it"
            found = [fault for fault in faults if said in fault]
            assert bool(found) == field.required, (shown(path), field.encode_name, faults)
            for fault in found:
                assert fault.startswith(f"{line_of(text, path)}: {shown(path)}")


def test_every_number_just_out_of_its_range(told) -> None:
    tried: set[str] = set()
    for document, path, kind in EVERY:
        alternatives = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        for each in alternatives:
            if not isinstance(each, inspect.IntType):
                continue
            assert each.ge is not None, f"{shown(path)} has no least value"
            assert each.le is not None, f"{shown(path)} has no greatest value"
            for value in (each.ge - 1, each.le + 1):
                text, faults = told(changed(document, path, value))
                said = f"{shown(path)}: {value} is out of range; write {each.ge} to {each.le}"
                assert f"{line_of(text, path)}: {said}" in faults, faults
                tried.add(shown(path))
    assert {"base_port", "departments[0].peers"} <= tried


def test_every_fault_of_a_file_is_told_at_once(told) -> None:
    """Every value that has no members wrong in one document."""
    document = copy.deepcopy(DOCUMENTS[0])
    leaves = [
        path
        for path, kind in places(MODEL, DOCUMENTS[0])
        if not isinstance(_at(DOCUMENTS[0], path), dict | list)
    ]
    for path in leaves:
        document = changed(document, path, {"x": 1})
    _, faults = told(document)
    for path in leaves:
        assert any(f": {shown(path)}" in fault for fault in faults), shown(path)


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document
