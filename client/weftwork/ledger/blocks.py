"""Blocks decoded, their hashes, and what a peer tells of a channel's height."""

import hashlib
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from weftwork.cursor import Cursor
from weftwork.errors import LedgerError
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.config import ChannelConfig
from weftwork.ledger.metadata import BlockMetadata, decode_metadata
from weftwork.ledger.transactions import (
    Transaction,
    decode_transaction,
    unreadable_transaction,
)
from weftwork_protos import common_pb2


@dataclass(frozen=True, slots=True)
class ChainInfo:
    """How far a peer's copy of the channel goes."""

    height: int
    """Number of blocks; the newest has the number ``height - 1``."""
    current_hash: bytes
    previous_hash: bytes
    snapshot_block: int | None = None
    """The last block of the snapshot that the peer joined by: it has no block up to that one.
    None: it has them all."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block as a peer stores it."""

    number: int
    previous_hash: bytes
    data_hash: bytes
    hash: bytes
    """SHA-256 of the header, which the next block repeats as ``previous_hash``."""
    transactions: tuple[Transaction, ...]
    metadata: BlockMetadata
    raw: bytes = field(repr=False, compare=False, default=b"")
    """The serialized ``common.Block``."""

    @property
    def cursor(self) -> Cursor:
        """Where a reader stands that has handled this block."""
        return Cursor(self.number + 1)

    @property
    def config(self) -> ChannelConfig | None:
        """The channel's configuration from here on; None unless this is a config block."""
        entry = self.transactions[0].config if self.transactions else None
        return entry.config if entry else None

    def transaction(self, transaction_id: str) -> Transaction:
        """The transaction of that id. Raises LedgerError if it is in another block.

        Where an id was ordered twice it is the first: the second is DUPLICATE_TXID.
        """
        for found in self.transactions:
            if found.transaction_id == transaction_id:
                return found
        raise LedgerError(f"block {self.number} holds no transaction {transaction_id}")


def decode_block(serialized: bytes) -> Block:
    """A block out of its bytes, with the validation codes of the peer that stored it.

    A block straight from ordering has no codes yet: its transactions are NOT_VALIDATED. One that
    the peers invalidated and that cannot be read has the kind ``UNREADABLE`` and no content.
    Raises LedgerError.
    """
    try:
        block = common_pb2.Block.FromString(serialized)
    except DecodeError:
        raise LedgerError("these bytes are not a block") from None
    number = block.header.number
    if not block.HasField("header"):
        raise LedgerError("these bytes are not a block: they hold no header")
    metadata = decode_metadata(tuple(block.metadata.metadata), number)
    codes = metadata.codes
    if codes and len(codes) != len(block.data.data):
        raise LedgerError(
            f"block {number} has {len(block.data.data)} transactions and {len(codes)} codes"
        )
    return Block(
        number=number,
        previous_hash=block.header.previous_hash,
        data_hash=block.header.data_hash,
        hash=header_hash(number, block.header.previous_hash, block.header.data_hash),
        transactions=tuple(
            _transaction(
                data,
                ValidationCode(codes[index]) if codes else ValidationCode.NOT_VALIDATED,
                number,
                index,
            )
            for index, data in enumerate(block.data.data)
        ),
        metadata=metadata,
        raw=serialized,
    )


def decode_chain_info(serialized: bytes) -> ChainInfo:
    """Height and hashes out of a ``BlockchainInfo``. Raises LedgerError."""
    try:
        info = common_pb2.BlockchainInfo.FromString(serialized)
    except DecodeError:
        raise LedgerError("these bytes are not a BlockchainInfo") from None
    began = info.bootstrappingSnapshotInfo if info.HasField("bootstrappingSnapshotInfo") else None
    return ChainInfo(
        info.height,
        info.currentBlockHash,
        info.previousBlockHash,
        began.lastBlockInSnapshot if began else None,
    )


def header_hash(number: int, previous_hash: bytes, data_hash: bytes) -> bytes:
    """SHA-256 of the header, as the next block repeats it."""
    return hashlib.sha256(header_bytes(number, previous_hash, data_hash)).digest()


def header_bytes(number: int, previous_hash: bytes, data_hash: bytes) -> bytes:
    """The header as orderers sign it: ASN.1 DER, a SEQUENCE of number and the two hashes.

    Source: Fabric ``protoutil/blockutils.go``.
    """
    content = _der(0x02, _der_integer(number)) + _der(0x04, previous_hash) + _der(0x04, data_hash)
    return _der(0x30, content)


def _transaction(data: bytes, code: ValidationCode, number: int, index: int) -> Transaction:
    try:
        return decode_transaction(data, code, block_number=number, index=index)
    except LedgerError:
        if code in (ValidationCode.VALID, ValidationCode.NOT_VALIDATED):
            raise
        # Ordering takes any payload: what the peers refused must not hide its neighbours.
        return unreadable_transaction(code, block_number=number, index=index)


def _der_integer(number: int) -> bytes:
    # One bit more than the number needs: a set top bit would make it negative.
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content
