"""The model classes of a written module: one ``msgspec.Struct`` a schema."""

from collections.abc import Iterator

from weftwork.generate.types import Field, Model
from weftwork.generate.writing import called, comment, docstring, literal

_INDENT = "    "


def model_lines(model: Model) -> Iterator[str]:
    """The class of one model."""
    options = ["msgspec.Struct", "frozen=True", "kw_only=True"]
    options += ["omit_defaults=True"] if model.omits else []
    yield from called(f"class {model.name}(", options, "):", "")
    yield from docstring(model.description or "A value of the chaincode.", _INDENT)
    if model.fields:
        yield ""
    for each in model.fields:
        yield from _field_lines(each)


def _field_lines(field: Field) -> Iterator[str]:
    if field.type.note:
        yield f"{_INDENT}# {comment(field.type.text)}: {comment(field.type.note)}"
    value = field.default
    if field.name != field.key:
        named = f"name={literal(field.key)}"
        value = f"msgspec.field({f'default={value}, ' if value else ''}{named})"
        if field.default in ("[]", "{}"):
            factory = "list" if field.default == "[]" else "dict"
            value = f"msgspec.field(default_factory={factory}, {named})"
    yield f"{_INDENT}{field.name}: {field.type.text}{f' = {value}' if value else ''}"
    if field.description:
        yield from docstring(field.description, _INDENT)
