"""A batch's bytes, written without protobuf's objects, are those that protobuf writes."""

from hypothesis import example, given
from hypothesis import strategies as st

from weftwork_chaincode.records import put_field, read_fields
from weftwork_protos.chaincode_shim_pb2 import WriteBatchState, WriteRecord

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200)


@given(st.one_of(st.just(""), texts), texts, st.binary(min_size=1, max_size=300))
@example("", "k", bytes(2040))
@example("", "k" * 2047, b"v")
@example("", "k" * 2048, bytes(20_000))
@example("c" * 300, "é" * 3000, bytes(3_000_000))
def test_puts(collection, key, value):
    record = WriteRecord(key=key, value=value, collection=collection, type=WriteRecord.PUT_STATE)
    field = put_field(collection, key, value)
    assert field == WriteBatchState(rec=[record]).SerializeToString()
    assert read_fields(field + field) == [record, record]
