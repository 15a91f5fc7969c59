"""The public state: keys and values that every peer of the channel holds."""

from collections.abc import AsyncIterator, Sequence

from weftwork_chaincode import messages, rows
from weftwork_chaincode.access import LedgerAccess, check_key
from weftwork_chaincode.errors import Invalid
from weftwork_chaincode.keys import (
    AFTER_COMPOSITE_KEYS,
    create_composite_key,
    range_of,
    range_of_all,
    split_composite_key,
)
from weftwork_chaincode.messages import KeyValue
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.rows import KeyModification, Page


class PublicState(LedgerAccess):
    """A transaction's access to the public state of its own chaincode."""

    async def get_state(self, key: str) -> bytes | None:
        """The committed value of a key, or None.

        Raises:
            ReadAfterWrite: this transaction has written the key.
        """
        self._readable("", key)
        return await self._get("", key)

    async def get_committed(self, key: str) -> bytes | None:
        """The value from before this transaction, or None, also of a key that it has written."""
        check_key(key)
        return await self._get("", key)

    async def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """The committed values of several keys, in their order: one message where possible."""
        return await self._get_several("", keys)

    async def put_state(self, key: str, value: bytes) -> None:
        """Writes a key when the function returns."""
        self._put("", key, value)

    async def delete_state(self, key: str) -> None:
        """Deletes a key, and with it the key's own policy."""
        self._writable("", key)
        self._writes.put("", key, None)

    # --- many keys

    async def range(self, start: str, end: str) -> AsyncIterator[KeyValue]:
        """Keys from ``start`` up to, not including, ``end``, in the order of their bytes.

        An empty start begins after the composite keys, an empty end has no bound. The peer
        repeats the range at commit: a key that came or went in between invalidates the
        transaction. The peer ends a range after ``totalQueryLimit`` rows (100,000) without a word.
        """
        async for row in self._range("", start or AFTER_COMPOSITE_KEYS, end):
            yield row

    async def range_by_prefix(self, prefix: str) -> AsyncIterator[KeyValue]:
        """Every key that begins with a (composite) prefix and has more after it."""
        async for row in self._range("", *range_of(named_prefix(prefix))):
            yield row

    async def range_by_composite_key(
        self, object_type: str, *attributes: str
    ) -> AsyncIterator[KeyValue]:
        """Every composite key of an object type whose first attributes are these."""
        prefix = create_composite_key(object_type, *attributes)
        async for row in self._range("", *range_of(prefix)):
            yield row

    async def range_page(self, start: str, end: str, page_size: int, bookmark: str = "") -> Page:
        """A page of a range, in a function that only reads.

        Args:
            start: as of :meth:`range`.
            end: as of :meth:`range`.
            page_size: most rows, 1 to 100,000.
            bookmark: of the page before; empty for the first.

        Raises:
            PagedReadInSubmit: the function writes or is marked ``@submit``.
        """
        return await self._range_page(start or AFTER_COMPOSITE_KEYS, end, page_size, bookmark)

    async def composite_key_page(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str = ""
    ) -> Page:
        """A page of :meth:`range_by_composite_key`; as :meth:`range_page`."""
        start, end = range_of(create_composite_key(object_type, *attributes))
        return await self._range_page(start, end, page_size, bookmark)

    async def all_composite_keys_page(self, page_size: int, bookmark: str = "") -> Page:
        """A page of all the composite keys, whatever their object type; as :meth:`range_page`."""
        return await self._range_page(*range_of_all(), page_size, bookmark)

    async def _range_page(self, start: str, end: str, page_size: int, bookmark: str) -> Page:
        self._check_page(page_size)
        payload = rows.get_range(start, end, "", page_size, bookmark)
        return await self._page(messages.GET_STATE_BY_RANGE, payload)

    async def query(self, query: str) -> AsyncIterator[KeyValue]:
        """The documents that a rich query selects; needs CouchDB as the peers' state database.

        The peer does not repeat it at commit: what came or went in between is not noticed. A
        document that this transaction has written is refused (ReadAfterWrite).

        Args:
            query: CouchDB's find syntax, JSON with ``selector``.
        """
        async for row in self._query("", query):
            yield row

    async def query_page(self, query: str, page_size: int, bookmark: str = "") -> Page:
        """A page of :meth:`query`; as :meth:`range_page`."""
        self._check_page(page_size)
        payload = rows.get_query(query, "", page_size, bookmark)
        return await self._page(messages.GET_QUERY_RESULT, payload)

    async def history(self, key: str) -> AsyncIterator[KeyModification]:
        """The committed writes of a key, the newest first; the peer does not repeat it at commit.

        A peer whose history database is switched off refuses.
        """
        check_key(key)
        payload = rows.get_history(key)
        async for row in self._rows(messages.GET_HISTORY_FOR_KEY, payload):
            yield rows.parse_modification(row)

    # --- composite keys

    def create_composite_key(self, object_type: str, *attributes: str) -> str:
        """The key of an object type and its attributes. Raises Invalid."""
        return create_composite_key(object_type, *attributes)

    def split_composite_key(self, key: str) -> tuple[str, list[str]]:
        """A composite key's object type and attributes. Raises Invalid."""
        return split_composite_key(key)

    # --- a key's own policy

    async def set_state_policy(self, key: str, policy: Policy | bytes) -> None:
        """Gives a key an endorsement policy of its own, in place of the chaincode's."""
        self._set_policy("", key, policy)

    async def get_state_policy(self, key: str) -> Policy | None:
        """A key's own committed policy, or None where the chaincode's applies."""
        return await self._get_policy("", key)


def named_prefix(prefix: str) -> str:
    """A prefix that is not empty.

    Raises:
        Invalid: it is.
    """
    if not prefix:
        raise Invalid("a range by prefix needs a prefix")
    return prefix
