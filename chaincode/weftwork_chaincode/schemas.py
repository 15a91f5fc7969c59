"""JSON Schema of argument and result types, in the words that contract metadata allows.

Narrower than today's JSON Schema: no ``anyOf`` and no ``const``, patterns of ECMAScript, only
formats that validators know, components that are objects with an ``$id`` (fabric-chaincode-node,
``contract-schema.json``).
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from weftwork_chaincode.allowed import allowed_type

_REF = "#/components/schemas/"
_FORMATS = ("date-time", "date", "time", "uuid")
_KEPT = frozenset(
    {
        *("title", "description", "default", "required", "enum", "type", "allOf", "pattern"),
        *("multipleOf", "maximum", "minimum", "maxLength", "minLength"),
        *("maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties"),
    }
)


class Schemas:
    """The schemas of a set of types.

    Attributes:
        components: the objects among them, and those inside, by name.
    """

    def __init__(self, annotations: Iterable[Any]) -> None:
        self._types = {
            repr(annotation): allowed_type(annotation, "metadata") for annotation in annotations
        }
        made, named = msgspec.json.schema_components(
            list(self._types.values()), ref_template=f"{_REF}{{name}}"
        )
        self._named = cast("dict[str, dict[str, Any]]", named)
        self._made = dict(zip(self._types, made, strict=True))
        self.components: dict[str, Any] = {
            name: {"$id": name, **self._narrowed(schema, "")}
            for name, schema in sorted(self._named.items())
            if _is_object(schema)
        }

    def of(self, annotation: Any) -> dict[str, Any]:
        """The schema of one of the types."""
        if annotation is bytes:
            return {"type": "string", "description": "bytes as they are"}
        return self._narrowed(self._made[repr(annotation)], _REF)

    def _narrowed(self, schema: dict[str, Any], ref: str) -> dict[str, Any]:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            default = {"default": schema["default"]} if "default" in schema else {}
            if _is_object(self._named[name]):
                # inside components a reference is the other's bare $id, as Go and Node write it
                return {"$ref": f"{ref}{name}", **default}
            return {**self._narrowed(self._named[name], ref), **default}
        if "anyOf" in schema:
            made = self._union(schema["anyOf"], ref)
            return {**made, "default": schema["default"]} if "default" in schema else made
        found = {key: value for key, value in schema.items() if key in _KEPT}
        if "enum" in found and "type" not in found:
            kinds = {"string" if isinstance(each, str) else "integer" for each in found["enum"]}
            found |= {"type": min(kinds)} if len(kinds) == 1 and None not in found["enum"] else {}
        for key, bound, step in (
            ("exclusiveMinimum", "minimum", 1),
            ("exclusiveMaximum", "maximum", -1),
        ):
            if key in schema:
                found[bound] = schema[key] + step
        if "pattern" in found:
            pattern = _ecma(found.pop("pattern"))
            found |= {"pattern": pattern} if pattern else {}
        if schema.get("format") in _FORMATS:
            found["format"] = schema["format"]
        if "contentEncoding" in schema:
            found["description"] = f"bytes in {schema['contentEncoding']}"
        if "properties" in schema or _is_object(schema):
            properties = schema.get("properties", {})
            found["properties"] = {
                name: self._narrowed(each, ref) for name, each in properties.items()
            }
        if "prefixItems" in schema:
            found["items"] = [self._narrowed(each, ref) for each in schema["prefixItems"]]
        elif isinstance(schema.get("items"), dict):
            found["items"] = self._narrowed(schema["items"], ref)
        more = schema.get("additionalProperties")
        if more is not None:
            found["additionalProperties"] = (
                self._narrowed(more, ref) if isinstance(more, dict) else more  # pyright: ignore
            )
        return found

    def _union(self, members: list[dict[str, Any]], ref: str) -> dict[str, Any]:
        """``X | None`` is X, or X's type beside null; a wider union is said in words."""
        made = [self._narrowed(each, ref) for each in members if each.get("type") != "null"]
        nullable = len(made) < len(members)
        if len(made) == 1:
            (one,) = made
            if nullable and isinstance(one.get("type"), str) and "enum" not in one:
                return {**one, "type": [one["type"], "null"]}
            # A reference or an enum has no word for null beside it: its default says it.
            return {**one, "default": None} if nullable else one
        if all(set(one) <= {"type"} for one in made):
            names = [one["type"] for one in made]
            return {"type": [*names, "null"] if nullable else names}
        named = [
            one["$ref"].removeprefix(ref) if "$ref" in one else one.get("type") for one in made
        ]
        told = ", ".join(str(each) for each in named)
        return {"description": f"one of {told}{' or null' if nullable else ''}"}


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" and "properties" in schema


def _ecma(pattern: str) -> str:
    """Python's pattern as ECMAScript's; nothing where it has no short one."""
    plain = pattern.replace("\\A", "^").replace("\\Z", "$")
    return "" if "\\U" in plain or "(?P" in plain or any(ord(c) > 0xFFFF for c in plain) else plain
