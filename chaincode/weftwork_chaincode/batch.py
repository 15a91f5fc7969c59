"""The writes of one transaction, kept until the function returns and then sent in few messages."""

from collections.abc import Iterator

from weftwork_chaincode import messages
from weftwork_chaincode.errors import PeerError
from weftwork_chaincode.transaction import Transaction
from weftwork_protos.chaincode_shim_pb2 import WriteRecord

_MAX_BATCH_BYTES = 8 * 1024 * 1024
"""A batch is cut here too, whatever its count: one message must not hold up the stream."""

_VALUE = 0
_METADATA = 1


class WriteBuffer:
    """What a transaction wants to write: the last write of a key wins, in the order of first use.

    With a peer that takes batches (Fabric 3.1) they go out as WRITE_BATCH_STATE, otherwise one
    by one; a contract sees no difference, except that a peer's refusal of a write comes at the
    end of the function rather than at the write.
    """

    def __init__(self) -> None:
        self._records: dict[tuple[str, str, int], WriteRecord] = {}

    def __len__(self) -> int:
        return len(self._records)

    def put(self, collection: str, key: str, value: bytes) -> None:
        """Writes a value; an empty collection is the public state."""
        self._records[collection, key, _VALUE] = messages.put_record(collection, key, value)

    def delete(self, collection: str, key: str) -> None:
        """Deletes a key."""
        self._records[collection, key, _VALUE] = messages.delete_record(collection, key)

    def put_metadata(self, collection: str, key: str, metakey: str, value: bytes) -> None:
        """Writes one metadata entry of a key."""
        self._records[collection, key, _METADATA] = messages.metadata_record(
            collection, key, metakey, value
        )

    def wrote(self, collection: str, key: str) -> bool:
        """Whether the key's value was written or deleted."""
        return (collection, key, _VALUE) in self._records

    def wrote_metadata(self, collection: str, key: str) -> bool:
        """Whether the key's metadata was written."""
        return (collection, key, _METADATA) in self._records

    def wrote_within(self, collection: str, start: str, end: str) -> bool:
        """Whether a key in the half-open range was written; an empty end has no bound."""
        # Fabric orders keys by their UTF-8 bytes, which for valid text is code point order
        return any(
            where == collection and what == _VALUE and start <= key and (not end or key < end)
            for where, key, what in self._records
        )

    async def flush(self, transaction: Transaction) -> None:
        """Sends everything and waits for the peer's answer to each message.

        The answer to the last one must be there before COMPLETED is sent: the peer works on a
        batch in a thread of its own and would close the transaction under it.
        """
        most = transaction.capabilities.write_batch
        if most == 0:
            for record in self._records.values():
                await _send_alone(transaction, record)
        else:
            for records in _cut(list(self._records.values()), most):
                await _send_batch(transaction, records)
        self._records.clear()


def _cut(records: list[WriteRecord], most: int) -> Iterator[list[WriteRecord]]:
    batch: list[WriteRecord] = []
    size = 0
    for record in records:
        weight = len(record.key) + len(record.value) + 32
        if batch and (len(batch) == most or size + weight > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += weight
    if batch:
        yield batch


async def _send_batch(transaction: Transaction, records: list[WriteRecord]) -> None:
    try:
        await transaction.request(messages.WRITE_BATCH_STATE, messages.write_batch(records))
    except PeerError as error:
        raise PeerError(f"the peer refused a batch of {len(records)} writes: {error}") from error


async def _send_alone(transaction: Transaction, record: WriteRecord) -> None:
    kind, payload = messages.single_write(record)
    await transaction.request(kind, payload)
