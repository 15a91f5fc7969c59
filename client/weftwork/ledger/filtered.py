"""Filtered blocks: which transactions a block holds and how they ended, without their content."""

from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from weftwork.cursor import Cursor
from weftwork.errors import LedgerError
from weftwork.ledger.codes import ValidationCode
from weftwork_protos import common_pb2, peer_pb2


@dataclass(frozen=True, slots=True)
class FilteredEvent:
    """That a transaction emitted an event; the payload is left out."""

    chaincode: str
    name: str
    transaction_id: str


@dataclass(frozen=True, slots=True)
class FilteredTransaction:
    """A transaction's id, kind and outcome."""

    transaction_id: str
    """Empty for an update of the configuration."""
    kind: str
    """Fabric's header type: ``ENDORSER_TRANSACTION``, ``CONFIG``, ..."""
    code: ValidationCode
    events: tuple[FilteredEvent, ...]
    """What it emitted, at most one; it counts only if the transaction is valid."""

    @property
    def successful(self) -> bool:
        """Whether it changed the ledger's state."""
        return self.code is ValidationCode.VALID


@dataclass(frozen=True, slots=True)
class FilteredBlock:
    """A block of which only the outcomes are told."""

    channel: str
    number: int
    transactions: tuple[FilteredTransaction, ...]
    raw: bytes = field(repr=False, compare=False, default=b"")
    """The serialized ``FilteredBlock``."""

    @property
    def cursor(self) -> Cursor:
        """Where a reader stands that has handled this block."""
        return Cursor(self.number + 1)

    def transaction(self, transaction_id: str) -> FilteredTransaction | None:
        """The transaction of that id; None if it is in another block."""
        return next(
            (each for each in self.transactions if each.transaction_id == transaction_id), None
        )


def decode_filtered_block(serialized: bytes) -> FilteredBlock:
    """A block out of a serialized ``FilteredBlock``. Raises LedgerError."""
    try:
        message = peer_pb2.FilteredBlock.FromString(serialized)
    except DecodeError:
        raise LedgerError("these bytes are not a FilteredBlock") from None
    return FilteredBlock(
        message.channel_id,
        message.number,
        tuple(
            FilteredTransaction(
                transaction.txid,
                _kind(transaction.type),
                ValidationCode(transaction.tx_validation_code),
                tuple(
                    FilteredEvent(
                        action.chaincode_event.chaincode_id,
                        action.chaincode_event.event_name,
                        action.chaincode_event.tx_id,
                    )
                    for action in transaction.transaction_actions.chaincode_actions
                    # A peer adds an empty event for a transaction without one.
                    if action.chaincode_event.chaincode_id
                ),
            )
            for transaction in message.filtered_transactions
        ),
        serialized,
    )


def _kind(number: int) -> str:
    found = common_pb2.HeaderType.DESCRIPTOR.values_by_number.get(number)
    return found.name if found else f"TYPE_{number}"
