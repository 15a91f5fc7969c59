"""The records of a batch of writes, encoded as protobuf has them (``WriteBatchState.rec``).

Ten thousand puts are the shim's heaviest work. Of their CPU, two fifths went into making a message
object for each and into copying it; written straight into bytes it is a tenth (measured: 0.86 µs a
record as objects, 0.49 by ``rec.add``, 0.22 so). A test holds these bytes against protobuf's own.
"""

from weftwork_chaincode import messages
from weftwork_protos.chaincode_shim_pb2 import WriteBatchState, WriteRecord
from weftwork_protos.encoding import SHORT, varint

_KNOWN = len(SHORT)

# Field numbers of WriteRecord and their wire types: key 1, value 2, collection 3, type 5.
_RECORD, _KEY, _VALUE, _COLLECTION = b"\x0a", b"\x0a", b"\x12", b"\x1a"
_IS_PUT = b"\x28" + bytes([WriteRecord.PUT_STATE])


def put_field(collection: str, key: str, value: bytes) -> bytes:
    """One put, as the field of a batch."""
    name = key.encode()
    of_key, of_value = len(name), len(value)
    key_size = SHORT[of_key] if of_key < _KNOWN else varint(of_key)
    value_size = SHORT[of_value] if of_value < _KNOWN else varint(of_value)
    size = 4 + len(key_size) + of_key + len(value_size) + of_value
    if not collection:
        whole = SHORT[size] if size < _KNOWN else varint(size)
        return b"".join((_RECORD, whole, _KEY, key_size, name, _VALUE, value_size, value, _IS_PUT))
    where = collection.encode()
    where = _COLLECTION + varint(len(where)) + where
    whole = varint(size + len(where))
    return b"".join(
        (_RECORD, whole, _KEY, key_size, name, _VALUE, value_size, value, where, _IS_PUT)
    )


def delete_field(collection: str, key: str) -> bytes:
    """One deletion."""
    return _field(messages.delete_record(collection, key))


def purge_field(collection: str, key: str) -> bytes:
    """One deletion of a private key with its past."""
    return _field(messages.purge_record(collection, key))


def metadata_field(collection: str, key: str, metakey: str, value: bytes) -> bytes:
    """One write of a key's metadata."""
    return _field(messages.metadata_record(collection, key, metakey, value))


def read_fields(fields: bytes) -> list[WriteRecord]:
    """The records of a batch, where one of them is to be looked at."""
    return list(WriteBatchState.FromString(fields).rec)


def _field(record: WriteRecord) -> bytes:
    return WriteBatchState(rec=[record]).SerializeToString()
