"""What JSON may not say whatever its type: a key twice, a float, text that is not Unicode."""

import json
from typing import Any, cast

from weftwork_model.errors import ModelError

LONGEST_NAME = 64
"""A key that came from outside is cut to this many characters in a path."""


class _Float:
    """Stands where the JSON has a number that is not an integer."""


class _Repeated(dict[str, Any]):
    """A JSON object in which a key stands twice."""

    key = ""


def member(path: str, name: str) -> str:
    """The path of the member `name` of the object at `path`."""
    if name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME:
        return f"{path}.{name}"
    return f"{path}[{json.dumps(name[:LONGEST_NAME])}]"


def parse(data: bytes | bytearray | memoryview) -> Any:
    """The JSON in `data` as Python values, with floats and repeated keys marked.

    Raises:
        ModelError: The bytes are not UTF-8, not JSON, or nested too deep.
    """
    try:
        text = bytes(data).decode("utf-8")
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=_number
        )
    except UnicodeDecodeError as error:
        raise ModelError("$", f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ModelError("$", f"not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise ModelError("$", "nested too deep") from None
    except ValueError:  # an integer of more digits than int() reads
        raise ModelError("$", "a number has too many digits") from None


def _number(_: str) -> _Float:
    return _Float()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    marked, seen = _Repeated(plain), set[str]()
    for name, _ in pairs:
        if name in seen:
            marked.key = name
            break
        seen.add(name)
    return marked


def refuse_spelling(parsed: Any, path: str) -> None:
    """Refuse what no type allows: repeated keys, floats, lone surrogates.

    Raises:
        ModelError: One of them is in `parsed`, which stands at `path`.
    """
    if isinstance(parsed, _Repeated):
        raise ModelError(member(path, parsed.key), "the key stands twice")
    if isinstance(parsed, _Float):
        raise ModelError(path, "expected an integer, got a float")
    if isinstance(parsed, str):
        refuse_surrogates(parsed, path)
    elif isinstance(parsed, list):
        for i, item in enumerate(cast("list[Any]", parsed)):
            refuse_spelling(item, f"{path}[{i}]")
    elif isinstance(parsed, dict):
        for name, item in cast("dict[str, Any]", parsed).items():
            refuse_surrogates(name, path)
            refuse_spelling(item, member(path, name))


def refuse_surrogates(text: str, path: str) -> None:
    """Refuse text that has no UTF-8 form.

    Raises:
        ModelError: `text`, which stands at `path`, has a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ModelError(path, "a lone surrogate is not text") from None


def refuse_gaps(parsed: Any, complete: Any, path: str) -> None:
    """Refuse JSON that leaves out what the value's canonical form says.

    Raises:
        ModelError: A key of `complete`, the value's own builtins, is missing in `parsed`.
    """
    if isinstance(complete, dict) and isinstance(parsed, dict):
        have = cast("dict[str, Any]", parsed)
        for name, item in cast("dict[str, Any]", complete).items():
            if name not in have:
                raise ModelError(member(path, name), "missing")
            refuse_gaps(have[name], item, member(path, name))
    elif isinstance(complete, (list, tuple)) and isinstance(parsed, list):
        pairs = zip(cast("list[Any]", parsed), cast("list[Any]", complete), strict=False)
        for i, (item, full) in enumerate(pairs):
            refuse_gaps(item, full, f"{path}[{i}]")
