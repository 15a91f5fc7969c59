"""A private data collection as typed records: values stay with its members, hashes do not."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar, cast

from weftwork_chaincode import stored
from weftwork_chaincode.errors import AlreadyExists, NotFound
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.stub import Stub
from weftwork_model import Record, encode

R = TypeVar("R", bound=Record)


class PrivateCollection:
    """The records of one collection.

    Only peers of the collection's members hold the values: elsewhere a read finds nothing or is
    refused. A value can be written from any peer. Values of little variety need a salt, the hash
    on the chain can otherwise be guessed.
    """

    def __init__(self, stub: Stub, collection: str) -> None:
        self._stub = stub
        self.collection = collection

    async def find(self, record: type[R], *key: Any) -> R | None:
        """The committed record of this key, or None."""
        data = await self._stub.get_private(self.collection, record.key_of(*key))
        return stored.read(record, data)

    async def get(self, record: type[R], *key: Any) -> R:
        """The committed record of this key; NotFound where there is none."""
        found = await self.find(record, *key)
        if found is None:
            raise NotFound(f"no {record.kind} {stored.shown(key)} in {self.collection}")
        return found

    async def find_many(self, record: type[R], keys: Sequence[tuple[Any, ...]]) -> list[R | None]:
        """The committed records of several keys, in their order: one message where possible."""
        ledger_keys = [record.key_of(*key) for key in keys]
        found = await self._stub.get_privates(self.collection, ledger_keys)
        return [stored.read(record, data) for data in found]

    async def get_committed(self, record: type[R], *key: Any) -> R | None:
        """The record from before this transaction, or None, also where it has written it."""
        data = await self._stub.get_committed_private(self.collection, record.key_of(*key))
        return stored.read(record, data)

    async def add(self, record: Record) -> None:
        """Writes a new record; AlreadyExists where its key is taken.

        Whether it is taken is seen by the hash, which every peer can read.
        """
        if await self._stub.get_private_hash(self.collection, record.ledger_key) is not None:
            raise AlreadyExists(f"{stored.described(record)} exists in {self.collection}")
        await self.put(record)

    async def put(self, record: Record) -> None:
        """Writes a record, new or not."""
        await self._stub.put_private(self.collection, record.ledger_key, encode(record))

    async def delete(self, record: Record) -> None:
        """Deletes a record from the state."""
        await self._stub.delete_private(self.collection, record.ledger_key)

    async def purge(self, record: Record) -> None:
        """Deletes a record with all that peers keep of its past; hashes on the chain stay."""
        await self._stub.purge_private(self.collection, record.ledger_key)

    async def range(self, record: type[R], *key_prefix: Any) -> AsyncIterator[R]:
        """Every record whose key begins so, in a transaction that writes nothing."""
        prefix = record.prefix_of(*key_prefix)
        async for row in self._stub.range_private_by_prefix(self.collection, prefix):
            yield cast(R, stored.read(record, row.value))

    async def query(self, record: type[R], query: str) -> AsyncIterator[R]:
        """The records that a rich query selects, in a transaction that writes nothing."""
        async for row in self._stub.query_private(self.collection, query):
            yield cast(R, stored.read(record, row.value))

    async def hash(self, record: type[Record], *key: Any) -> bytes | None:
        """SHA-256 of the committed value, 32 bytes; every peer of the channel can read it."""
        return await self._stub.get_private_hash(self.collection, record.key_of(*key))

    async def bind(self, record: Record, policy: Policy) -> None:
        """Gives the record's private key a policy of its own."""
        await self._stub.set_private_policy(self.collection, record.ledger_key, policy)

    async def bound_to(self, record: Record) -> Policy | None:
        """The private key's own committed policy; None where the collection's applies."""
        return await self._stub.get_private_policy(self.collection, record.ledger_key)
