"""Blocks with the private data that the peer has of them."""

import hashlib
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from weftwork.cursor import Cursor
from weftwork.errors import LedgerError
from weftwork.ledger.blocks import Block, decode_block
from weftwork.ledger.rwsets import MetadataWrite, Write
from weftwork.ledger.transactions import Transaction
from weftwork_protos import peer_pb2, rwset_pb2


@dataclass(frozen=True, slots=True)
class PrivateWrites:
    """What a transaction wrote into one collection of private data, in clear."""

    transaction: int
    """The transaction's place in the block, from 0."""
    namespace: str
    """The chaincode's name."""
    collection: str
    writes: tuple[Write, ...]
    metadata_writes: tuple[MetadataWrite, ...]
    hash: bytes
    """SHA-256 of ``raw``; the public part of the transaction repeats it as
    ``CollectionHashes.private_rwset_hash``."""
    raw: bytes = field(repr=False, compare=False, default=b"")
    """The serialized ``KVRWSet``."""


@dataclass(frozen=True, slots=True)
class BlockAndPrivateData:
    """A block, and the private data of its valid transactions that the peer's department holds."""

    block: Block
    private: tuple[PrivateWrites, ...]
    """In the order of the block's transactions."""
    raw: bytes = field(repr=False, compare=False, default=b"")
    """The serialized ``BlockAndPrivateData``."""

    @property
    def number(self) -> int:
        """The block's number."""
        return self.block.number

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """The block's transactions."""
        return self.block.transactions

    @property
    def cursor(self) -> Cursor:
        """Where a reader stands that has handled this block."""
        return Cursor(self.number + 1)

    def private_of(self, transaction: Transaction) -> tuple[PrivateWrites, ...]:
        """What the peer has of one transaction's private data."""
        return tuple(each for each in self.private if each.transaction == transaction.index)


def decode_block_and_private_data(serialized: bytes) -> BlockAndPrivateData:
    """A block and its private data out of a ``BlockAndPrivateData``. Raises LedgerError."""
    try:
        message = peer_pb2.BlockAndPrivateData.FromString(serialized)
        private = tuple(
            _writes(place, space.namespace, part)
            for place, content in sorted(message.private_data_map.items())
            for space in content.ns_pvt_rwset
            for part in space.collection_pvt_rwset
        )
    except DecodeError:
        raise LedgerError("these bytes are not a BlockAndPrivateData") from None
    return BlockAndPrivateData(decode_block(message.block.SerializeToString()), private, serialized)


def _writes(place: int, namespace: str, part: rwset_pb2.CollectionPvtReadWriteSet) -> PrivateWrites:
    content = rwset_pb2.KVRWSet.FromString(part.rwset)
    return PrivateWrites(
        place,
        namespace,
        part.collection_name,
        tuple(Write(write.key, write.value, write.is_delete) for write in content.writes),
        tuple(
            MetadataWrite(write.key, tuple((entry.name, entry.value) for entry in write.entries))
            for write in content.metadata_writes
        ),
        hashlib.sha256(part.rwset).digest(),
        part.rwset,
    )
