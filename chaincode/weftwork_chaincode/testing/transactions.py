"""What a test holds of a transaction: its endorsement, and its result once it has committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from weftwork.arguments import decode_result
from weftwork.ledger import NamespaceSet, ValidationCode, decode_rwset
from weftwork_chaincode.testing.answer import Event
from weftwork_chaincode.testing.blocks import Ordered
from weftwork_chaincode.testing.endorsing import Endorsed

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Transaction:
    """A transaction that enough departments endorsed alike; nothing of it is ordered yet."""

    endorsed: Endorsed

    def __repr__(self) -> str:
        proposed = self.endorsed.proposed
        named = f"{proposed.chaincode}.{proposed.function}"
        return f"<{named} {self.transaction_id[:8]} endorsed by {', '.join(self.endorsers)}>"

    @property
    def transaction_id(self) -> str:
        """Its id, 64 hex digits."""
        return self.endorsed.proposed.transaction_id

    @property
    def result(self) -> bytes:
        """What the function returned."""
        return self.endorsed.answer.result

    @property
    def endorsers(self) -> tuple[str, ...]:
        """MSP ids of the departments that endorsed."""
        return self.endorsed.endorsers

    @property
    def event(self) -> Event | None:
        """The event that the function emitted."""
        return self.endorsed.answer.event

    @property
    def payload(self) -> bytes:
        """The bytes that each department signed alike (``ProposalResponsePayload``)."""
        return self.endorsed.answer.payload

    @property
    def rwset_bytes(self) -> bytes:
        """The bytes of its ``TxReadWriteSet``."""
        return self.endorsed.answer.results.encode(self.endorsed.answer.private)

    @property
    def rwset(self) -> tuple[NamespaceSet, ...]:
        """What it read and writes, as the client's decoder reads it."""
        return decode_rwset(self.rwset_bytes)

    @overload
    def decode(self, returns: type[T]) -> T: ...
    @overload
    def decode(self, returns: Any) -> Any: ...
    def decode(self, returns: Any) -> Any:
        """The result as a value of type ``returns``; raises ResultError."""
        return decode_result(
            self.result,
            returns,
            function=self.endorsed.proposed.function,
            transaction_id=self.transaction_id,
        )


@dataclass(frozen=True, repr=False)
class Result:
    """A transaction that has committed.

    Attributes:
        ordered: The transaction in its block.
    """

    ordered: Ordered

    def __repr__(self) -> str:
        return repr(self.ordered)

    @property
    def transaction_id(self) -> str:
        """Its id."""
        return self.ordered.transaction_id

    @property
    def payload(self) -> bytes:
        """What the function returned."""
        return self.ordered.result

    @property
    def event(self) -> Event | None:
        """Its event."""
        return self.ordered.event

    @property
    def code(self) -> ValidationCode:
        """What the peers decided."""
        return self.ordered.code

    @property
    def block_number(self) -> int:
        """Its block."""
        return self.ordered.block_number

    @property
    def endorsers(self) -> tuple[str, ...]:
        """MSP ids of the departments that endorsed."""
        return self.ordered.endorsers

    @overload
    def decode(self, returns: type[T]) -> T: ...
    @overload
    def decode(self, returns: Any) -> Any: ...
    def decode(self, returns: Any) -> Any:
        """The result as a value of type ``returns``; raises ResultError."""
        return Transaction(self.ordered.endorsed).decode(returns)


@dataclass(frozen=True)
class Row:
    """One key of the final state, for tests that compare whole ledgers.

    Attributes:
        namespace: The chaincode; ``cc$$hCOLLECTION`` are hashes, ``cc$$pCOLLECTION`` private.
        key: The key, or the hex of its hash.
        value: The value, or the hash of one.
        metadata: The key's metadata entries.
        version: Block and transaction that wrote it.
    """

    namespace: str
    key: str
    value: bytes
    metadata: Sequence[tuple[str, bytes]]
    version: tuple[int, int]
