"""What a contract function is given: the client, and the ledger as typed records."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from weftwork_chaincode import stored
from weftwork_chaincode.errors import AlreadyExists, CalledChaincodeError, ChaincodeError, NotFound
from weftwork_chaincode.forms import FormError, form_of, result_of_any
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.private import PrivateCollection
from weftwork_chaincode.stub import Stub
from weftwork_model import Record, encode, split_composite_key

R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordPage(Generic[R]):
    """A part of a range of records.

    Attributes:
        records: at most as many as were asked for.
        bookmark: where the next page begins; empty after the last.
    """

    records: list[R]
    bookmark: str


@dataclass(frozen=True, slots=True)
class RecordChange(Generic[R]):
    """One transaction's write of a record.

    Attributes:
        tx_id: the transaction.
        record: what it wrote; None where it deleted the record.
        timestamp: its client's clock, milliseconds since 1970 (UTC).
    """

    tx_id: str
    record: R | None
    timestamp: int


class Context:
    """One transaction as a contract sees it.

    Reads show the committed state, never this transaction's own writes: reading a key after
    writing it is refused. Writes leave when the function returns.
    """

    def __init__(self, stub: Stub) -> None:
        self._stub = stub

    @property
    def stub(self) -> Stub:
        """The low-level view: keys and bytes."""
        return self._stub

    @property
    def tx_id(self) -> str:
        """The transaction's id, 64 hex digits."""
        return self._stub.tx_id

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._stub.channel

    @property
    def timestamp(self) -> int:
        """The client's clock, in milliseconds since 1970 (UTC): what it says, not what is true."""
        return self._stub.proposal.timestamp

    @property
    def client(self) -> ClientIdentity:
        """Who signed the proposal."""
        return self._stub.client

    @property
    def transient(self) -> Mapping[str, bytes]:
        """Data beside the arguments; it does not go on the chain."""
        return self._stub.transient

    @property
    def top_level_chaincode(self) -> str:
        """The chaincode that the client invoked: this one, or one that called it."""
        return self._stub.proposal.top_level_chaincode

    async def find(self, record: type[R], *key: Any) -> R | None:
        """The committed record of this key, or None."""
        ledger_key = record.key_of(*key)
        return stored.read(record, await self._stub.get_state(ledger_key))

    async def get(self, record: type[R], *key: Any) -> R:
        """The committed record of this key; NotFound where there is none."""
        found = await self.find(record, *key)
        if found is None:
            raise NotFound(f"no {record.kind} {stored.shown(key)}")
        return found

    async def find_many(self, record: type[R], keys: Sequence[tuple[Any, ...]]) -> list[R | None]:
        """The committed records of several keys, in their order: one message where possible."""
        found = await self._stub.get_states([record.key_of(*key) for key in keys])
        return [stored.read(record, data) for data in found]

    async def get_committed(self, record: type[R], *key: Any) -> R | None:
        """The record from before this transaction, or None, also where it has written it."""
        return stored.read(record, await self._stub.get_committed(record.key_of(*key)))

    async def add(self, record: Record) -> None:
        """Writes a new record; AlreadyExists where its key is taken."""
        if await self._stub.get_state(record.ledger_key) is not None:
            raise AlreadyExists(f"{stored.described(record)} exists")
        await self.put(record)

    async def put(self, record: Record) -> None:
        """Writes a record, new or not."""
        await self._stub.put_state(record.ledger_key, encode(record))

    async def delete(self, record: Record) -> None:
        """Deletes a record, and with it the key's own policy."""
        await self._stub.delete_state(record.ledger_key)

    async def range(self, record: type[R], *key_prefix: Any) -> AsyncIterator[R]:
        """Every record whose key begins so, in key order.

        The peer repeats the range at commit: a record that came, changed or went in between
        invalidates the transaction (PHANTOM_READ_CONFLICT or MVCC_READ_CONFLICT).
        """
        async for row in self._stub.range_by_prefix(record.prefix_of(*key_prefix)):
            yield cast(R, stored.read(record, row.value))

    async def page(
        self, record: type[R], *key_prefix: Any, size: int, bookmark: str = ""
    ) -> RecordPage[R]:
        """A page of :meth:`range`, in a function that only reads.

        Args:
            record: the type.
            key_prefix: the first parts of the key.
            size: most records, 1 to 100,000.
            bookmark: of the page before; empty for the first.

        Raises:
            PagedReadInSubmit: the function is marked ``@submit``.
        """
        kind, attributes = split_composite_key(record.prefix_of(*key_prefix))
        page = await self._stub.composite_key_page(kind, attributes, size, bookmark)
        records = [cast(R, stored.read(record, row.value)) for row in page.rows]
        return RecordPage(records, page.bookmark)

    async def query(self, record: type[R], query: str) -> AsyncIterator[R]:
        """The records that a rich query selects; needs CouchDB as the peers' state database.

        The peer does not repeat it at commit. The selector has to name the record's ``kind``: a
        document of another kind is a StoredValueError.
        """
        async for row in self._stub.query(query):
            yield cast(R, stored.read(record, row.value))

    async def history(self, record: type[R], *key: Any) -> AsyncIterator[RecordChange[R]]:
        """The committed writes of a record, the newest first; not repeated at commit."""
        async for row in self._stub.history(record.key_of(*key)):
            yield RecordChange(row.tx_id, stored.read(record, row.value), row.timestamp)

    async def bind(self, record: Record, policy: Policy) -> None:
        """Gives the record's key a policy of its own; it rules from the next transaction on."""
        await self._stub.set_state_policy(record.ledger_key, policy)

    async def bound_to(self, record: Record) -> Policy | None:
        """The key's own committed policy; None where the chaincode's applies."""
        return await self._stub.get_state_policy(record.ledger_key)

    def private(self, collection: str) -> PrivateCollection:
        """A private data collection, with the same calls."""
        return PrivateCollection(self._stub, collection)

    async def call(
        self, chaincode: str, function: str, *arguments: object, returns: type[T] = bytes
    ) -> T:
        """Calls another chaincode of this channel inside this transaction.

        ``str`` and ``bytes`` arguments go as they are, anything else as canonical JSON; the
        result likewise, by ``returns`` (``type(None)`` for nothing). CalledChaincodeError where
        it answers 400 or more: this transaction then fails, even where the error is caught. Its
        writes cannot be read within this transaction, neither by it nor by a second call.
        """
        wire = [function.encode(), *(_wire(argument) for argument in arguments)]
        response = await self._stub.invoke(chaincode, wire)
        if response.status >= 400:
            raise CalledChaincodeError(chaincode, function, response.status, response.message)
        try:
            return cast(T, _returned(response.payload, returns))
        except ValueError as error:  # the called chaincode's fault, or this caller's: no client's
            raise ChaincodeError(
                f"{chaincode}.{function} returned what was not expected: {error}"
            ) from error

    def emit(self, name: str, payload: Record | bytes) -> None:
        """Sets the transaction's one event; a second is refused.

        Clients see it only where the chaincode they invoked itself emits it.
        """
        self._stub.set_event(name, payload if isinstance(payload, bytes) else encode(payload))


def _wire(argument: object) -> bytes:
    return result_of_any("the caller's own argument", argument)


def _returned(payload: bytes, returns: Any) -> object:
    try:
        return form_of(returns, "returns").read(payload)
    except FormError as error:
        raise ValueError(str(error)) from error
