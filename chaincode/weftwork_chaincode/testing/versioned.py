"""A versioned key-value store as a peer keeps it: values, metadata and versions by namespace.

Public data of a chaincode lies in the namespace of its name; a collection has two more, one with
the hashes that every peer keeps and one with the values that its members keep. Source: Fabric
``core/ledger/kvledger/txmgmt/statedb`` and ``privacyenabledstate``.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Key = str | bytes
"""Text for public and private keys; the SHA-256 of the key in a namespace of hashes."""


class Version(NamedTuple):
    """The place of the transaction that wrote a key last."""

    block: int
    transaction: int

    def __str__(self) -> str:
        return f"{{BlockNum: {self.block}, TxNum: {self.transaction}}}"


class Versioned(NamedTuple):
    """What a key holds."""

    value: bytes
    metadata: Mapping[str, bytes]
    version: Version


class Update(NamedTuple):
    """What a block writes to a key; a value of None deletes it."""

    value: bytes | None
    metadata: Mapping[str, bytes]
    version: Version


def hash_space(chaincode: str, collection: str) -> str:
    """The namespace of a collection's hashes."""
    return f"{chaincode}$$h{collection}"


def private_space(chaincode: str, collection: str) -> str:
    """The namespace of a collection's values."""
    return f"{chaincode}$$p{collection}"


class Store:
    """Committed state: namespace → key → value, metadata and version."""

    def __init__(self) -> None:
        self._values: dict[str, dict[Key, Versioned]] = {}
        self._sorted: dict[str, list[Key]] = {}

    def get(self, space: str, key: Key) -> Versioned | None:
        """What the key holds, or None."""
        values = self._values.get(space)
        return values.get(key) if values is not None else None

    def put(self, space: str, key: Key, value: Versioned) -> None:
        """Writes a key."""
        values = self._values.setdefault(space, {})
        if key not in values:
            insort(self._sorted.setdefault(space, []), key)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownMemberType]  # one kind of key a namespace
        values[key] = value

    def delete(self, space: str, key: Key) -> None:
        """Deletes a key, where it exists."""
        values = self._values.get(space)
        if values is not None and values.pop(key, None) is not None:
            keys = self._sorted[space]
            del keys[bisect_left(keys, key)]  # pyright: ignore[reportArgumentType, reportCallIssue]  # as above

    def range(self, space: str, start: str, end: str) -> Iterator[tuple[str, Versioned]]:
        """Keys from ``start`` up to, not including, ``end`` (empty: no bound) by their bytes."""
        # Text compares by code points, which is the order of its UTF-8 bytes, as Fabric's.
        keys = self._sorted.get(space, [])
        first = bisect_left(keys, start) if start else 0  # pyright: ignore[reportArgumentType, reportCallIssue]  # ranges go over text alone
        last = bisect_left(keys, end) if end else len(keys)  # pyright: ignore[reportArgumentType, reportCallIssue]
        values = self._values.get(space, {})
        for key in keys[first:last]:
            yield str(key), values[key]

    def spaces(self) -> list[str]:
        """The namespaces that hold a key, sorted."""
        return sorted(space for space, values in self._values.items() if values)

    def items(self, space: str) -> list[tuple[Key, Versioned]]:
        """Every key of a namespace, in order."""
        values = self._values.get(space, {})
        return [(key, values[key]) for key in self._sorted.get(space, [])]

    def apply(self, batch: "Batch") -> None:
        """Commits what a block writes."""
        for space, updates in batch.updates.items():
            for key, update in updates.items():
                if update.value is None:
                    self.delete(space, key)
                else:
                    self.put(space, key, Versioned(update.value, update.metadata, update.version))


class Batch:
    """What the transactions of one block write, before it is committed."""

    def __init__(self) -> None:
        self.updates: dict[str, dict[Key, Update]] = {}

    def get(self, space: str, key: Key) -> Update | None:
        """What the block writes to the key, a deletion included; None where it writes nothing."""
        updates = self.updates.get(space)
        return updates.get(key) if updates is not None else None

    def put(self, space: str, key: Key, update: Update) -> None:
        """Adds a write or a deletion."""
        self.updates.setdefault(space, {})[key] = update


def merged_range(
    store: Store, batch: Batch, space: str, start: str, end: str
) -> Iterator[tuple[str, Version]]:
    """A range over the committed state with a block's writes on top: keys and versions."""
    updates = batch.updates.get(space)
    if not updates:
        for key, found in store.range(space, start, end):
            yield key, found.version
        return
    written = sorted(
        str(key) for key in updates if str(key) >= start and (not end or str(key) < end)
    )
    previous = None
    committed = {key: found.version for key, found in store.range(space, start, end)}
    for key in heapq.merge(committed, written):
        if key == previous:
            continue
        previous = key
        update = updates.get(key)
        if update is None:
            yield key, committed[key]
        elif update.value is not None:
            yield key, update.version
