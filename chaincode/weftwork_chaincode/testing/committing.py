"""What valid transactions write, worked out and put into the state of every peer.

Source: Fabric ``core/ledger/kvledger/txmgmt/validation`` (``tx_ops.go``, ``batch_preparer.go``)
and ``pvtstatepurgemgmt`` (block to live).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from weftwork_chaincode.testing.definitions import CollectionRules
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_chaincode.testing.rwset import key_hash
from weftwork_chaincode.testing.versioned import (
    Batch,
    Key,
    Store,
    Update,
    Version,
    hash_space,
    private_space,
)


class PeersStop(RuntimeError):
    """The block would end every peer of a real network, or have it wait for ever.

    Fabric 3.1 panics where a transaction sets the policy of a key, without reading it, that an
    earlier one of the same block has deleted (``tx_ops.go``, ``statedb.go``). It never ends the
    validation of a block in which a transaction writes a key whose policy is set by an earlier one
    of the block that is invalid already: a repeated one, or one that another chaincode's policy
    refuses (``core/common/validation/statebased/vpmanagerimpl.go``).
    """


@dataclass(frozen=True)
class Expiring:
    """A private key whose time is over with a later block."""

    chaincode: str
    collection: str
    key: str
    committed: int


class Committer:
    """Keeps the state of a channel: public and hashed for all peers, private for each member."""

    def __init__(
        self,
        public: Store,
        private: Mapping[str, Store],
        collection: Callable[[str, str], CollectionRules | None],
    ) -> None:
        self._public = public
        self._private = private
        self._collection = collection
        self._expiring: dict[int, list[Expiring]] = {}

    def prepare(self, transaction: Endorsed, version: Version, batch: Batch) -> None:
        """Adds what a valid transaction writes to the block's writes, hashes included."""
        for name, part in transaction.answer.results.namespaces.items():
            self._merge(
                name,
                dict[Key, bytes | None](part.writes.items()),
                dict[Key, Mapping[str, bytes]](part.metadata.items()),
                version,
                batch,
            )
            for collection, hashed in part.collections.items():
                self._merge(
                    hash_space(name, collection),
                    {
                        key_hash(key): hashlib.sha256(value).digest() if value else None
                        for key, value in hashed.writes.items()
                    },
                    {key_hash(key): metadata for key, metadata in hashed.metadata.items()},
                    version,
                    batch,
                )

    def commit(self, number: int, valid: Sequence[tuple[Version, Endorsed]], batch: Batch) -> None:
        """Commits a block: its writes, the members' private values, and what expires with it."""
        for mspid, store in self._private.items():
            private = self._private_batch(mspid, store, valid, batch)
            self._expire_private(number, mspid, store, private, batch)
            store.apply(private)
        self._expire_hashes(number, batch)
        self._public.apply(batch)
        self._schedule(number, valid)

    # --- public and hashed

    def _merge(
        self,
        space: str,
        writes: dict[Key, bytes | None],
        metadata: dict[Key, Mapping[str, bytes]],
        version: Version,
        batch: Batch,
    ) -> None:
        before = {
            key: batch.get(space, key) or self._public.get(space, key)
            for key in (*writes, *metadata)
        }
        for key, value in writes.items():
            if not value:
                batch.put(space, key, Update(None, {}, version))
                continue
            found = before[key]
            kept = metadata.get(key, found.metadata if found is not None else {})
            batch.put(space, key, Update(value, kept, version))
        for key, entries in metadata.items():
            found = before[key]
            if key in writes or found is None:
                continue
            if found.value is None:
                raise PeersStop(
                    f"a transaction sets the policy of the key {key!r} of {space} that an earlier "
                    "one of the same block has deleted: Fabric's peers panic on this block"
                )
            batch.put(space, key, Update(found.value, entries, version))

    # --- private

    def _private_batch(
        self,
        mspid: str,
        store: Store,
        valid: Sequence[tuple[Version, Endorsed]],
        batch: Batch,
    ) -> Batch:
        private = Batch()
        bound: list[tuple[str, str, str]] = []
        for version, transaction in valid:
            for name, part in transaction.answer.results.namespaces.items():
                for collection, hashed in part.collections.items():
                    if not self._receives(mspid, name, collection, transaction):
                        continue
                    space = private_space(name, collection)
                    for key, value in hashed.writes.items():
                        private.put(space, key, Update(value or None, {}, version))
                    bound += [(name, collection, key) for key in hashed.metadata]
        for name, collection, key in bound:
            self._raise_version(store, private, batch, name, collection, key)
        return private

    def _receives(self, mspid: str, name: str, collection: str, transaction: Endorsed) -> bool:
        rules = self._collection(name, collection)
        if rules is None or not rules.has_member(mspid, "peer"):
            return False
        if rules.config.maximum_peer_count > 0:
            return True
        # nobody is sent a copy: members fetch it from a member that endorsed
        return any(rules.has_member(endorser, "peer") for endorser in transaction.endorsers)

    def _raise_version(
        self, store: Store, private: Batch, batch: Batch, name: str, collection: str, key: str
    ) -> None:
        hashed = batch.get(hash_space(name, collection), key_hash(key))
        space = private_space(name, collection)
        latest = private.get(space, key) or store.get(space, key)
        if hashed is None or latest is None or latest.value is None:
            return
        if hashed.value == hashlib.sha256(latest.value).digest():
            private.put(space, key, Update(latest.value, {}, hashed.version))

    # --- block to live

    def _schedule(self, number: int, valid: Sequence[tuple[Version, Endorsed]]) -> None:
        for _, transaction in valid:
            for name, part in transaction.answer.results.namespaces.items():
                for collection, hashed in part.collections.items():
                    rules = self._collection(name, collection)
                    if rules is None or not rules.config.block_to_live:
                        continue
                    last = number + rules.config.block_to_live + 1
                    for key in {**hashed.writes, **hashed.metadata}:
                        due = Expiring(name, collection, key, number)
                        self._expiring.setdefault(last, []).append(due)

    def _expire_private(
        self, number: int, mspid: str, store: Store, private: Batch, batch: Batch
    ) -> None:
        for due in self._expiring.get(number, ()):
            space = private_space(due.chaincode, due.collection)
            found = store.get(space, due.key)
            if found is None or found.version.block != due.committed:
                continue
            if private.get(space, due.key) is None:
                private.put(space, due.key, Update(None, {}, Version(number, 0)))

    def _expire_hashes(self, number: int, batch: Batch) -> None:
        for due in self._expiring.pop(number, ()):
            space = hash_space(due.chaincode, due.collection)
            hashed = key_hash(due.key)
            found = self._public.get(space, hashed)
            if found is None or found.version.block != due.committed:
                continue
            if batch.get(space, hashed) is None:
                batch.put(space, hashed, Update(None, {}, Version(number, 0)))
