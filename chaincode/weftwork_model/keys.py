"""Ledger keys: Fabric's composite key form, written and read without Fabric.

A composite key is U+0000, the object type, U+0000, and each attribute followed by U+0000. A
range over a prefix ends before U+10FFFF, so neither character may stand inside a part.
"""

from collections.abc import Sequence

from weftwork_model.errors import ModelError
from weftwork_model.fields import MAX_INTEGER

INTEGER_WIDTH = len(str(MAX_INTEGER))
"""Integers in keys are zero-padded to this width, so that a range comes in their order."""


def key_part(part: str | int, path: str) -> str:
    """One attribute of a composite key.

    Raises:
        ModelError: The part is empty, negative, too large, or holds a character that a key
            cannot hold.
    """
    if type(part) is int:
        if not 0 <= part <= MAX_INTEGER:
            raise ModelError(path, f"a key's integer must be within 0 and {MAX_INTEGER}")
        return f"{part:0{INTEGER_WIDTH}d}"
    if not isinstance(part, str):
        raise ModelError(path, f"a key's part is str or int, not {type(part).__name__}")
    if not part:
        raise ModelError(path, "a key's part must not be empty")
    if "\x00" in part or "\U0010ffff" in part:
        raise ModelError(path, "U+0000 and U+10FFFF cannot stand in a key")
    if not part.isascii():
        try:
            part.encode()
        except UnicodeEncodeError:
            raise ModelError(path, "a lone surrogate cannot stand in a key") from None
    return part


def composite_key(kind: str, parts: Sequence[str | int]) -> str:
    """The composite key of `kind` with the attributes `parts`."""
    attributes = "".join(key_part(part, f"$key[{i}]") + "\x00" for i, part in enumerate(parts))
    return f"\x00{key_part(kind, '$kind')}\x00{attributes}"


def split_composite_key(key: str) -> tuple[str, list[str]]:
    """The object type and the attributes of a composite key.

    Raises:
        ModelError: `key` is not a composite key.
    """
    if len(key) < 2 or key[0] != "\x00" or key[-1] != "\x00":
        raise ModelError("$key", "not a composite key")
    kind, *attributes = key[1:-1].split("\x00")
    return kind, attributes
