"""What was written to each public key, as a peer's history database has it."""

from dataclasses import dataclass

from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_protos.rwset_pb2 import KeyModification


@dataclass(frozen=True)
class Modification:
    """One write to a key.

    Attributes:
        transaction_id: The transaction that wrote.
        value: What it wrote; None where it deleted the key.
        timestamp: The client's clock, milliseconds since 1970.
        block_number: The block that committed it.
    """

    transaction_id: str
    value: bytes | None
    timestamp: int
    block_number: int

    def encode(self) -> bytes:
        """The bytes of a ``KeyModification``."""
        message = KeyModification(
            tx_id=self.transaction_id, value=self.value or b"", is_delete=self.value is None
        )
        message.timestamp.FromMilliseconds(self.timestamp)
        return message.SerializeToString()


class Chronicle:
    """Every valid write of a value or deletion; policies and private data are not in it."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], list[Modification]] = {}

    def add(self, number: int, transaction: Endorsed) -> None:
        """Adds what a valid transaction wrote."""
        proposed = transaction.proposed
        for name, part in transaction.answer.results.namespaces.items():
            for key, value in part.writes.items():
                self._written.setdefault((name, key), []).append(
                    Modification(proposed.transaction_id, value or None, proposed.timestamp, number)
                )

    def of(self, chaincode: str, key: str) -> list[Modification]:
        """The writes to a key, newest first."""
        return list(reversed(self._written.get((chaincode, key), [])))

    def modifications(self, chaincode: str, key: str) -> list[bytes]:
        """The same as a chaincode is told."""
        return [found.encode() for found in self.of(chaincode, key)]
