"""The ledger as plain values: blocks, transactions, read/write sets and validation codes."""

from weftwork.ledger.blocks import (
    Block,
    ChainInfo,
    decode_block,
    decode_chain_info,
    header_hash,
)
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.events import ChaincodeEvent, decode_chaincode_events, decode_delivery
from weftwork.ledger.members import Member, member_of
from weftwork.ledger.rwsets import (
    CollectionHashes,
    HashedMetadataWrite,
    HashedRead,
    HashedWrite,
    MetadataWrite,
    NamespaceSet,
    RangeRead,
    Read,
    Version,
    Write,
    decode_rwset,
)
from weftwork.ledger.status import Status
from weftwork.ledger.transactions import EmittedEvent, Transaction, decode_transaction

__all__ = [
    "Block",
    "ChainInfo",
    "ChaincodeEvent",
    "CollectionHashes",
    "EmittedEvent",
    "HashedMetadataWrite",
    "HashedRead",
    "HashedWrite",
    "Member",
    "MetadataWrite",
    "NamespaceSet",
    "RangeRead",
    "Read",
    "Status",
    "Transaction",
    "ValidationCode",
    "Version",
    "Write",
    "decode_block",
    "decode_chain_info",
    "decode_chaincode_events",
    "decode_delivery",
    "decode_rwset",
    "decode_transaction",
    "header_hash",
    "member_of",
]
