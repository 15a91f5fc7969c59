"""Read/write sets: what a transaction read and wrote, Fabric's ``ledger/rwset``."""

from dataclasses import dataclass

from weftwork_protos import rwset_pb2


@dataclass(frozen=True, slots=True)
class Version:
    """Where a key was last written."""

    block_number: int
    transaction_number: int


@dataclass(frozen=True, slots=True)
class Read:
    """A key that was read; the transaction is valid only while ``version`` is still current."""

    key: str
    version: Version | None
    """None: the key did not exist."""


@dataclass(frozen=True, slots=True)
class Write:
    """A key that was written or deleted."""

    key: str
    value: bytes
    deleted: bool


@dataclass(frozen=True, slots=True)
class MetadataWrite:
    """A key whose metadata was set; ``VALIDATION_PARAMETER`` is its endorsement policy."""

    key: str
    entries: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class RangeRead:
    """A range that was read; validation repeats it and compares."""

    start: str
    end: str
    exhausted: bool
    """The reader came to the end of the range."""
    reads: tuple[Read, ...]
    summary: "RangeSummary | None"
    """What the peer recorded in place of very many reads."""


@dataclass(frozen=True, slots=True)
class RangeSummary:
    """A Merkle tree over what was read."""

    max_degree: int
    max_level: int
    hashes: tuple[bytes, ...]
    """Those of the highest level."""


@dataclass(frozen=True, slots=True)
class HashedRead:
    """A private key that was read, by the SHA-256 of its name."""

    key_hash: bytes
    version: Version | None


@dataclass(frozen=True, slots=True)
class HashedWrite:
    """A private key that was written: SHA-256 of its name and of its value."""

    key_hash: bytes
    value_hash: bytes
    deleted: bool
    purged: bool


@dataclass(frozen=True, slots=True)
class HashedMetadataWrite:
    """A private key whose metadata was set."""

    key_hash: bytes
    entries: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class CollectionHashes:
    """What the public ledger knows of a private data collection's part."""

    collection: str
    reads: tuple[HashedRead, ...]
    writes: tuple[HashedWrite, ...]
    metadata_writes: tuple[HashedMetadataWrite, ...]
    private_rwset_hash: bytes
    """SHA-256 of the private read/write set that went to the members."""


@dataclass(frozen=True, slots=True)
class NamespaceSet:
    """One chaincode's part of the read/write set."""

    namespace: str
    """The chaincode's name; ``_lifecycle`` and others are Fabric's own."""
    reads: tuple[Read, ...]
    range_reads: tuple[RangeRead, ...]
    writes: tuple[Write, ...]
    metadata_writes: tuple[MetadataWrite, ...]
    collections: tuple[CollectionHashes, ...]


def decode_rwset(serialized: bytes) -> tuple[NamespaceSet, ...]:
    """The namespaces out of a ``TxReadWriteSet``. Raises protobuf's DecodeError."""
    message = rwset_pb2.TxReadWriteSet.FromString(serialized)
    return tuple(_namespace(part) for part in message.ns_rwset)


def _namespace(part: rwset_pb2.NsReadWriteSet) -> NamespaceSet:
    public = rwset_pb2.KVRWSet.FromString(part.rwset)
    # Lists, not generators: most of these are short or empty, and blocks are made of them.
    return NamespaceSet(
        namespace=part.namespace,
        reads=tuple([Read(read.key, _version(read)) for read in public.reads]),
        range_reads=tuple([_range(query) for query in public.range_queries_info]),
        writes=tuple([Write(write.key, write.value, write.is_delete) for write in public.writes]),
        metadata_writes=tuple(
            [
                MetadataWrite(
                    write.key, tuple([(entry.name, entry.value) for entry in write.entries])
                )
                for write in public.metadata_writes
            ]
        ),
        collections=tuple([_collection(hashed) for hashed in part.collection_hashed_rwset]),
    )


def _collection(part: rwset_pb2.CollectionHashedReadWriteSet) -> CollectionHashes:
    hashed = rwset_pb2.HashedRWSet.FromString(part.hashed_rwset)
    return CollectionHashes(
        collection=part.collection_name,
        reads=tuple(HashedRead(read.key_hash, _version(read)) for read in hashed.hashed_reads),
        writes=tuple(
            HashedWrite(write.key_hash, write.value_hash, write.is_delete, write.is_purge)
            for write in hashed.hashed_writes
        ),
        metadata_writes=tuple(
            HashedMetadataWrite(
                write.key_hash, tuple((entry.name, entry.value) for entry in write.entries)
            )
            for write in hashed.metadata_writes
        ),
        private_rwset_hash=part.pvt_rwset_hash,
    )


def _range(query: rwset_pb2.RangeQueryInfo) -> RangeRead:
    return RangeRead(
        start=query.start_key,
        end=query.end_key,
        exhausted=query.itr_exhausted,
        reads=tuple(Read(read.key, _version(read)) for read in query.raw_reads.kv_reads),
        summary=RangeSummary(
            query.reads_merkle_hashes.max_degree,
            query.reads_merkle_hashes.max_level,
            tuple(query.reads_merkle_hashes.max_level_hashes),
        )
        if query.HasField("reads_merkle_hashes")
        else None,
    )


def _version(read: rwset_pb2.KVRead | rwset_pb2.KVReadHash) -> Version | None:
    if not read.HasField("version"):
        return None
    version = read.version
    return Version(version.block_num, version.tx_num)
