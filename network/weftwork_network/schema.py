"""The JSON Schema of network.yaml, made from the config model, for editors and other readers.

It says what the model's types say: which fields there are, their types and bounds. What binds
fields to one another (names that must exist, ports that may not meet) only the tool's own checks
can say.
"""

import json
import re
from typing import Any, cast

import msgspec

from weftwork_network.definition import Definition

SCHEMA = "network.schema.json"
"""The schema's file, beside network.yaml."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FIELD = re.compile(r"(?m)^(?P<name>[a-z_]+): (?P<text>.+(?:\n {2,}.+)*)")


def network_schema() -> dict[str, Any]:
    """The schema as plain values."""
    made = msgspec.json.schema(Definition)
    for model in made["$defs"].values():
        _describe(model)
    _no_empty_text(made)
    return {"$schema": _DIALECT, "title": "network.yaml", **made}


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(network_schema(), indent=2, ensure_ascii=False) + "\n"


def _describe(model: dict[str, Any]) -> None:
    """A model's docstring, taken apart: what it is, and each of its fields."""
    text, _, fields = str(model.get("description", "")).partition("Attributes:")
    model["description"] = _one_line(text)
    for found in _FIELD.finditer(_dedented(fields)):
        member = model["properties"].get(found["name"])
        if member is not None:
            member["description"] = _one_line(found["text"])


def _dedented(fields: str) -> str:
    lines = [line for line in fields.splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[margin:] for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _no_empty_text(node: object) -> None:
    """The reader takes an empty text for a value that was forgotten; so does the schema."""
    if isinstance(node, list):
        for member in cast(list[object], node):
            _no_empty_text(member)
    elif isinstance(node, dict):
        mapping = cast(dict[str, object], node)
        if mapping.get("type") == "string":
            mapping.setdefault("minLength", 1)
        for member in list(mapping.values()):
            _no_empty_text(member)
