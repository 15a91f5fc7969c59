"""What public state and private data have in common: requests, rows, and the guards of every call.

The guards say in words, before the peer is asked, what Fabric would answer with an old value, with
a refusal at the end, or not at all: a key read after it was written, a write in a function that
only reads, private rows or pages beside writes (Fabric: ``core/ledger/kvledger/txmgmt/txmgr``,
``tx_simulator.go``).
"""

from collections.abc import AsyncIterator, Sequence

from weftwork_chaincode import messages, rows
from weftwork_chaincode.batch import WriteBuffer, shown
from weftwork_chaincode.called import Written
from weftwork_chaincode.errors import (
    Invalid,
    PagedReadInSubmit,
    PrivateRangeWithWrites,
    ReadAfterWrite,
    WriteInEvaluate,
)
from weftwork_chaincode.messages import KeyValue
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.rows import Page
from weftwork_chaincode.transaction import Transaction

_MOST_ROWS = 100_000
"""The peer's ``totalQueryLimit``."""


class LedgerAccess:
    """One transaction's reads and writes.

    Attributes:
        function: The function's name once it is known to exist; for logs and refusals.
        read_only: True of an ``@evaluate`` function, False of a ``@submit`` one; None where
            nobody has said.
    """

    def __init__(self, transaction: Transaction, earlier: Written | None = None) -> None:
        self._transaction = transaction
        self._writes = WriteBuffer()
        self._earlier = earlier
        # What was read that forbids writes, and the private values that no result may hold.
        self._private_rows = ""
        self._paged = False
        self._private_values: list[bytes] = []
        self.function = ""
        self.read_only: bool | None = None

    # --- reading

    async def _request(self, kind: int, payload: bytes) -> bytes:
        return await self._transaction.request(kind, payload)

    async def _get(self, collection: str, key: str) -> bytes | None:
        payload = messages.get_state(key, collection)
        # Fabric cannot tell an absent key from an empty value; an empty one cannot be written
        return await self._request(messages.GET_STATE, payload) or None

    async def _get_several(self, collection: str, keys: Sequence[str]) -> list[bytes | None]:
        for key in keys:
            self._readable(collection, key)
        most = self._transaction.capabilities.multi_get
        if most == 0 or len(keys) == 1:
            return [await self._get(collection, key) for key in keys]
        values: list[bytes | None] = []
        for start in range(0, len(keys), most):
            part = keys[start : start + most]
            payload = messages.get_states(part, collection)
            found = messages.parse_states(await self._request(messages.GET_STATE_MULTIPLE, payload))
            if len(found) != len(part):
                # the peer answers so where its database failed: ask one by one and hear the error
                values += [await self._get(collection, key) for key in part]
                continue
            for key, value in zip(part, found, strict=True):
                # of private data it does not say what is missing here though it exists: one by
                # one it does
                values.append(
                    await self._get(collection, key) if collection and not value else value or None
                )
        return values

    async def _range(self, collection: str, start: str, end: str) -> AsyncIterator[KeyValue]:
        self._check_range(collection, start, end)
        payload = rows.get_range(start, end, collection)
        async for row in self._rows(messages.GET_STATE_BY_RANGE, payload):
            yield rows.parse_row(row)

    async def _query(self, collection: str, query: str) -> AsyncIterator[KeyValue]:
        payload = rows.get_query(_written(query), collection)
        async for row in self._rows(messages.GET_QUERY_RESULT, payload):
            found = rows.parse_row(row)
            self._readable(collection, found.key)
            yield found

    async def _rows(self, kind: int, payload: bytes) -> AsyncIterator[bytes]:
        results, query, _ = rows.parse_rows(await self._request(kind, payload))
        while True:
            for row in results:  # a reader that leaves early: the peer closes at the end
                yield row
            if query is None:
                return
            answer = await self._request(messages.QUERY_STATE_NEXT, rows.query_next(query))
            results, query, _ = rows.parse_rows(answer)

    async def _page(self, kind: int, payload: bytes) -> Page:
        results, query, metadata = rows.parse_rows(await self._request(kind, payload))
        while query is not None:
            answer = await self._request(messages.QUERY_STATE_NEXT, rows.query_next(query))
            more, query, metadata = rows.parse_rows(answer)
            results += more
        bookmark, count = rows.parse_page(metadata)
        return Page([rows.parse_row(row) for row in results], bookmark, count)

    def _check_page(self, page_size: int) -> None:
        if not 0 < page_size <= _MOST_ROWS:
            raise Invalid(f"a page has 1 to {_MOST_ROWS} rows, not {page_size}")
        if self.read_only is False or self._writes:
            raise PagedReadInSubmit(
                f"{self.function or 'this function'} reads a page and writes: the peer does not "
                "repeat a page at commit and refuses it beside writes; read the whole range, or "
                "move the page into an @evaluate function"
            )
        self._paged = True

    def _check_private_rows(self, collection: str) -> None:
        if self._writes:
            raise PrivateRangeWithWrites(
                f"a range or query of the private collection {collection} in a transaction that "
                "writes: the peer could not repeat it at commit and refuses it; keep the keys in "
                "a record of their own and read each by its key"
            )
        self._private_rows = collection

    # --- policies

    def _set_policy(self, collection: str, key: str, policy: object) -> None:
        self._writable(collection, key)
        data = policy.encode() if isinstance(policy, Policy) else policy
        if not isinstance(data, bytes):
            raise Invalid(f"a key's policy is a Policy or its bytes, not {type(data).__name__}")
        if not data:
            raise Invalid(
                f"a policy of no bytes for {shown(key)} is one that nobody could ever satisfy: "
                "only deleting the key takes its policy away"
            )
        self._writes.put_metadata(collection, key, messages.VALIDATION_PARAMETER, data)

    async def _get_policy(self, collection: str, key: str) -> Policy | None:
        check_key(key)
        earlier = self._earlier is not None and (collection, key) in self._earlier.policies
        if earlier or self._writes.wrote_metadata(collection, key):
            raise ReadAfterWrite(
                f"the policy of {shown(key)} was set in this transaction: Fabric would answer "
                "with the old one"
            )
        payload = messages.get_metadata(key, collection)
        entries = messages.parse_metadata(await self._request(messages.GET_STATE_METADATA, payload))
        data = entries.get(messages.VALIDATION_PARAMETER)
        return Policy.decode(data) if data else None

    # --- writing

    def _put(self, collection: str, key: str, value: object) -> None:
        self._writable(collection, key)
        if not isinstance(value, bytes):  # what could change until the end, or is a mistake
            kind = type(value).__name__
            raise Invalid(f"the value of {shown(key)} must be bytes, not {kind}")
        if not value:
            raise Invalid(
                f"an empty value would delete the key {shown(key)}: write b'\\x00' for a mark, "
                "or delete it"
            )
        self._writes.put(collection, key, value)

    # --- guards

    def _readable(self, collection: str, key: str) -> None:
        check_key(key)
        if self._writes.wrote(collection, key):
            raise ReadAfterWrite(
                f"{shown(key)} was written in this transaction: Fabric would answer with the "
                "value from before it; keep the value in a variable, or say get_committed"
            )
        if self._earlier is not None and (collection, key) in self._earlier.values:
            raise ReadAfterWrite(
                f"{shown(key)} was written by an earlier call of this chaincode in the same "
                "transaction: Fabric would answer with the value from before it; say "
                "get_committed where that is meant, and sign a new proposal where the client has "
                "sent this one twice"
            )

    def _check_range(self, collection: str, start: str, end: str) -> None:
        earlier = self._earlier is not None and self._earlier.within(collection, start, end)
        if earlier or self._writes.wrote_within(collection, start, end):
            raise ReadAfterWrite(
                "this range holds a key that the transaction has written: Fabric would show the "
                "old value; read the range before writing"
            )

    def _writable(self, collection: str, key: str) -> None:
        check_key(key)
        if self.read_only or self._paged or self._private_rows:
            self._refuse_write(collection)

    def _refuse_write(self, collection: str) -> None:
        name = self.function or "this function"
        if self.read_only:
            where = f"collection {collection}" if collection else "the ledger"
            raise WriteInEvaluate(
                f"{name} is marked @evaluate and writes to {where}: mark it @submit"
            )
        if self._paged:
            raise PagedReadInSubmit(
                f"{name} writes after it has read a page: the peer does not repeat a page at "
                "commit and refuses the write; read the whole range"
            )
        raise PrivateRangeWithWrites(
            f"{name} writes after a range or query of the private collection "
            f"{self._private_rows}: the peer could not repeat that at commit and refuses the "
            "write; read each key by itself"
        )


def check_key(key: str) -> None:
    """Refuses what cannot be a key.

    Raises:
        Invalid: it is empty, or no text that UTF-8 can hold.
    """
    if not key:
        raise Invalid("a key must not be empty")
    if key.isascii():
        return
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise Invalid(
            "a key must be text that UTF-8 can hold, this one has a lone surrogate"
        ) from error


def _written(query: str) -> str:
    if not query:
        raise Invalid('a rich query needs a selector, for example {"selector": {"kind": "meter"}}')
    return query
