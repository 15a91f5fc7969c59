"""Field types: what a record's fields may hold, with the bounds every peer enforces alike.

Patterns are anchored with `\\A` and `\\Z`: a `$` would accept a trailing newline. Characters
that cannot stand in one of Fabric's composite keys (U+0000 and U+10FFFF) are in no text type.
"""

from typing import Annotated

from msgspec import Meta

from weftwork_model.errors import ModelError

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader reads exactly; the smallest is its negative."""

Id = Annotated[
    str, Meta(min_length=1, max_length=128, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:/#@+-]*\Z")
]
"""A name for a thing, chosen by a client: 1 to 128 of ASCII letters, digits and `._:/#@+-`."""

MspId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
"""A department, by the id of its MSP: `LogisticsMSP`."""

Line = Annotated[
    str,
    Meta(min_length=1, max_length=256, pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\U0010ffff]*\Z"),
]
"""One line for people: 1 to 256 characters of any script, no control characters."""

Text = Annotated[str, Meta(max_length=4096, pattern=r"\A[^\x00\U0010ffff]*\Z")]
"""Text for people: up to 4096 characters, may be empty, may have several lines."""

Sha256 = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"\A[0-9a-f]*\Z")]
"""A SHA-256 digest in lowercase hex."""

Hex = Annotated[str, Meta(max_length=8192, pattern=r"\A(?:[0-9a-f]{2})*\Z")]
"""Bytes in lowercase hex, up to 4096 of them."""

Pem = Annotated[str, Meta(min_length=1, max_length=8192, pattern=r"\A[\x20-\x7e\n]+\Z")]
"""A PEM block: printable ASCII and line feeds."""

Day = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=10,
        pattern=r"\A[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z",
    ),
]
"""A calendar day `2012-07-31`. The shape alone: 2012-02-31 is for the rules to refuse."""

Month = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"\A[0-9]{4}-(?:0[1-9]|1[0-2])\Z")]
"""A calendar month `2012-07`."""

Integer = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
"""Any integer that every JSON reader reads exactly. A bare `int` field means this type."""

Quantity = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""An amount in a unit that the field's text states; never negative."""

Count = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
"""How many; at least one."""

Fen = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
"""Money: integer hundredths of a yuan, either sign."""

Shares = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
"""A numerator or a denominator of a share."""

Millis = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""A point in time: milliseconds since 1970-01-01T00:00:00Z."""


def parse_integer(text: str) -> int:
    """The integer that `text` writes in plain decimal: `0`, `42`, `-7`.

    `int()` also reads other scripts' digits, spaces, underscores, a plus and leading zeros; two
    texts for one number would be two keys for one thing, so all those are refused.

    Raises:
        ModelError: `text` is no plain decimal, or is outside ±(2^53-1).
    """
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")
    if not plain or text == "-0":
        raise ModelError("$", "expected an integer in plain decimal digits")
    if len(digits) > 16 or int(digits) > MAX_INTEGER:
        raise ModelError("$", f"expected an integer within ±{MAX_INTEGER}")
    return int(text)
