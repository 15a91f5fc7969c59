"""Messages read strictly: only the one spelling that every implementation writes.

Signatures cover parts joined without a mark between them. A strict spelling of each part keeps
bytes from being moved over such a border, and unknown fields from being slipped in.
"""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from weftwork.errors import ProofError

_M = TypeVar("_M", bound=Message)


def parsed(kind: type[_M], content: bytes, what: str) -> _M:
    """The message in these bytes. Raises ProofError, also where it could be spelled otherwise."""
    message = lenient(kind, content, what)
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != content:
        raise ProofError(f"{what} is not spelled as Fabric spells it")
    return message


def lenient(kind: type[_M], content: bytes, what: str) -> _M:
    """The message in bytes that a hash covers whole. Raises ProofError."""
    try:
        return kind.FromString(content)
    except DecodeError:
        raise ProofError(f"{what} cannot be read") from None
