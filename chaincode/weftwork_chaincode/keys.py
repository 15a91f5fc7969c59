"""Composite keys as Fabric's shims write them: object type and attributes, told apart by U+0000.

The form is Go's (fabric-chaincode-go, ``shim/stub.go``, ``CreateCompositeKey``), so keys that other
languages' chaincodes wrote are read the same way.
"""

from weftwork_chaincode.errors import Invalid

_NAMESPACE = "\x00"
_SEPARATOR = "\x00"
_LAST = "\U0010ffff"

AFTER_COMPOSITE_KEYS = "\x01"
"""Where a range without a start begins: after all the composite keys, as Go's shim has it."""


def create_composite_key(object_type: str, *attributes: str) -> str:
    """The key of an object type and its attributes.

    Raises:
        Invalid: the object type is empty, or a part holds U+0000, U+10FFFF or a lone surrogate.
    """
    if not object_type:
        raise Invalid("a composite key needs an object type")
    for part in (object_type, *attributes):
        _check(part)
    return _NAMESPACE + "".join(part + _SEPARATOR for part in (object_type, *attributes))


def split_composite_key(key: str) -> tuple[str, list[str]]:
    """A composite key's object type and attributes.

    Raises:
        Invalid: it is none.
    """
    if len(key) < 2 or not key.startswith(_NAMESPACE) or not key.endswith(_SEPARATOR):
        raise Invalid("this is no composite key: it does not begin and end with U+0000")
    object_type, *attributes = key[1:-1].split(_SEPARATOR)
    return object_type, attributes


def range_of_all() -> tuple[str, str]:
    """Start and end of all the composite keys, whatever their object type."""
    return range_of(_NAMESPACE)


def range_of(prefix: str) -> tuple[str, str]:
    """Start and end of all the keys that begin so and have more after it."""
    return prefix, prefix + _LAST


def _check(part: str) -> None:
    if _SEPARATOR in part or _LAST in part:
        raise Invalid("a part of a composite key must not hold U+0000 or U+10FFFF")
    try:
        part.encode()
    except UnicodeEncodeError as error:
        raise Invalid("a part of a composite key has a lone surrogate") from error
