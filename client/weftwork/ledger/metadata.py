"""A block's metadata: who of the orderers signed it, and which configuration was in force."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.members import Member, member_of
from weftwork_protos import common_pb2


@dataclass(frozen=True, slots=True)
class BlockSignature:
    """An orderer's signature of a block."""

    signer: Member | None
    """None where the signature names a consenter by its number alone, as BFT does."""
    consenter: int | None
    """The consenter's number under BFT, else None."""
    signature: bytes


@dataclass(frozen=True, slots=True)
class BlockMetadata:
    """What stands beside a block's data. Only ``last_config`` is covered by the signatures."""

    signatures: tuple[BlockSignature, ...]
    last_config: int | None
    """Number of the block whose configuration was in force; None: the block does not say."""
    codes: bytes
    """A validation code for each transaction, written by the peer that stored the block."""
    commit_hash: bytes
    """The peer's own hash over all that it committed, empty from ordering."""


def decode_metadata(entries: tuple[bytes, ...], number: int) -> BlockMetadata:
    """The metadata out of a block's entries. Raises LedgerError naming block ``number``."""

    def entry(index: int) -> bytes:
        return entries[index] if index < len(entries) else b""

    try:
        signed = common_pb2.Metadata.FromString(entry(common_pb2.SIGNATURES))
        commit = common_pb2.Metadata.FromString(entry(common_pb2.COMMIT_HASH))
        return BlockMetadata(
            signatures=tuple(_signature(found) for found in signed.signatures),
            last_config=_last_config(signed.value, entry(common_pb2.LAST_CONFIG)),
            codes=entry(common_pb2.TRANSACTIONS_FILTER),
            commit_hash=commit.value,
        )
    except (DecodeError, LedgerError) as error:
        raise LedgerError(f"the metadata of block {number} cannot be read: {error}") from None


def _last_config(value: bytes, older: bytes) -> int | None:
    if value:
        signed = common_pb2.OrdererBlockMetadata.FromString(value)
        return signed.last_config.index if signed.HasField("last_config") else None
    if not older:
        return None
    # As orderers before 1.4.1 wrote it, and configtxgen still does in a first block.
    return common_pb2.LastConfig.FromString(common_pb2.Metadata.FromString(older).value).index


def _signature(found: common_pb2.MetadataSignature) -> BlockSignature:
    if not found.signature_header and found.identifier_header:
        header = common_pb2.IdentifierHeader.FromString(found.identifier_header)
        return BlockSignature(None, header.identifier, found.signature)
    creator = common_pb2.SignatureHeader.FromString(found.signature_header).creator
    return BlockSignature(member_of(creator), None, found.signature)
