"""The low-level view of one transaction: keys, bytes and collections, as Fabric has them.

Every read and write of a transaction goes through here, so the guards stand here: no read of a
key that this transaction wrote, no write from an ``@evaluate`` function, no empty key or value.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cached_property

from weftwork_chaincode import messages
from weftwork_chaincode.batch import WriteBuffer
from weftwork_chaincode.errors import (
    CalledChaincodeError,
    Invalid,
    PeerError,
    ReadAfterWrite,
    WriteInEvaluate,
)
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.messages import Event, KeyValue, Response
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.proposal import Proposal
from weftwork_chaincode.transaction import Transaction

_LAST = "\U0010ffff"
_AFTER_COMPOSITE_KEYS = "\x01"


class Stub:
    """What a transaction can ask of its peer.

    Attributes:
        args: The arguments, the function's name first.
        proposal: What the client signed.
        function: The function's name once it is known to exist; for logs.
        read_only: Set by an ``@evaluate`` function: writes are refused.
    """

    def __init__(self, transaction: Transaction, args: list[bytes], proposal: Proposal) -> None:
        self._transaction = transaction
        self._writes = WriteBuffer()
        self._event: Event | None = None
        self._failed_call: CalledChaincodeError | None = None
        self.args = args
        self.proposal = proposal
        self.function = ""
        self.read_only = False

    # --- what the client sent

    @property
    def tx_id(self) -> str:
        """The transaction's id."""
        return self._transaction.txid

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._transaction.channel

    @property
    def creator(self) -> bytes:
        """The client's ``SerializedIdentity``, as signed."""
        return self.proposal.creator

    @cached_property
    def client(self) -> ClientIdentity:
        """The client, read from the creator."""
        return ClientIdentity(self.proposal.creator)

    @property
    def transient(self) -> Mapping[str, bytes]:
        """Data beside the arguments that does not go on the chain."""
        return self.proposal.transient

    # --- public state

    async def get_state(self, key: str) -> bytes | None:
        """The committed value of a key, or None."""
        return await self._get("", key)

    async def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """The committed values of several keys, in their order: one message where possible."""
        for key in keys:
            self._readable("", key)
        most = self._transaction.capabilities.multi_get
        if most == 0 or len(keys) == 1:
            return [await self._get("", key) for key in keys]
        values: list[bytes | None] = []
        for start in range(0, len(keys), most):
            values += await self._get_several(keys[start : start + most])
        return values

    async def put_state(self, key: str, value: bytes) -> None:
        """Writes a key when the function returns."""
        self._put("", key, value)

    async def delete_state(self, key: str) -> None:
        """Deletes a key, and with it the key's own policy."""
        self._writable("", key)
        self._writes.delete("", key)

    async def range(self, start: str, end: str) -> AsyncIterator[KeyValue]:
        """Keys from ``start`` up to, not including, ``end``, in the order of their bytes.

        An empty start begins after the composite keys, an empty end has no bound. The peer
        repeats the range at commit: a key that came or went in between invalidates the
        transaction. The peer ends a range after ``totalQueryLimit`` rows (100,000) without a word.
        """
        async for row in self._range("", start or _AFTER_COMPOSITE_KEYS, end):
            yield row

    async def range_by_prefix(self, prefix: str) -> AsyncIterator[KeyValue]:
        """Every key that begins with a (composite) prefix and has more after it."""
        if not prefix:
            raise Invalid("a range by prefix needs a prefix")
        async for row in self._range("", prefix, prefix + _LAST):
            yield row

    async def set_state_policy(self, key: str, policy: Policy | bytes) -> None:
        """Gives a key an endorsement policy of its own, in place of the chaincode's."""
        self._set_policy("", key, policy)

    async def get_state_policy(self, key: str) -> Policy | None:
        """A key's own committed policy, or None where the chaincode's applies."""
        return await self._get_policy("", key)

    # --- private data

    async def get_private(self, collection: str, key: str) -> bytes | None:
        """A value of a collection that this peer's department is a member of, or None."""
        return await self._get(_named(collection), key)

    async def get_private_hash(self, collection: str, key: str) -> bytes | None:
        """SHA-256 of a private value; every peer of the channel can read it."""
        self._readable(_named(collection), key)
        payload = messages.get_state(key, collection)
        return await self._request(messages.GET_PRIVATE_DATA_HASH, payload) or None

    async def put_private(self, collection: str, key: str, value: bytes) -> None:
        """Writes a private value; only its hash goes on the chain."""
        self._put(_named(collection), key, value)

    async def delete_private(self, collection: str, key: str) -> None:
        """Deletes a private value from the state; its history stays (purging is another thing)."""
        self._writable(_named(collection), key)
        self._writes.delete(collection, key)

    async def set_private_policy(self, collection: str, key: str, policy: Policy | bytes) -> None:
        """Gives a private key an endorsement policy of its own."""
        self._set_policy(_named(collection), key, policy)

    async def get_private_policy(self, collection: str, key: str) -> Policy | None:
        """A private key's own committed policy, or None."""
        return await self._get_policy(_named(collection), key)

    # --- other chaincodes, event

    async def invoke(self, chaincode: str, args: Sequence[bytes], channel: str = "") -> Response:
        """Calls another chaincode; on the same channel it joins this transaction.

        A response of status 400 and more fails this transaction too, whatever it returns: what
        the called chaincode wrote stays in the shared simulation.
        """
        if not chaincode:
            raise Invalid("a call needs the name of a chaincode")
        try:
            payload = await self._request(
                messages.INVOKE_CHAINCODE, messages.invoke_chaincode(chaincode, args, channel)
            )
            response = messages.parse_invoked(payload)
        except PeerError as error:
            response = Response(error.status, str(error))
        if response is None:
            response = Response(500, "the called chaincode gave up without a response")
        if response.status >= 400 and self._failed_call is None:
            function = args[0].decode("utf-8", "replace") if args else ""
            self._failed_call = CalledChaincodeError(
                chaincode, function, response.status, response.message
            )
        return response

    def set_event(self, name: str, payload: bytes) -> None:
        """Sets the transaction's one event; clients see only that of the chaincode they called."""
        if self.read_only:
            raise WriteInEvaluate("an @evaluate function cannot emit: nothing of it is committed")
        if not name:
            raise Invalid("an event needs a name")
        if self._event is not None:
            raise Invalid(
                f"a transaction has one event: {self._event.name!r} is set, {name!r} cannot be"
            )
        self._event = Event(name, payload)

    # --- for the session

    @property
    def event(self) -> Event | None:
        """The event set so far."""
        return self._event

    @property
    def failed_call(self) -> CalledChaincodeError | None:
        """The first call of another chaincode that failed: this transaction then fails too."""
        return self._failed_call

    async def flush(self) -> None:
        """Sends the writes; the session calls it once the function has returned well."""
        await self._writes.flush(self._transaction)

    # --- common to public and private

    async def _request(self, kind: int, payload: bytes) -> bytes:
        return await self._transaction.request(kind, payload)

    async def _get(self, collection: str, key: str) -> bytes | None:
        self._readable(collection, key)
        payload = messages.get_state(key, collection)
        # Fabric cannot tell an absent key from an empty value; an empty one cannot be written
        return await self._request(messages.GET_STATE, payload) or None

    async def _get_several(self, keys: Sequence[str]) -> list[bytes | None]:
        payload = await self._request(messages.GET_STATE_MULTIPLE, messages.get_states(keys))
        values = messages.parse_states(payload)
        if len(values) != len(keys):
            # the peer answers so where its database failed: ask one by one and hear the error
            return [await self._get("", key) for key in keys]
        return [value or None for value in values]

    async def _range(self, collection: str, start: str, end: str) -> AsyncIterator[KeyValue]:
        if self._writes.wrote_within(collection, start, end):
            raise ReadAfterWrite(
                "this range holds a key that the transaction has written: Fabric would show the "
                "old value; read the range before writing"
            )
        payload = messages.get_range(start, end, collection)
        rows, query = messages.parse_rows(await self._request(messages.GET_STATE_BY_RANGE, payload))
        while True:
            for row in rows:  # where the reader leaves early, the peer closes with the transaction
                yield row
            if query is None:
                break
            rows, query = messages.parse_rows(
                await self._request(messages.QUERY_STATE_NEXT, messages.query_next(query))
            )

    def _put(self, collection: str, key: str, value: bytes) -> None:
        self._writable(collection, key)
        if not value:
            raise Invalid(
                f"an empty value would delete the key {_shown(key)}: write b'\\x00' for a mark, "
                "or delete it"
            )
        self._writes.put(collection, key, value)

    def _set_policy(self, collection: str, key: str, policy: Policy | bytes) -> None:
        self._writable(collection, key)
        data = policy.encode() if isinstance(policy, Policy) else policy
        self._writes.put_metadata(collection, key, messages.VALIDATION_PARAMETER, data)

    async def _get_policy(self, collection: str, key: str) -> Policy | None:
        _check_key(key)
        if self._writes.wrote_metadata(collection, key):
            raise ReadAfterWrite(
                f"the policy of {_shown(key)} was set in this transaction: Fabric would answer "
                "with the old one"
            )
        payload = messages.get_metadata(key, collection)
        entries = messages.parse_metadata(await self._request(messages.GET_STATE_METADATA, payload))
        data = entries.get(messages.VALIDATION_PARAMETER)
        return Policy.decode(data) if data else None

    def _readable(self, collection: str, key: str) -> None:
        _check_key(key)
        if self._writes.wrote(collection, key):
            raise ReadAfterWrite(
                f"{_shown(key)} was written in this transaction: Fabric would answer with the "
                "value from before it; keep the value in a variable"
            )

    def _writable(self, collection: str, key: str) -> None:
        _check_key(key)
        if self.read_only:
            where = f"collection {collection}" if collection else "the ledger"
            raise WriteInEvaluate(
                f"{self.function or 'this function'} is marked @evaluate and writes to {where}: "
                "mark it @submit"
            )


def _named(collection: str) -> str:
    if not collection:
        raise Invalid("private data needs the name of a collection")
    return collection


def _check_key(key: str) -> None:
    if not key:
        raise Invalid("a key must not be empty")
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise Invalid(
            "a key must be text that UTF-8 can hold, this one has a lone surrogate"
        ) from (error)


def _shown(key: str) -> str:
    # the kind alone: the rest of a key may be what the contract keeps from others
    kind = key[1:].split("\x00", 1)[0] if key.startswith("\x00") else ""
    return f"a key of kind {kind!r}" if kind else "the key"
