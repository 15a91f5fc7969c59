"""The writes of one transaction, kept until the function returns and then sent in few messages."""

from collections.abc import Iterator

from weftwork_chaincode import messages
from weftwork_chaincode.errors import PeerError
from weftwork_chaincode.records import (
    delete_field,
    metadata_field,
    purge_field,
    put_field,
    read_fields,
)
from weftwork_chaincode.transaction import Transaction
from weftwork_protos.chaincode_shim_pb2 import WriteRecord

_MAX_BATCH_BYTES = 8 * 1024 * 1024
"""A batch is cut here too, whatever its count: one message must not hold up the stream."""

_PURGE = object()
"""In place of a value: the key's private history goes too."""

Place = tuple[str, str]
"""Collection (empty: public) and key."""


class WriteBuffer:
    """What a transaction wants to write: the last write of a key wins.

    With a peer that takes batches (Fabric 3.1) they go out as WRITE_BATCH_STATE, otherwise one
    by one; a contract sees no difference, except that a peer's refusal of a write comes at the
    end of the function rather than at the write.
    """

    __slots__ = ("_metadata", "_values")

    def __init__(self) -> None:
        # A transaction of thousands of writes is made of these assignments: nothing is encoded
        # before the end, and what is written twice only once.
        self._values: dict[str, dict[str, object]] = {}
        self._metadata: dict[Place, tuple[str, bytes]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._values.values())) + len(self._metadata)

    def __bool__(self) -> bool:
        return bool(self._values or self._metadata)

    def put(self, collection: str, key: str, value: bytes | None) -> None:
        """Writes a value, or deletes the key; an empty collection is the public state."""
        of = self._values.get(collection)
        if of is None:
            of = self._values[collection] = {}
        of[key] = value

    def purge(self, collection: str, key: str) -> None:
        """Deletes a private key and what peers keep of its past."""
        self._values.setdefault(collection, {})[key] = _PURGE

    def put_metadata(self, collection: str, key: str, metakey: str, value: bytes) -> None:
        """Writes one metadata entry of a key."""
        self._metadata[collection, key] = (metakey, value)

    def wrote(self, collection: str, key: str) -> bool:
        """Whether the key's value was written or deleted."""
        of = self._values.get(collection)
        return of is not None and key in of

    def wrote_metadata(self, collection: str, key: str) -> bool:
        """Whether the key's metadata was written."""
        return (collection, key) in self._metadata

    def wrote_within(self, collection: str, start: str, end: str) -> bool:
        """Whether a key in the half-open range was written; an empty end has no bound."""
        # Fabric orders keys by their UTF-8 bytes, which for valid text is code point order
        return any(
            start <= key and (not end or key < end) for key in self._values.get(collection, ())
        )

    def bound_alone(self) -> list[Place]:
        """Keys of which the transaction writes nothing but the policy."""
        return [
            (collection, key)
            for collection, key in self._metadata
            if key not in self._values.get(collection, ())
        ]

    def places(self) -> tuple[frozenset[Place], frozenset[Place]]:
        """Where values and where metadata were written."""
        values = frozenset((where, key) for where, of in self._values.items() for key in of)
        return values, frozenset(self._metadata)

    async def flush(self, transaction: Transaction) -> None:
        """Sends everything and waits for the peer's answer to each message.

        The answer to the last one must be there before COMPLETED is sent: the peer works on a
        batch in a thread of its own and would close the transaction under it.

        Raises:
            PeerError: the peer refuses a write; the text says which.
        """
        most = transaction.capabilities.write_batch
        if most == 0:
            for field in self._fields():
                await _send_alone(transaction, read_fields(field)[0])
        else:
            for fields in _cut(self._fields(), most):
                await _send_batch(transaction, b"".join(fields))

    def _fields(self) -> Iterator[bytes]:
        for collection, of in self._values.items():
            for key, value in of.items():
                if isinstance(value, bytes):
                    yield put_field(collection, key, value)
                elif value is None:
                    yield delete_field(collection, key)
                else:
                    yield purge_field(collection, key)
        for (collection, key), (metakey, value) in self._metadata.items():
            yield metadata_field(collection, key, metakey, value)


def shown(key: str) -> str:
    """A key as an error may name it: its kind alone, the rest may be kept from others."""
    kind = key[1:].split("\x00", 1)[0] if key.startswith("\x00") else ""
    return f"a key of kind {kind!r}" if kind else "the key"


def _cut(fields: Iterator[bytes], most: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for field in fields:
        size += len(field)
        if batch and (len(batch) == most or size > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], len(field)
        batch.append(field)
    if batch:
        yield batch


async def _send_batch(transaction: Transaction, fields: bytes) -> None:
    try:
        await transaction.request(messages.WRITE_BATCH_STATE, fields)
    except PeerError as error:
        records = read_fields(fields)
        if len(records) == 1:
            raise _refused(records[0], error) from error
        # Fabric does not say which. The transaction has failed, so asking again one by one
        # changes nothing but what can be said.
        for record in records:
            await _send_alone(transaction, record)
        raise PeerError(f"the peer refused a batch of {len(records)} writes: {error}") from error


async def _send_alone(transaction: Transaction, record: WriteRecord) -> None:
    kind, payload = messages.single_write(record)
    try:
        await transaction.request(kind, payload)
    except PeerError as error:
        raise _refused(record, error) from error


def _refused(record: WriteRecord, error: PeerError) -> PeerError:
    where = f" in {record.collection}" if record.collection else ""
    return PeerError(
        f"the peer refused {messages.deed(record)} {shown(record.key)}{where}: {error}"
    )
