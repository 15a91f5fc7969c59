"""Protobuf's encoding by hand, for the few messages that are too many to be made as objects.

https://protobuf.dev/programming-guides/encoding/
"""


def _encoded(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


SHORT: tuple[bytes, ...] = tuple(_encoded(number) for number in range(2048))
"""The varints of what nearly every length is below, to be looked up on a hot path."""


def varint(number: int) -> bytes:
    """A number that is not negative, in groups of seven bits, the lowest first."""
    return SHORT[number] if number < len(SHORT) else _encoded(number)


def sized(content: bytes) -> bytes:
    """A field's content after its length."""
    length = len(content)
    # Most lengths are in the table; one call less is a fifth of the time.
    return (SHORT[length] if length < 2048 else _encoded(length)) + content
