"""What a contract function is given: the client, and the ledger as typed records."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar, cast

from weftwork_chaincode import stored
from weftwork_chaincode.errors import AlreadyExists, CalledChaincodeError, ChaincodeError, NotFound
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.private import PrivateCollection
from weftwork_chaincode.stub import Stub
from weftwork_model import Record, decode, encode

R = TypeVar("R", bound=Record)
T = TypeVar("T")


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
    if isinstance(argument, bytes):
        return argument
    return argument.encode() if isinstance(argument, str) else encode(argument)


def _returned(payload: bytes, returns: Any) -> object:
    if returns is bytes:
        return payload
    if returns is None or returns is type(None):
        if payload:
            raise ValueError("a value where nothing was expected")
        return None
    return payload.decode() if returns is str else decode(payload, returns)
