"""Read/write sets, built as a peer builds them: the very bytes of a ``TxReadWriteSet``.

Namespaces, collections and keys are sorted, so that equal simulations give equal bytes. Source:
Fabric ``core/ledger/kvledger/txmgmt/rwsetutil``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from weftwork_chaincode.testing import merkle
from weftwork_chaincode.testing.versioned import Version
from weftwork_protos import rwset_pb2

Metadata = Mapping[str, bytes]


@dataclass
class RangeRead:
    """A range that was read, as validation will repeat it."""

    start: str
    end: str = ""
    exhausted: bool = False
    rows: list[tuple[str, Version]] = field(default_factory=list[tuple[str, Version]])


@dataclass
class CollectionSet:
    """One collection's part; keys are in clear here, their hashes go into the bytes."""

    reads: dict[str, Version | None] = field(default_factory=dict[str, Version | None])
    writes: dict[str, bytes | None] = field(default_factory=dict[str, bytes | None])
    purges: set[str] = field(default_factory=set[str])
    metadata: dict[str, Metadata] = field(default_factory=dict[str, Metadata])


@dataclass
class NamespaceSet:
    """One chaincode's part. A write of None, or of no bytes, deletes."""

    reads: dict[str, Version | None] = field(default_factory=dict[str, Version | None])
    writes: dict[str, bytes | None] = field(default_factory=dict[str, bytes | None])
    metadata: dict[str, Metadata] = field(default_factory=dict[str, Metadata])
    ranges: dict[tuple[str, str, bool], RangeRead] = field(
        default_factory=dict[tuple[str, str, bool], RangeRead]
    )
    collections: dict[str, CollectionSet] = field(default_factory=dict[str, CollectionSet])


PrivateWrites = dict[tuple[str, str], bytes]
"""Chaincode and collection → the bytes of its private ``KVRWSet``."""


def key_hash(key: str) -> bytes:
    """SHA-256 of a key, as the public part of a read/write set names it."""
    return hashlib.sha256(key.encode()).digest()


class ReadWriteSet:
    """What one transaction reads and writes, over every chaincode in it."""

    def __init__(self) -> None:
        self.namespaces: dict[str, NamespaceSet] = {}

    def of(self, chaincode: str) -> NamespaceSet:
        """A chaincode's part; made where there is none yet."""
        found = self.namespaces.get(chaincode)
        if found is None:
            found = self.namespaces[chaincode] = NamespaceSet()
        return found

    def collection(self, chaincode: str, name: str) -> CollectionSet:
        """A collection's part; made where there is none yet."""
        return self.of(chaincode).collections.setdefault(name, CollectionSet())

    def add_range(self, chaincode: str, read: RangeRead) -> None:
        """Adds a range; of the same range read twice the first counts."""
        self.of(chaincode).ranges.setdefault((read.start, read.end, read.exhausted), read)

    def private(self) -> PrivateWrites:
        """What goes to the members of the collections, not onto the chain."""
        return {
            (chaincode, name): _private_bytes(part)
            for chaincode, namespace in sorted(self.namespaces.items())
            for name, part in sorted(namespace.collections.items())
            if part.writes or part.metadata
        }

    def encode(self, private: PrivateWrites) -> bytes:
        """The bytes of the ``TxReadWriteSet``, with the hashes of the private writes."""
        message = rwset_pb2.TxReadWriteSet(
            ns_rwset=[
                rwset_pb2.NsReadWriteSet(
                    namespace=chaincode,
                    rwset=_public_bytes(part),
                    collection_hashed_rwset=[
                        _hashed(name, collection, private.get((chaincode, name)))
                        for name, collection in sorted(part.collections.items())
                    ],
                )
                for chaincode, part in sorted(self.namespaces.items())
            ]
        )
        return message.SerializeToString()


def _public_bytes(part: NamespaceSet) -> bytes:
    return rwset_pb2.KVRWSet(
        reads=[_read(key, version) for key, version in sorted(part.reads.items())],
        range_queries_info=[_range(read) for read in part.ranges.values()],
        writes=[_write(key, value) for key, value in sorted(part.writes.items())],
        metadata_writes=[
            rwset_pb2.KVMetadataWrite(key=key, entries=_entries(metadata))
            for key, metadata in sorted(part.metadata.items())
        ],
    ).SerializeToString()


def _private_bytes(part: CollectionSet) -> bytes:
    return rwset_pb2.KVRWSet(
        writes=[_write(key, value) for key, value in sorted(part.writes.items())],
        # the key alone: what is set lies with its hash
        metadata_writes=[rwset_pb2.KVMetadataWrite(key=key) for key in sorted(part.metadata)],
    ).SerializeToString()


def _hashed(
    name: str, part: CollectionSet, private: bytes | None
) -> rwset_pb2.CollectionHashedReadWriteSet:
    hashed = rwset_pb2.HashedRWSet(
        hashed_reads=[
            rwset_pb2.KVReadHash(key_hash=key_hash(key), version=_version(version))
            for key, version in sorted(part.reads.items())
        ],
        hashed_writes=[
            rwset_pb2.KVWriteHash(
                key_hash=key_hash(key),
                is_delete=not value,
                value_hash=hashlib.sha256(value).digest() if value else b"",
                is_purge=key in part.purges,
            )
            for key, value in sorted(part.writes.items())
        ],
        metadata_writes=[
            rwset_pb2.KVMetadataWriteHash(key_hash=key_hash(key), entries=_entries(metadata))
            for key, metadata in sorted(part.metadata.items())
        ],
    )
    return rwset_pb2.CollectionHashedReadWriteSet(
        collection_name=name,
        hashed_rwset=hashed.SerializeToString(),
        pvt_rwset_hash=hashlib.sha256(private).digest() if private is not None else b"",
    )


def _read(key: str, version: Version | None) -> rwset_pb2.KVRead:
    return rwset_pb2.KVRead(key=key, version=_version(version))


def _write(key: str, value: bytes | None) -> rwset_pb2.KVWrite:
    return rwset_pb2.KVWrite(key=key, is_delete=not value, value=value or b"")


def _range(read: RangeRead) -> rwset_pb2.RangeQueryInfo:
    info = rwset_pb2.RangeQueryInfo(
        start_key=read.start, end_key=read.end, itr_exhausted=read.exhausted
    )
    rows = [_read(key, version) for key, version in read.rows]
    if len(rows) > merkle.DEGREE:
        info.reads_merkle_hashes.CopyFrom(merkle.summary(rows))
    elif rows:
        info.raw_reads.kv_reads.extend(rows)
    return info


def _entries(metadata: Metadata) -> list[rwset_pb2.KVMetadataEntry]:
    return [rwset_pb2.KVMetadataEntry(name=n, value=v) for n, v in sorted(metadata.items())]


def _version(version: Version | None) -> rwset_pb2.Version | None:
    if version is None:
        return None
    return rwset_pb2.Version(block_num=version.block, tx_num=version.transaction)
