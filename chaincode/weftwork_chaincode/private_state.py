"""Private data: values that only the members of a collection hold, hashes that all peers hold."""

from collections.abc import AsyncIterator, Sequence

from weftwork_chaincode import messages
from weftwork_chaincode.access import LedgerAccess, check_key
from weftwork_chaincode.errors import Invalid, PrivateDataInResult
from weftwork_chaincode.keys import AFTER_COMPOSITE_KEYS, create_composite_key, range_of
from weftwork_chaincode.messages import KeyValue
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.public_state import named_prefix

_TELLING = 16
"""Bytes: a shorter private value may stand in a result by chance, unless it is all of it."""


class PrivateState(LedgerAccess):
    """A transaction's access to the private data collections of its own chaincode."""

    async def get_private(self, collection: str, key: str) -> bytes | None:
        """A value of a collection that this peer's department is a member of, or None."""
        self._readable(_named(collection), key)
        return self._kept(await self._get(collection, key))

    async def get_committed_private(self, collection: str, key: str) -> bytes | None:
        """The value from before this transaction, or None, also of a key that it has written."""
        check_key(key)
        return self._kept(await self._get(_named(collection), key))

    async def get_privates(self, collection: str, keys: Sequence[str]) -> list[bytes | None]:
        """The values of several keys, in their order: one message where possible."""
        found = await self._get_several(_named(collection), keys)
        return [self._kept(value) for value in found]

    async def get_private_hash(self, collection: str, key: str) -> bytes | None:
        """SHA-256 of a private value; every peer of the channel can read it."""
        self._readable(_named(collection), key)
        payload = messages.get_state(key, collection)
        return await self._request(messages.GET_PRIVATE_DATA_HASH, payload) or None

    async def put_private(self, collection: str, key: str, value: bytes) -> None:
        """Writes a private value; only its hash goes on the chain."""
        self._put(_named(collection), key, value)

    async def delete_private(self, collection: str, key: str) -> None:
        """Deletes a private value from the state; its past stays, see :meth:`purge_private`."""
        self._writable(_named(collection), key)
        self._writes.put(collection, key, None)

    async def purge_private(self, collection: str, key: str) -> None:
        """Deletes a private value and all that peers keep of its past; hashes on the chain stay.

        Needs the capability V2_5 of the application and Fabric 2.5 or newer.
        """
        self._writable(_named(collection), key)
        self._writes.purge(collection, key)

    # --- many keys, in a transaction that writes nothing

    async def range_private(self, collection: str, start: str, end: str) -> AsyncIterator[KeyValue]:
        """Keys of a collection from ``start`` up to, not including, ``end``.

        An empty start begins after the composite keys, an empty end has no bound. The peer cannot
        repeat it at commit, so it refuses it in a transaction that writes.

        Raises:
            PrivateRangeWithWrites: this transaction has written.
        """
        self._check_private_rows(_named(collection))
        async for row in self._range(collection, start or AFTER_COMPOSITE_KEYS, end):
            self._kept(row.value)
            yield row

    async def range_private_by_prefix(
        self, collection: str, prefix: str
    ) -> AsyncIterator[KeyValue]:
        """Every key of a collection that begins so and has more after it; as `range_private`."""
        start, end = range_of(named_prefix(prefix))
        async for row in self.range_private(collection, start, end):
            yield row

    async def range_private_by_composite_key(
        self, collection: str, object_type: str, *attributes: str
    ) -> AsyncIterator[KeyValue]:
        """Every composite key of an object type with these attributes; as `range_private`."""
        start, end = range_of(create_composite_key(object_type, *attributes))
        async for row in self.range_private(collection, start, end):
            yield row

    async def query_private(self, collection: str, query: str) -> AsyncIterator[KeyValue]:
        """The documents of a collection that a rich query selects; needs CouchDB.

        Raises:
            PrivateRangeWithWrites: this transaction has written.
        """
        self._check_private_rows(_named(collection))
        async for row in self._query(collection, query):
            self._kept(row.value)
            yield row

    # --- a key's own policy

    async def set_private_policy(self, collection: str, key: str, policy: Policy | bytes) -> None:
        """Gives a private key an endorsement policy of its own."""
        self._set_policy(_named(collection), key, policy)

    async def get_private_policy(self, collection: str, key: str) -> Policy | None:
        """A private key's own committed policy, or None."""
        return await self._get_policy(_named(collection), key)

    # --- what may not leave

    def _kept(self, value: bytes | None) -> bytes | None:
        if value and self.read_only is False:
            self._private_values.append(value)
        return value

    def refuse_private(self, data: bytes, what: str) -> None:
        """Refuses what a ``@submit`` function lets out where it holds a private value it has read.

        A result or an event goes on the chain, to every peer of the channel. Found are whole
        values: all of ``data``, or a part of it that is too long to be one by chance.

        Raises:
            PrivateDataInResult: it holds one.
        """
        for value in self._private_values:
            if data == value or (len(value) >= _TELLING and value in data):
                raise PrivateDataInResult(
                    f"{self.function or 'this function'} is marked @submit and puts a private "
                    f"value into its {what}, which goes on the chain for every department to "
                    "read: return it from an @evaluate function, or return its hash"
                )


def _named(collection: str) -> str:
    if not collection:
        raise Invalid("private data needs the name of a collection")
    return collection
