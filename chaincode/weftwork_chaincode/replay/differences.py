"""Where two runs said different things, in words: which function, which write, both values."""

from collections.abc import Iterator
from dataclasses import dataclass

from weftwork_chaincode import messages
from weftwork_chaincode.messages import Response
from weftwork_chaincode.replay.recording import Recorded, Stream
from weftwork_protos.chaincode_shim_pb2 import (
    ChaincodeMessage,
    DelState,
    GetState,
    GetStateByRange,
    GetStateMultiple,
    PutState,
    PutStateMetadata,
    WriteBatchState,
    WriteRecord,
)
from weftwork_protos.peer_pb2 import ChaincodeSpec

_SHOWN = 160
"""Most characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that one transaction did otherwise in another environment."""

    variant: str
    """The environment, ``PYTHONHASHSEED=2``."""

    chaincode: str
    function: str
    transaction_id: str
    message: int
    """Which of the transaction's messages, from 1 at the peer's request."""

    recorded: str
    """What it did when it was recorded: ``put P-1 = {"id":…``."""

    replayed: str
    """What it did in place of that."""

    def __str__(self) -> str:
        return (
            f"{self.chaincode}.{self.function} (transaction {self.transaction_id[:12]}), message "
            f"{self.message}, under {self.variant}:\n"
            f"  recorded  {self.recorded}\n  replayed  {self.replayed}"
        )


def difference(
    variant: str, stream: Stream, transaction: Recorded, place: int, said: bytes
) -> Difference:
    """What a departure from a recording means."""
    request = ChaincodeMessage.FromString(transaction.spoken[0].message)
    arguments, _ = messages.parse_input(request.payload)
    function = arguments[0].decode("utf-8", "replace") if arguments else "(none)"
    before = transaction.spoken[place].message if place < len(transaction.spoken) else b""
    recorded, replayed = _first(list(_items(before)), list(_items(said)))
    return Difference(
        variant, stream.chaincode, function, request.txid, place + 1, recorded, replayed
    )


def _first(before: list[tuple[str, bytes]], after: list[tuple[str, bytes]]) -> tuple[str, str]:
    """The first item of two messages that differs, of each."""
    nothing = ("(nothing more)", b"")
    for place in range(max(len(before), len(after))):
        left = before[place] if place < len(before) else nothing
        right = after[place] if place < len(after) else nothing
        if left != right:
            at = _differs_at(left[1], right[1])
            return _shown(left, at), _shown(right, at)
    return "(the same in other bytes)", "(the same in other bytes)"


def _differs_at(left: bytes, right: bytes) -> int:
    pairs = zip(left, right, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))
    return max(0, same - _SHOWN // 2)


def _shown(item: tuple[str, bytes], start: int) -> str:
    what, value = item
    if not value:
        return what
    part = value[start : start + _SHOWN]
    text = part.decode("utf-8", "replace")
    readable = text if text.isprintable() else part.hex()
    before = "…" if start else ""
    after = "…" if start + _SHOWN < len(value) else ""
    return f"{what} = {before}{readable}{after}"


def _items(message: bytes) -> Iterator[tuple[str, bytes]]:
    """What a message of a chaincode asks for or says, each with the value that goes with it."""
    if not message:
        yield "(nothing: it did not end)", b""
        return
    parsed = ChaincodeMessage.FromString(message)
    payload = parsed.payload
    match parsed.type:
        case messages.WRITE_BATCH_STATE:
            for record in WriteBatchState.FromString(payload).rec:
                yield _record(record)
        case messages.PUT_STATE:
            put = PutState.FromString(payload)
            yield f"put {_place(put.collection, put.key)}", put.value
        case messages.DEL_STATE | messages.PURGE_PRIVATE_DATA:
            deleted = DelState.FromString(payload)
            yield f"{_verb(parsed.type)} {_place(deleted.collection, deleted.key)}", b""
        case messages.PUT_STATE_METADATA:
            bound = PutStateMetadata.FromString(payload)
            yield f"bind {_place(bound.collection, bound.key)}", bound.metadata.value
        case messages.GET_STATE | messages.GET_PRIVATE_DATA_HASH | messages.GET_STATE_METADATA:
            asked = GetState.FromString(payload)
            yield f"{_verb(parsed.type)} {_place(asked.collection, asked.key)}", b""
        case messages.GET_STATE_MULTIPLE:
            several = GetStateMultiple.FromString(payload)
            for key in several.keys:
                yield f"get {_place(several.collection, key)}", b""
        case messages.GET_STATE_BY_RANGE:
            span = GetStateByRange.FromString(payload)
            yield f"range from {_place(span.collection, span.startKey)}", span.endKey.encode()
        case messages.INVOKE_CHAINCODE:
            called = ChaincodeSpec.FromString(payload)
            yield f"call {called.chaincode_id.name}", b" ".join(called.input.args)
        case messages.COMPLETED:
            response = Response.decode(payload)
            yield f"answer {response.status} {response.message}".rstrip(), response.payload
            if parsed.HasField("chaincode_event"):
                event = parsed.chaincode_event
                yield f"event {event.event_name}", event.payload
        case _:
            yield _verb(parsed.type), payload


def _record(record: WriteRecord) -> tuple[str, bytes]:
    place = _place(record.collection, record.key)
    if record.type == WriteRecord.PUT_STATE:
        return f"put {place}", record.value
    if record.type == WriteRecord.PUT_STATE_METADATA:
        return f"bind {place}", record.metadata.value
    purged = record.type == WriteRecord.PURGE_PRIVATE_DATA
    return f"{'purge' if purged else 'delete'} {place}", b""


def _place(collection: str, key: str) -> str:
    shown = key.replace("\0", "·")
    return f"{shown} of {collection}" if collection else shown


def _verb(kind: int) -> str:
    """``GET_STATE`` as words."""
    return ChaincodeMessage.Type.Name(kind).lower().replace("_", " ")  # pyright: ignore
