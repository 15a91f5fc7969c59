"""How values travel: arguments of a transaction function to bytes, its result to a value.

The rule is the chaincode runtime's, and fits Go's and Node's: text, bytes, dates and enums of text
travel as they are, anything else as JSON (:mod:`weftwork.forms`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from weftwork import forms
from weftwork.errors import ArgumentError, ResultError
from weftwork_model import ModelError


def check_text(what: str, value: object) -> None:
    """Refuse what cannot travel as text: another type, or a surrogate, which UTF-8 has none for.

    ``what`` is what the error calls it. Raises ArgumentError.
    """
    if not isinstance(value, str):
        raise ArgumentError(f"{what} is a text, not {value!r:.80}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ArgumentError(f"{what} cannot be written as UTF-8: {value!r:.80}") from None


def encode_arguments(function: str, arguments: tuple[object, ...]) -> list[bytes]:
    """The function's name and its arguments as they go into a proposal.

    Raises ArgumentError naming function and position.
    """
    if not function:
        raise ArgumentError("a transaction needs the name of a function, it is empty")
    check_text("a transaction's function", function)
    encoded = [function.encode()]
    for position, value in enumerate(arguments, start=1):
        try:
            encoded.append(forms.write(value))
        except (ModelError, TypeError, ValueError) as error:
            raise ArgumentError(f"{function}: argument {position}: {error}") from None
    return encoded


def encode_transient(transient: Mapping[str, bytes] | None) -> dict[str, bytes]:
    """Transient data as it goes into a proposal; text, by courtesy, as UTF-8."""
    encoded: dict[str, bytes] = {}
    given: Mapping[Any, object] = transient or {}
    for name, value in given.items():
        check_text("a name of transient data", name)
        # Never quote the value: transient data is what must not be seen.
        try:
            encoded[name] = forms.write(value)
        except (ModelError, TypeError, ValueError):
            raise ArgumentError(f"transient data {name!r} cannot be encoded") from None
    return encoded


def encode_organizations(organizations: Sequence[str] | None) -> tuple[str, ...]:
    """MSP ids of the departments to ask, in a proposal's form. Raises ArgumentError."""
    if isinstance(organizations, str):
        # A text is a sequence of texts: each letter would be asked for as a department.
        raise ArgumentError("endorsing_organizations is a list of MSP ids, not one text")
    given: tuple[Any, ...] = tuple(organizations or ())
    for mspid in given:
        if not isinstance(mspid, str) or not mspid:
            raise ArgumentError(f"endorsing_organizations is a list of MSP ids, {mspid!r} is none")
        check_text("an MSP id of endorsing_organizations", mspid)
    return given


def decode_result(payload: bytes, returns: Any, *, function: str, transaction_id: str = "") -> Any:
    """A transaction's result as a value of type ``returns``.

    ``bytes`` gives it as it is, ``str`` as UTF-8 text, ``None`` says there is none. Dates, times,
    UUIDs, decimals and enums of text are read with quotes and without; ``X | None`` and lists also
    from an empty payload; any other type from JSON. Raises ResultError, and ArgumentError where
    ``returns`` is no type that a result can have.
    """
    try:
        return forms.read(payload, returns)
    except TypeError as error:
        # Not the result is wrong but what was asked for: no value has that form.
        raise ArgumentError(f"{function}: returns: {error}") from None
    except (ModelError, ValueError) as error:
        raise ResultError(
            f"result of {function} is not a {forms.shown(returns)}: {error}",
            transaction_id=transaction_id,
        ) from None


def as_json(value: object) -> bytes:
    """A value as JSON whose numbers may be floats: an argument for Go's or Node's chaincode.

    Raises ArgumentError for NaN and infinity, and for what is not of its own type.
    """
    try:
        return forms.write_json(value)
    except (ModelError, TypeError, ValueError) as error:
        raise ArgumentError(str(error)) from None


def given(*values: object) -> tuple[object, ...]:
    """The arguments without those Nones at their end that stand for a default of the chaincode."""
    count = len(values)
    while count and values[count - 1] is None:
        count -= 1
    return values[:count]
