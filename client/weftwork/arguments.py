"""How values travel: arguments of a transaction function to bytes, its result to a value.

The rule is the chaincode runtime's: text and bytes travel as they are, anything else as the
canonical JSON of ``weftwork_model``.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any

from weftwork.errors import ArgumentError, ResultError
from weftwork_model import ModelError, decode, encode


def encode_arguments(function: str, arguments: tuple[object, ...]) -> list[bytes]:
    """The function's name and its arguments as they go into a proposal.

    Raises ArgumentError naming function and position.
    """
    if not function:
        raise ArgumentError("a transaction needs the name of a function, it is empty")
    encoded = [function.encode()]
    for position, value in enumerate(arguments, start=1):
        try:
            encoded.append(_encode(value))
        except (ModelError, TypeError, ValueError) as error:
            raise ArgumentError(f"{function}: argument {position}: {error}") from None
    return encoded


def encode_transient(transient: Mapping[str, bytes] | None) -> dict[str, bytes]:
    """Transient data as it goes into a proposal; text, by courtesy, as UTF-8."""
    encoded: dict[str, bytes] = {}
    for name, value in (transient or {}).items():
        # Never quote the value: transient data is what must not be seen.
        try:
            encoded[name] = _encode(value)
        except (ModelError, TypeError, ValueError):
            raise ArgumentError(f"transient data {name!r} cannot be encoded") from None
    return encoded


def decode_result(payload: bytes, returns: Any, *, function: str, transaction_id: str = "") -> Any:
    """A transaction's result as a value of type ``returns``.

    ``bytes`` gives it as it is, ``str`` as UTF-8 text, ``None`` says there is none, any other
    type is decoded from canonical JSON. Raises ResultError, and ArgumentError where ``returns`` is
    no type that JSON can be decoded into.
    """
    if returns is bytes:
        return payload
    try:
        if returns is None or returns is NoneType:
            if payload:
                raise ValueError(f"nothing was expected, {len(payload)} bytes came")
            return None
        if returns is str:
            return payload.decode()
        return decode(payload, returns)
    except TypeError as error:
        # Not the result is wrong but what was asked for: no value has that form.
        raise ArgumentError(f"{function}: returns: {error}") from None
    except (ModelError, ValueError) as error:
        named = getattr(returns, "__name__", str(returns))
        raise ResultError(
            f"result of {function} is not a {named}: {error}", transaction_id=transaction_id
        ) from None


def _encode(value: object) -> bytes:
    match value:
        case str():
            return value.encode()
        case bytes():
            return value
        case bytearray():
            return bytes(value)
        case _:
            return encode(value)
