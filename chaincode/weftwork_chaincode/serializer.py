"""How arguments and results travel, where a contract wants another form than ours."""

from typing import Any, Protocol


class Serializer(Protocol):
    """Writes and reads values: ``class Parcels(Contract, serializer=Cbor())``.

    Every department's peer must write the same bytes for the same value, so an encoder that
    depends on hash seeds, clocks, locales or a machine's floats makes endorsements differ.
    Exceptions of ``decode`` are answered to the client as Invalid, without their text.
    """

    def encode(self, value: object) -> bytes:
        """The bytes of a result."""
        ...

    def decode(self, data: bytes, type: Any) -> object:
        """An argument of the annotated type; any exception where it is none."""
        ...
