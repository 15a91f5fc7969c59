"""The blocking twin of :class:`Context`, for functions that are plain ``def``."""

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from weftwork_chaincode.bridge import Bridge
from weftwork_chaincode.context import Context, RecordChange, RecordPage
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.private import PrivateCollection
from weftwork_chaincode.stub import Stub
from weftwork_model import Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class SyncContext:
    """One transaction as a function in a thread sees it; every call is that of :class:`Context`.

    A call blocks this thread only. Where the transaction is given up or its peer vanishes while
    the function runs, the call under way and every later one raises TransactionOver.
    """

    def __init__(self, context: Context, bridge: Bridge) -> None:
        self._context = context
        self._bridge = bridge

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of any call of the stub: ``ctx.wait(ctx.stub.get_state("k"))``."""
        return self._bridge.wait(call)

    @property
    def stub(self) -> Stub:
        """The low-level view, whose calls go through :meth:`wait`."""
        return self._context.stub

    @property
    def tx_id(self) -> str:
        """The transaction's id, 64 hex digits."""
        return self._context.tx_id

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._context.channel

    @property
    def timestamp(self) -> int:
        """The client's clock, milliseconds since 1970 (UTC)."""
        return self._context.timestamp

    @property
    def client(self) -> ClientIdentity:
        """Who signed the proposal."""
        return self._context.client

    @property
    def transient(self) -> Mapping[str, bytes]:
        """Data beside the arguments; it does not go on the chain."""
        return self._context.transient

    @property
    def top_level_chaincode(self) -> str:
        """The chaincode that the client invoked."""
        return self._context.top_level_chaincode

    def find(self, record: type[R], *key: Any) -> R | None:
        """The committed record of this key, or None."""
        return self.wait(self._context.find(record, *key))

    def find_many(self, record: type[R], keys: Sequence[tuple[Any, ...]]) -> list[R | None]:
        """The committed records of several keys, in their order."""
        return self.wait(self._context.find_many(record, keys))

    def get(self, record: type[R], *key: Any) -> R:
        """The committed record of this key; NotFound where there is none."""
        return self.wait(self._context.get(record, *key))

    def get_committed(self, record: type[R], *key: Any) -> R | None:
        """The record from before this transaction, also where it has written it."""
        return self.wait(self._context.get_committed(record, *key))

    def add(self, record: Record) -> None:
        """Writes a new record; AlreadyExists where its key is taken."""
        self.wait(self._context.add(record))

    def put(self, record: Record) -> None:
        """Writes a record, new or not."""
        self.wait(self._context.put(record))

    def delete(self, record: Record) -> None:
        """Deletes a record, and with it the key's own policy."""
        self.wait(self._context.delete(record))

    def range(self, record: type[R], *key_prefix: Any) -> Iterator[R]:
        """Every record whose key begins so, in key order."""
        return self._bridge.iterate(self._context.range(record, *key_prefix))

    def page(
        self, record: type[R], *key_prefix: Any, size: int, bookmark: str = ""
    ) -> RecordPage[R]:
        """A page of :meth:`range`, in a function that only reads."""
        return self.wait(self._context.page(record, *key_prefix, size=size, bookmark=bookmark))

    def query(self, record: type[R], query: str) -> Iterator[R]:
        """The records that a rich query selects."""
        return self._bridge.iterate(self._context.query(record, query))

    def history(self, record: type[R], *key: Any) -> Iterator[RecordChange[R]]:
        """The committed writes of a record, the newest first."""
        return self._bridge.iterate(self._context.history(record, *key))

    def bind(self, record: Record, policy: Policy) -> None:
        """Gives the record's key a policy of its own."""
        self.wait(self._context.bind(record, policy))

    def bound_to(self, record: Record) -> Policy | None:
        """The key's own committed policy; None where the chaincode's applies."""
        return self.wait(self._context.bound_to(record))

    def private(self, collection: str) -> "SyncPrivateCollection":
        """A private data collection, with the same calls."""
        return SyncPrivateCollection(self._context.private(collection), self._bridge)

    def call(
        self, chaincode: str, function: str, *arguments: object, returns: type[T] = bytes
    ) -> T:
        """Calls another chaincode of this channel inside this transaction."""
        return self.wait(self._context.call(chaincode, function, *arguments, returns=returns))

    def emit(self, name: str, payload: Record | bytes) -> None:
        """Sets the transaction's one event; a second is refused."""
        self._context.emit(name, payload)


class SyncPrivateCollection:
    """The blocking twin of :class:`PrivateCollection`."""

    def __init__(self, collection: PrivateCollection, bridge: Bridge) -> None:
        self._private = collection
        self._bridge = bridge

    @property
    def collection(self) -> str:
        """The collection's name."""
        return self._private.collection

    def find(self, record: type[R], *key: Any) -> R | None:
        """The committed record of this key, or None."""
        return self._bridge.wait(self._private.find(record, *key))

    def find_many(self, record: type[R], keys: Sequence[tuple[Any, ...]]) -> list[R | None]:
        """The committed records of several keys, in their order."""
        return self._bridge.wait(self._private.find_many(record, keys))

    def get(self, record: type[R], *key: Any) -> R:
        """The committed record of this key; NotFound where there is none."""
        return self._bridge.wait(self._private.get(record, *key))

    def get_committed(self, record: type[R], *key: Any) -> R | None:
        """The record from before this transaction, also where it has written it."""
        return self._bridge.wait(self._private.get_committed(record, *key))

    def add(self, record: Record) -> None:
        """Writes a new record; AlreadyExists where its key is taken."""
        self._bridge.wait(self._private.add(record))

    def put(self, record: Record) -> None:
        """Writes a record, new or not."""
        self._bridge.wait(self._private.put(record))

    def delete(self, record: Record) -> None:
        """Deletes a record from the state."""
        self._bridge.wait(self._private.delete(record))

    def purge(self, record: Record) -> None:
        """Deletes a record with all that peers keep of its past."""
        self._bridge.wait(self._private.purge(record))

    def range(self, record: type[R], *key_prefix: Any) -> Iterator[R]:
        """Every record whose key begins so, in a transaction that writes nothing."""
        return self._bridge.iterate(self._private.range(record, *key_prefix))

    def query(self, record: type[R], query: str) -> Iterator[R]:
        """The records that a rich query selects, in a transaction that writes nothing."""
        return self._bridge.iterate(self._private.query(record, query))

    def hash(self, record: type[Record], *key: Any) -> bytes | None:
        """SHA-256 of the committed value; every peer of the channel can read it."""
        return self._bridge.wait(self._private.hash(record, *key))

    def bind(self, record: Record, policy: Policy) -> None:
        """Gives the record's private key a policy of its own."""
        self._bridge.wait(self._private.bind(record, policy))

    def bound_to(self, record: Record) -> Policy | None:
        """The private key's own committed policy; None where the collection's applies."""
        return self._bridge.wait(self._private.bound_to(record))
