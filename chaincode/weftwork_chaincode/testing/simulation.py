"""What a peer keeps for a test: committed state, and what one transaction reads and writes."""

import hashlib
from dataclasses import dataclass, field

from weftwork_chaincode import messages
from weftwork_protos.chaincode_shim_pb2 import (
    ChaincodeMessage,
    DelState,
    GetState,
    GetStateByRange,
    GetStateMetadata,
    GetStateMultiple,
    GetStateMultipleResult,
    PutState,
    PutStateMetadata,
    QueryResponse,
    QueryResultBytes,
    QueryStateClose,
    QueryStateNext,
    StateMetadata,
    StateMetadataResult,
    WriteBatchState,
    WriteRecord,
)
from weftwork_protos.rwset_pb2 import KV

Place = tuple[str, str, str]
"""Chaincode, collection (empty: public), key."""

_PAGE = 100


@dataclass
class State:
    """The committed state of one channel."""

    values: dict[Place, bytes] = field(default_factory=dict[Place, bytes])
    policies: dict[Place, bytes] = field(default_factory=dict[Place, bytes])

    def apply(self, simulation: "Simulation") -> None:
        """Commits what a transaction wrote."""
        for place, value in simulation.writes.items():
            if value is None:
                self.values.pop(place, None)
                self.policies.pop(place, None)
            else:
                self.values[place] = value
        for place, policy in simulation.policies.items():
            if place in self.values:  # Fabric drops the metadata of a key that does not exist
                self.policies[place] = policy

    def range(self, chaincode: str, collection: str, start: str, end: str) -> list[bytes]:
        """The rows of a range, in the order of their keys' bytes."""
        keys = sorted(
            (
                key
                for cc, where, key in self.values
                if (cc, where) == (chaincode, collection)
                and start <= key
                and (not end or key < end)
            ),
            key=str.encode,
        )
        return [
            KV(
                namespace=chaincode, key=key, value=self.values[chaincode, collection, key]
            ).SerializeToString()
            for key in keys
        ]


class Refused(Exception):
    """The peer answers a request with ERROR and this text."""


class Simulation:
    """One transaction, over every chaincode that takes part in it.

    Reads see the committed state alone, as in Fabric: not even a called chaincode's writes.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._queries: dict[str, list[bytes]] = {}
        self.writes: dict[Place, bytes | None] = {}
        self.policies: dict[Place, bytes] = {}
        self.active: set[str] = set()

    def answer(self, chaincode: str, message: ChaincodeMessage) -> bytes:
        """The payload of the RESPONSE to one request; raises Refused."""
        payload = message.payload
        match int(message.type):
            case messages.GET_STATE:
                get = GetState.FromString(payload)
                return self._state.values.get((chaincode, get.collection, get.key), b"")
            case messages.GET_PRIVATE_DATA_HASH:
                get = GetState.FromString(payload)
                value = self._state.values.get((chaincode, get.collection, get.key))
                return hashlib.sha256(value).digest() if value is not None else b""
            case messages.GET_STATE_MULTIPLE:
                several = GetStateMultiple.FromString(payload)
                places = [(chaincode, several.collection, key) for key in several.keys]
                values = [self._state.values.get(place, b"") for place in places]
                return GetStateMultipleResult(values=values).SerializeToString()
            case messages.GET_STATE_METADATA:
                asked = GetStateMetadata.FromString(payload)
                return self._metadata((chaincode, asked.collection, asked.key))
            case messages.GET_STATE_BY_RANGE:
                asked = GetStateByRange.FromString(payload)
                return self._open(chaincode, asked)
            case messages.QUERY_STATE_NEXT:
                return self._page(QueryStateNext.FromString(payload).id)
            case messages.QUERY_STATE_CLOSE:
                query = QueryStateClose.FromString(payload).id
                self._queries.pop(query, None)
                return QueryResponse(id=query).SerializeToString()
            case _:
                return self._write(chaincode, message)

    def _write(self, chaincode: str, message: ChaincodeMessage) -> bytes:
        payload = message.payload
        match int(message.type):
            case messages.PUT_STATE:
                put = PutState.FromString(payload)
                self.writes[chaincode, put.collection, put.key] = put.value
            case messages.DEL_STATE:
                gone = DelState.FromString(payload)
                self.writes[chaincode, gone.collection, gone.key] = None
            case messages.PUT_STATE_METADATA:
                note = PutStateMetadata.FromString(payload)
                self.policies[chaincode, note.collection, note.key] = note.metadata.value
            case messages.WRITE_BATCH_STATE:
                for record in WriteBatchState.FromString(payload).rec:
                    self._write_record(chaincode, record)
            case _:
                raise Refused(f"message type {message.type} is not known to this peer")
        return b""

    def _write_record(self, chaincode: str, record: WriteRecord) -> None:
        place = (chaincode, record.collection, record.key)
        if record.type == WriteRecord.PUT_STATE:
            self.writes[place] = record.value
        elif record.type == WriteRecord.DEL_STATE:
            self.writes[place] = None
        elif record.type == WriteRecord.PUT_STATE_METADATA:
            self.policies[place] = record.metadata.value
        else:
            raise Refused("unknown operation type")

    def _metadata(self, place: Place) -> bytes:
        policy = self._state.policies.get(place)
        entries = (
            [StateMetadata(metakey=messages.VALIDATION_PARAMETER, value=policy)] if policy else []
        )
        return StateMetadataResult(entries=entries).SerializeToString()

    def _open(self, chaincode: str, asked: GetStateByRange) -> bytes:
        query = f"query-{len(self._queries)}"
        self._queries[query] = self._state.range(
            chaincode, asked.collection, asked.startKey, asked.endKey
        )
        return self._page(query)

    def _page(self, query: str) -> bytes:
        if query not in self._queries:
            raise Refused("query iterator not found")
        rows = self._queries[query]
        page, self._queries[query] = rows[:_PAGE], rows[_PAGE:]
        results = [QueryResultBytes(resultBytes=row) for row in page]
        return QueryResponse(
            results=results, has_more=len(rows) > _PAGE, id=query
        ).SerializeToString()
