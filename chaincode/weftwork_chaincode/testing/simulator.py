"""One transaction's simulation at one peer: reads the committed state, collects what is written.

Every chaincode that takes part on the channel shares it, so none sees another's writes and none
can undo them. Source: Fabric ``core/ledger/kvledger/txmgmt/txmgr`` (``tx_simulator.go``,
``query_executor.go``); the texts of the refusals are Fabric's, its spelling included.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from weftwork_chaincode.testing.definitions import CollectionRules
from weftwork_chaincode.testing.rwset import Metadata, RangeRead, ReadWriteSet, key_hash
from weftwork_chaincode.testing.versioned import (
    Store,
    Version,
    Versioned,
    hash_space,
    private_space,
)

LIFECYCLE = "_lifecycle"
"""The namespace that holds the chaincodes' definitions."""

VALIDATION_PARAMETER = "VALIDATION_PARAMETER"

_FIELDS = ("EndorsementInfo", "ValidationInfo", "Collections", "Sequence")


class Refused(Exception):
    """The peer answers a request with ERROR and this text."""


class Database(Protocol):
    """What differs between a peer's state databases."""

    def check(self, key: str, value: bytes | None) -> None:
        """Raises Refused where the database cannot hold the key or the value."""
        ...

    def last_bookmark(self, end: str) -> str:
        """The bookmark after the last page of a range that goes up to ``end``."""
        ...

    def query(
        self, rows: Iterator[tuple[str, Versioned]], query: str, page_size: int, bookmark: str
    ) -> "tuple[list[tuple[str, Versioned]], str]":
        """The rows a rich query selects, and the bookmark after them; raises Refused."""
        ...


class Definitions(Protocol):
    """Where a simulation learns a chaincode's collections."""

    def collection(self, chaincode: str, name: str) -> CollectionRules | None:
        """The collection of this name, or None."""
        ...


Row = tuple[str, bytes]


@dataclass
class RangeCursor:
    """A range under way; what is taken from it is what validation repeats."""

    read: RangeRead
    end: str
    rows: Iterator[tuple[str, Versioned]]
    limit: int
    ended: str
    taken: int = 0

    def next(self) -> Row | None:
        """The next row; None at the end, which the read set then records."""
        found = None
        if not self.limit or self.taken < self.limit:
            found = next(self.rows, None)
        if found is None:
            self.read.exhausted = True
            self.read.end = self.end
            return None
        self.taken += 1
        key, versioned = found
        self.read.rows.append((key, versioned.version))
        self.read.end = key
        return key, versioned.value

    def bookmark(self) -> str:
        """The key after the last row taken; at the end what the database gives there."""
        found = next(self.rows, None)
        return found[0] if found is not None else self.ended


@dataclass
class QueryCursor:
    """The rows of a rich query, or of private data: validation does not repeat these."""

    rows: Iterator[tuple[str, Versioned]]
    reads: dict[str, Version | None] | None = None
    after: str = ""

    def next(self) -> Row | None:
        """The next row, or None; a public row counts as a key that was read."""
        found = next(self.rows, None)
        if found is None:
            return None
        key, versioned = found
        if self.reads is not None:
            self.reads[key] = versioned.version
        return key, versioned.value

    def bookmark(self) -> str:
        """Where the next page begins, as the database words it."""
        return self.after


@dataclass
class WriteInterest:
    """The policies of what was written, by which the gateway finds its endorsers."""

    key_policies: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    required: dict[str, dict[str, bool]] = field(default_factory=dict[str, dict[str, bool]])


class Simulator:
    """What one transaction reads and would write at one peer.

    Attributes:
        results: The read/write set so far.
        private_reads: Collections that were read in clear, as (chaincode, collection).
    """

    def __init__(
        self,
        channel: str,
        txid: str,
        public: Store,
        private: Store,
        definitions: Definitions,
        database: Database,
    ) -> None:
        self.results: ReadWriteSet = ReadWriteSet()
        self.private_reads: set[tuple[str, str]] = set()
        self.active: set[tuple[str, str]] = set()
        self._channel = channel
        self._txid = txid
        self._public = public
        self._private = private
        self._definitions = definitions
        self._database = database
        self._ranges: list[tuple[str, RangeRead]] = []
        self._written_metadata: dict[tuple[str, str, str], Metadata] = {}
        self._wrote = False
        self._queried_private = False
        self._paged = False

    # --- definitions

    def read_sequence(self, chaincode: str) -> None:
        """Records the read of a chaincode's sequence, as each invocation of it does."""
        self._read(LIFECYCLE, f"namespaces/fields/{chaincode}/Sequence")

    def rules(self, chaincode: str, collection: str) -> CollectionRules:
        """A collection's rules; Refused where the chaincode has no such collection."""
        self._read(LIFECYCLE, f"namespaces/metadata/{chaincode}")
        for name in _FIELDS:
            self._read(LIFECYCLE, f"namespaces/fields/{chaincode}/{name}")
        found = self._definitions.collection(chaincode, collection)
        if found is None:
            name = f"{self._channel}/{chaincode}/{collection}"
            raise Refused(f"collection {name} could not be found")
        return found

    def has_collection(self, chaincode: str, collection: str) -> bool:
        """Whether the chaincode has the collection."""
        try:
            self.rules(chaincode, collection)
        except Refused:
            return False
        return True

    # --- public reads

    def get(self, chaincode: str, key: str) -> bytes:
        """The committed value, empty where there is none."""
        found = self._read(chaincode, key)
        return found.value if found is not None else b""

    def metadata(self, chaincode: str, key: str) -> Mapping[str, bytes]:
        """The committed metadata; reading it reads the key."""
        found = self._read(chaincode, key)
        return found.metadata if found is not None else {}

    def range(self, chaincode: str, start: str, end: str) -> RangeCursor:
        """A range over the committed state."""
        return self._range(chaincode, start, end, 0)

    def page(self, chaincode: str, start: str, end: str, page_size: int) -> RangeCursor:
        """One page of a range; only in a transaction that writes nothing."""
        self._before_paging()
        return self._range(chaincode, start, end, page_size)

    def query(self, chaincode: str, query: str) -> QueryCursor:
        """A rich query; validation does not repeat it, but the rows count as read."""
        return self._query(chaincode, query, 0, "")

    def query_page(self, chaincode: str, query: str, page_size: int, bookmark: str) -> QueryCursor:
        """One page of a rich query; only in a transaction that writes nothing."""
        self._before_paging()
        return self._query(chaincode, query, page_size, bookmark)

    # --- private reads

    def get_private(self, chaincode: str, collection: str, key: str) -> bytes:
        """A private value that this peer has; Refused where it lacks what the hash promises."""
        found = self._private.get(private_space(chaincode, collection), key)
        hashed = self._public.get(hash_space(chaincode, collection), key_hash(key))
        version = found.version if found is not None else None
        public = hashed.version if hashed is not None else None
        if public != version:
            raise Refused(
                "private data matching public hash version is not available. Public hash version "
                f"= {public or '<nil>'}, Private data version = {version or '<nil>'}"
            )
        self.results.collection(chaincode, collection).reads[key] = version
        self.private_reads.add((chaincode, collection))
        return found.value if found is not None else b""

    def get_privates(self, chaincode: str, collection: str, keys: list[str]) -> list[bytes]:
        """Several private values; one that this peer lacks is empty, as Fabric has it."""
        part = self.results.collection(chaincode, collection)
        values: list[bytes] = []
        for key in keys:
            found = self._private.get(private_space(chaincode, collection), key)
            part.reads[key] = found.version if found is not None else None
            self.private_reads.add((chaincode, collection))
            values.append(found.value if found is not None else b"")
        return values

    def get_hash(self, chaincode: str, collection: str, key: str) -> Versioned | None:
        """The hash of a private value, which every peer has, with its metadata."""
        found = self._public.get(hash_space(chaincode, collection), key_hash(key))
        version = found.version if found is not None else None
        self.results.collection(chaincode, collection).reads[key] = version
        return found

    def range_private(self, chaincode: str, collection: str, start: str, end: str) -> QueryCursor:
        """A range of this peer's private values; it is not repeated at validation."""
        self._before_private_query()
        return QueryCursor(self._private.range(private_space(chaincode, collection), start, end))

    def query_private(self, chaincode: str, collection: str, query: str) -> QueryCursor:
        """A rich query over this peer's private values."""
        self._before_private_query()
        rows = self._private.range(private_space(chaincode, collection), "", "")
        found, after = self._database.query(rows, query, 0, "")
        return QueryCursor(iter(found), None, after)

    # --- writes

    def put(self, chaincode: str, key: str, value: bytes | None) -> None:
        """Writes a public key; None, or no bytes, deletes it."""
        self._before_write(key, value)
        self.results.of(chaincode).writes[key] = value
        self._interested(chaincode, "", key, self._public.get(chaincode, key))

    def put_metadata(self, chaincode: str, key: str, metadata: Metadata) -> None:
        """Sets a public key's metadata."""
        self._before_write(key, None)
        self.results.of(chaincode).metadata[key] = metadata
        self._interested(chaincode, "", key, self._public.get(chaincode, key))

    def put_private(
        self, chaincode: str, collection: str, key: str, value: bytes | None, purge: bool = False
    ) -> None:
        """Writes, deletes or purges a private key."""
        self._before_write(key, value)
        part = self.results.collection(chaincode, collection)
        part.writes[key] = value
        (part.purges.add if purge else part.purges.discard)(key)
        hashed = self._public.get(hash_space(chaincode, collection), key_hash(key))
        self._interested(chaincode, collection, key, hashed)

    def put_private_metadata(
        self, chaincode: str, collection: str, key: str, metadata: Metadata
    ) -> None:
        """Sets a private key's metadata."""
        self._before_write(key, None)
        self.results.collection(chaincode, collection).metadata[key] = metadata
        hashed = self._public.get(hash_space(chaincode, collection), key_hash(key))
        self._interested(chaincode, collection, key, hashed)

    # --- at the end

    def finish(self) -> None:
        """Adds the ranges, as far as they were read, to the read set."""
        for chaincode, read in self._ranges:
            self.results.add_range(chaincode, read)
        self._ranges.clear()

    def interest(self) -> WriteInterest:
        """What the writes ask for: key policies, and where the chaincode's or collection's."""
        found = WriteInterest()
        for (chaincode, collection, _), metadata in self._written_metadata.items():
            required = found.required.setdefault(chaincode, {"": False})
            policy = metadata.get(VALIDATION_PARAMETER)
            if policy is None:
                required[collection] = True
            else:
                found.key_policies.setdefault(chaincode, []).append(policy)
        return found

    # --- inside

    def _read(self, chaincode: str, key: str) -> Versioned | None:
        found = self._public.get(chaincode, key)
        self.results.of(chaincode).reads[key] = found.version if found is not None else None
        return found

    def _range(self, chaincode: str, start: str, end: str, limit: int) -> RangeCursor:
        read = RangeRead(start)
        self._ranges.append((chaincode, read))
        rows = self._public.range(chaincode, start, end)
        return RangeCursor(read, end, rows, limit, self._database.last_bookmark(end))

    def _query(self, chaincode: str, query: str, page_size: int, bookmark: str) -> QueryCursor:
        rows = self._public.range(chaincode, "", "")
        found, after = self._database.query(rows, query, page_size, bookmark)
        return QueryCursor(iter(found), self.results.of(chaincode).reads, after)

    def _interested(
        self, chaincode: str, collection: str, key: str, found: Versioned | None
    ) -> None:
        metadata: Metadata = found.metadata if found is not None else {}
        self._written_metadata[chaincode, collection, key] = metadata

    def _before_write(self, key: str, value: bytes | None) -> None:
        if self._queried_private:
            raise Refused(
                f"txid [{self._txid}]: unsuppored transaction. Transaction has already performed "
                "queries on pvt data. Writes are not allowed"
            )
        if self._paged:
            raise Refused(
                f"txid [{self._txid}]: unsuppored transaction. Transaction has already performed "
                "a paginated query. Writes are not allowed"
            )
        self._wrote = True
        self._database.check(key, value)

    def _before_private_query(self) -> None:
        if self._wrote:
            raise Refused(
                f"txid [{self._txid}]: unsuppored transaction. Queries on pvt data is supported "
                "only in a read-only transaction"
            )
        self._queried_private = True

    def _before_paging(self) -> None:
        if self._wrote:
            raise Refused(
                f"txid [{self._txid}]: unsuppored transaction. Paginated queries are supported "
                "only in a read-only transaction"
            )
        self._paged = True
