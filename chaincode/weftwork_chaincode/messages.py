"""The messages between peer and chaincode, built and read; the protobuf types stop here.

Names and numbers are Fabric's (``peer/chaincode_shim.proto``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from weftwork_protos.chaincode_shim_pb2 import (
    ChaincodeMessage,
    DelState,
    GetState,
    GetStateMetadata,
    GetStateMultiple,
    GetStateMultipleResult,
    PurgePrivateState,
    PutState,
    PutStateMetadata,
    StateMetadata,
    StateMetadataResult,
    WriteRecord,
)
from weftwork_protos.peer_pb2 import (
    ChaincodeAdditionalParams,
    ChaincodeEvent,
    ChaincodeID,
    ChaincodeInput,
    ChaincodeSpec,
)
from weftwork_protos.peer_pb2 import Response as ResponseMessage

REGISTER = int(ChaincodeMessage.REGISTER)
REGISTERED = int(ChaincodeMessage.REGISTERED)
INIT = int(ChaincodeMessage.INIT)
READY = int(ChaincodeMessage.READY)
TRANSACTION = int(ChaincodeMessage.TRANSACTION)
COMPLETED = int(ChaincodeMessage.COMPLETED)
ERROR = int(ChaincodeMessage.ERROR)
GET_STATE = int(ChaincodeMessage.GET_STATE)
PUT_STATE = int(ChaincodeMessage.PUT_STATE)
DEL_STATE = int(ChaincodeMessage.DEL_STATE)
INVOKE_CHAINCODE = int(ChaincodeMessage.INVOKE_CHAINCODE)
RESPONSE = int(ChaincodeMessage.RESPONSE)
GET_STATE_BY_RANGE = int(ChaincodeMessage.GET_STATE_BY_RANGE)
GET_QUERY_RESULT = int(ChaincodeMessage.GET_QUERY_RESULT)
GET_HISTORY_FOR_KEY = int(ChaincodeMessage.GET_HISTORY_FOR_KEY)
QUERY_STATE_NEXT = int(ChaincodeMessage.QUERY_STATE_NEXT)
QUERY_STATE_CLOSE = int(ChaincodeMessage.QUERY_STATE_CLOSE)
KEEPALIVE = int(ChaincodeMessage.KEEPALIVE)
GET_STATE_METADATA = int(ChaincodeMessage.GET_STATE_METADATA)
PUT_STATE_METADATA = int(ChaincodeMessage.PUT_STATE_METADATA)
GET_PRIVATE_DATA_HASH = int(ChaincodeMessage.GET_PRIVATE_DATA_HASH)
PURGE_PRIVATE_DATA = int(ChaincodeMessage.PURGE_PRIVATE_DATA)
WRITE_BATCH_STATE = int(ChaincodeMessage.WRITE_BATCH_STATE)
GET_STATE_MULTIPLE = int(ChaincodeMessage.GET_STATE_MULTIPLE)

VALIDATION_PARAMETER = "VALIDATION_PARAMETER"
"""The metadata key under which Fabric keeps a key's own endorsement policy."""

OK = 200
"""The status of a response that went well."""

NO_DECORATIONS: Mapping[str, bytes] = MappingProxyType({})
"""What stock peers add to a transaction's arguments."""

_DEFAULT_BATCH = 100


@dataclass(frozen=True, slots=True)
class Response:
    """What a chaincode function answered: status below 400 is endorsed, 400 and more refused."""

    status: int
    message: str = ""
    payload: bytes = b""

    def encode(self) -> bytes:
        """The bytes of Fabric's ``Response``."""
        return ResponseMessage(
            status=self.status, message=self.message, payload=self.payload
        ).SerializeToString()

    @classmethod
    def decode(cls, data: bytes) -> "Response":
        """Reads Fabric's ``Response``."""
        message = ResponseMessage.FromString(data)
        return cls(message.status, message.message, message.payload)


@dataclass(frozen=True, slots=True)
class Event:
    """The one event of a transaction."""

    name: str
    payload: bytes


class KeyValue(NamedTuple):
    """One row of a range."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the peer said in READY that it can do; Fabric 2.5 says nothing."""

    write_batch: int = 0
    """Most records of one batch; 0: send each write alone."""

    multi_get: int = 0
    """Most keys of one read; 0: read each key alone."""

    @classmethod
    def decode(cls, payload: bytes) -> "Capabilities":
        """Reads READY's payload; one that cannot be read means a peer that can do neither."""
        if not payload:
            return cls()
        params = ChaincodeAdditionalParams.FromString(payload)
        batch = params.max_size_write_batch or _DEFAULT_BATCH
        several = params.max_size_get_multiple_keys or _DEFAULT_BATCH
        return cls(
            batch if params.use_write_batch else 0,
            several if params.use_get_multiple_keys else 0,
        )


def register(package_id: str) -> bytes:
    """The first message of a stream: which package this server runs."""
    return ChaincodeMessage(
        type=ChaincodeMessage.REGISTER, payload=ChaincodeID(name=package_id).SerializeToString()
    ).SerializeToString()


def message(
    kind: int, channel: str, txid: str, payload: bytes = b"", event: Event | None = None
) -> bytes:
    """Any message of a transaction, ready to send."""
    built = ChaincodeMessage(payload=payload, txid=txid, channel_id=channel)
    built.type = kind  # pyright: ignore[reportAttributeAccessIssue]  # enum numbers are Fabric's
    if event is not None:
        built.chaincode_event.CopyFrom(
            ChaincodeEvent(tx_id=txid, event_name=event.name, payload=event.payload)
        )
    return built.SerializeToString()


def parse_input(payload: bytes) -> tuple[list[bytes], Mapping[str, bytes]]:
    """The arguments of a TRANSACTION or INIT, the function's name first, and the decorations."""
    given = ChaincodeInput.FromString(payload)
    return list(given.args), dict(given.decorations) if given.decorations else NO_DECORATIONS


def get_state(key: str, collection: str = "") -> bytes:
    """Payload of GET_STATE and GET_PRIVATE_DATA_HASH."""
    return GetState(key=key, collection=collection).SerializeToString()


def get_states(keys: Sequence[str], collection: str = "") -> bytes:
    """Payload of GET_STATE_MULTIPLE."""
    return GetStateMultiple(keys=keys, collection=collection).SerializeToString()


def parse_states(payload: bytes) -> list[bytes]:
    """The values of a GET_STATE_MULTIPLE; absent ones are empty."""
    return list(GetStateMultipleResult.FromString(payload).values)


def get_metadata(key: str, collection: str = "") -> bytes:
    """Payload of GET_STATE_METADATA."""
    return GetStateMetadata(key=key, collection=collection).SerializeToString()


def parse_metadata(payload: bytes) -> dict[str, bytes]:
    """The metadata entries of a key."""
    return {entry.metakey: entry.value for entry in StateMetadataResult.FromString(payload).entries}


def invoke_chaincode(name: str, arguments: Iterable[bytes], channel: str = "") -> bytes:
    """Payload of INVOKE_CHAINCODE; an empty channel means the caller's own."""
    target = f"{name}/{channel}" if channel else name
    return ChaincodeSpec(
        chaincode_id=ChaincodeID(name=target), input=ChaincodeInput(args=arguments)
    ).SerializeToString()


def parse_invoked(payload: bytes) -> Response | None:
    """A called chaincode's response, which travels inside a message of its own.

    None where the called chaincode ended with an ERROR instead of a response.
    """
    inner = ChaincodeMessage.FromString(payload)
    if inner.type != ChaincodeMessage.COMPLETED:
        return None
    return Response.decode(inner.payload)


def delete_record(collection: str, key: str) -> WriteRecord:
    """A deletion."""
    return WriteRecord(key=key, collection=collection, type=WriteRecord.DEL_STATE)


def purge_record(collection: str, key: str) -> WriteRecord:
    """A deletion with the key's private past."""
    return WriteRecord(key=key, collection=collection, type=WriteRecord.PURGE_PRIVATE_DATA)


def metadata_record(collection: str, key: str, metakey: str, value: bytes) -> WriteRecord:
    """A write of a key's metadata."""
    return WriteRecord(
        key=key,
        collection=collection,
        metadata=StateMetadata(metakey=metakey, value=value),
        type=WriteRecord.PUT_STATE_METADATA,
    )


def single_write(record: WriteRecord) -> tuple[int, bytes]:
    """Kind and payload of the message that says what one record of a batch would say."""
    if record.type == WriteRecord.PUT_STATE:
        put = PutState(key=record.key, value=record.value, collection=record.collection)
        return PUT_STATE, put.SerializeToString()
    if record.type == WriteRecord.DEL_STATE:
        delete = DelState(key=record.key, collection=record.collection)
        return DEL_STATE, delete.SerializeToString()
    if record.type == WriteRecord.PURGE_PRIVATE_DATA:
        purge = PurgePrivateState(key=record.key, collection=record.collection)
        return PURGE_PRIVATE_DATA, purge.SerializeToString()
    metadata = PutStateMetadata(
        key=record.key, collection=record.collection, metadata=record.metadata
    )
    return PUT_STATE_METADATA, metadata.SerializeToString()


_DEEDS = {
    WriteRecord.PUT_STATE: "a write of",
    WriteRecord.DEL_STATE: "the deletion of",
    WriteRecord.PURGE_PRIVATE_DATA: "the purge of",
    WriteRecord.PUT_STATE_METADATA: "the policy of",
}


def deed(record: WriteRecord) -> str:
    """What a record of a batch does, in words."""
    return _DEEDS[record.type]
