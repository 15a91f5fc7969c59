"""A chaincode's requests of one invocation, answered as a peer answers them.

Source: Fabric ``core/chaincode/handler.go`` and ``query_response_generator.go``.
"""

from collections.abc import Mapping
from typing import Protocol

from google.protobuf.message import DecodeError

from weftwork_chaincode.testing.simulator import VALIDATION_PARAMETER, Refused, Row, Simulator
from weftwork_protos.chaincode_shim_pb2 import (
    ChaincodeMessage,
    DelState,
    GetHistoryForKey,
    GetQueryResult,
    GetState,
    GetStateByRange,
    GetStateMetadata,
    GetStateMultiple,
    GetStateMultipleResult,
    PutState,
    PutStateMetadata,
    QueryMetadata,
    QueryResponse,
    QueryResponseMetadata,
    QueryResultBytes,
    QueryStateClose,
    QueryStateNext,
    StateMetadata,
    StateMetadataResult,
    WriteBatchState,
    WriteRecord,
)
from weftwork_protos.rwset_pb2 import KV

_BATCH = 100
"""Rows of one answer; more are asked for (``MaxResultLimit``)."""

_MOST = 100_000
"""Rows of one query, then it ends without a word (``ledger.state.totalQueryLimit``)."""


class Cursor(Protocol):
    """Rows that are taken one by one."""

    def next(self) -> Row | bytes | None:
        """A row, or the bytes of one; None at the end."""
        ...

    def bookmark(self) -> str:
        """Where the next page begins."""
        ...


class History(Protocol):
    """Where a peer looks up what was written to a key."""

    def modifications(self, chaincode: str, key: str) -> list[bytes]:
        """Each a ``KeyModification``'s bytes, newest first."""
        ...


class _Listed:
    def __init__(self, rows: list[bytes]) -> None:
        self._rows = iter(rows)

    def next(self) -> bytes | None:
        return next(self._rows, None)

    def bookmark(self) -> str:
        return ""


class Invocation:
    """One chaincode's part in a transaction at one peer."""

    def __init__(
        self, chaincode: str, creator_mspid: str, simulator: Simulator, history: History
    ) -> None:
        self.chaincode: str = chaincode
        self.simulator: Simulator = simulator
        self._creator = creator_mspid
        self._history = history
        self._permissions: dict[str, tuple[bool, bool]] = {}
        self._queries: dict[str, tuple[Cursor, list[bytes], int]] = {}
        self._count = 0

    def answer(self, message: ChaincodeMessage) -> bytes:
        """The payload of the RESPONSE to one request; raises Refused with Fabric's text."""
        try:
            return self._answer(int(message.type), message.payload)
        except DecodeError as error:
            raise Refused(f"unmarshal failed: {error}") from error

    def _answer(self, kind: int, payload: bytes) -> bytes:
        match kind:
            case ChaincodeMessage.GET_STATE:
                return self._get(payload)
            case ChaincodeMessage.GET_STATE_MULTIPLE:
                return self._get_several(payload)
            case ChaincodeMessage.WRITE_BATCH_STATE:
                return self._batch(payload)
            case ChaincodeMessage.PUT_STATE:
                return self._put(payload)
            case ChaincodeMessage.DEL_STATE:
                return self._delete(payload)
            case ChaincodeMessage.GET_STATE_BY_RANGE:
                return self._range(payload)
            case ChaincodeMessage.QUERY_STATE_NEXT:
                return self._next(payload)
            case ChaincodeMessage.QUERY_STATE_CLOSE:
                return self._close(payload)
            case ChaincodeMessage.GET_QUERY_RESULT:
                return self._query(payload)
            case ChaincodeMessage.GET_HISTORY_FOR_KEY:
                return self._modifications(payload)
            case ChaincodeMessage.GET_PRIVATE_DATA_HASH:
                return self._get_hash(payload)
            case ChaincodeMessage.PURGE_PRIVATE_DATA:
                return self._purge(payload)
            case ChaincodeMessage.GET_STATE_METADATA:
                return self._get_metadata(payload)
            case ChaincodeMessage.PUT_STATE_METADATA:
                return self._put_metadata(payload)
            case _:
                raise Refused(f"message type {kind} is not known to this peer")

    # --- reads

    def _get(self, payload: bytes) -> bytes:
        asked = GetState.FromString(payload)
        if asked.collection:
            self._may_read(asked.collection)
            return self.simulator.get_private(self.chaincode, asked.collection, asked.key)
        return self.simulator.get(self.chaincode, asked.key)

    def _get_several(self, payload: bytes) -> bytes:
        asked = GetStateMultiple.FromString(payload)
        keys = list(asked.keys)
        if asked.collection:
            self._may_read(asked.collection)
            values = self.simulator.get_privates(self.chaincode, asked.collection, keys)
        else:
            values = [self.simulator.get(self.chaincode, key) for key in keys]
        return GetStateMultipleResult(values=values).SerializeToString()

    def _get_hash(self, payload: bytes) -> bytes:
        asked = GetState.FromString(payload)
        if asked.collection:  # Fabric looks up no other: the empty name has no hashes
            self._known(asked.collection)
        found = self.simulator.get_hash(self.chaincode, asked.collection, asked.key)
        return found.value if found is not None else b""

    def _get_metadata(self, payload: bytes) -> bytes:
        asked = GetStateMetadata.FromString(payload)
        if asked.collection:
            self._may_read(asked.collection)
            found = self.simulator.get_hash(self.chaincode, asked.collection, asked.key)
            metadata: Mapping[str, bytes] = found.metadata if found is not None else {}
        else:
            metadata = self.simulator.metadata(self.chaincode, asked.key)
        entries = [StateMetadata(metakey=name, value=value) for name, value in metadata.items()]
        return StateMetadataResult(entries=entries).SerializeToString()

    # --- queries

    def _range(self, payload: bytes) -> bytes:
        asked = GetStateByRange.FromString(payload)
        paging = _paging(asked.metadata)
        if asked.collection:
            self._may_read(asked.collection)
            cursor = self.simulator.range_private(
                self.chaincode, asked.collection, asked.startKey, asked.endKey
            )
            return self._open(cursor, None, paging)
        if paging is None or not (paging.pageSize or paging.bookmark):
            cursor = self.simulator.range(self.chaincode, asked.startKey, asked.endKey)
            return self._open(cursor, None, paging)
        start = paging.bookmark or asked.startKey
        page = self.simulator.page(self.chaincode, start, asked.endKey, paging.pageSize)
        return self._open(page, paging, paging)

    def _query(self, payload: bytes) -> bytes:
        asked = GetQueryResult.FromString(payload)
        paging = _paging(asked.metadata)
        if asked.collection:
            self._may_read(asked.collection)
            cursor = self.simulator.query_private(self.chaincode, asked.collection, asked.query)
            return self._open(cursor, None, paging)
        if paging is None or not (paging.pageSize or paging.bookmark):
            return self._open(self.simulator.query(self.chaincode, asked.query), None, paging)
        page = self.simulator.query_page(
            self.chaincode, asked.query, paging.pageSize, paging.bookmark
        )
        return self._open(page, paging, paging)

    def _modifications(self, payload: bytes) -> bytes:
        asked = GetHistoryForKey.FromString(payload)
        rows = self._history.modifications(self.chaincode, asked.key)
        return self._open(_Listed(rows), None, None)

    def _open(
        self, cursor: Cursor, page: QueryMetadata | None, limits: QueryMetadata | None
    ) -> bytes:
        self._count += 1
        query = f"query-{self._count}"
        self._queries[query] = (cursor, [], 0)
        size = limits.pageSize if limits is not None else 0
        return self._rows(query, page is not None, size if 0 < size < _MOST else _MOST)

    def _next(self, payload: bytes) -> bytes:
        query = QueryStateNext.FromString(payload).id
        if query not in self._queries:
            raise Refused("query iterator not found")
        return self._rows(query, False, _MOST)

    def _close(self, payload: bytes) -> bytes:
        query = QueryStateClose.FromString(payload).id
        self._queries.pop(query, None)
        return QueryResponse(id=query).SerializeToString()

    def _rows(self, query: str, paged: bool, most: int) -> bytes:
        cursor, pending, count = self._queries[query]
        while count < most:
            row = cursor.next()
            if row is None:
                break
            encoded = row if isinstance(row, bytes) else self._row(row)
            count += 1
            if not paged and len(pending) == _BATCH:
                # a row more than the answer holds has been taken, and counts as read
                self._queries[query] = (cursor, [encoded], count)
                return _response(query, pending, more=True)
            pending.append(encoded)
        del self._queries[query]
        if not paged:
            return _response(query, pending)
        note = QueryResponseMetadata(fetched_records_count=count, bookmark=cursor.bookmark())
        return _response(query, pending, metadata=note.SerializeToString())

    def _row(self, row: Row) -> bytes:
        return KV(namespace=self.chaincode, key=row[0], value=row[1]).SerializeToString()

    # --- writes

    def _put(self, payload: bytes) -> bytes:
        put = PutState.FromString(payload)
        return self._write(put.collection, put.key, put.value)

    def _delete(self, payload: bytes) -> bytes:
        gone = DelState.FromString(payload)
        return self._write(gone.collection, gone.key, None)

    def _purge(self, payload: bytes) -> bytes:
        gone = DelState.FromString(payload)
        return self._purge_key(gone.collection, gone.key)

    def _put_metadata(self, payload: bytes) -> bytes:
        note = PutStateMetadata.FromString(payload)
        return self._set(note.collection, note.key, note.metadata)

    def _batch(self, payload: bytes) -> bytes:
        for record in WriteBatchState.FromString(payload).rec:
            if record.type == WriteRecord.PUT_STATE:
                self._write(record.collection, record.key, record.value)
            elif record.type == WriteRecord.DEL_STATE:
                self._write(record.collection, record.key, None)
            elif record.type == WriteRecord.PURGE_PRIVATE_DATA:
                self._purge_key(record.collection, record.key)
            elif record.type == WriteRecord.PUT_STATE_METADATA:
                self._set(record.collection, record.key, record.metadata)
            else:
                raise Refused("unknown operation type")
        return b""

    def _write(self, collection: str, key: str, value: bytes | None) -> bytes:
        if collection:
            self._may_write(collection)
            self.simulator.put_private(self.chaincode, collection, key, value)
        else:
            self.simulator.put(self.chaincode, key, value)
        return b""

    def _purge_key(self, collection: str, key: str) -> bytes:
        if not collection:
            raise Refused("only applicable for private data")
        self._may_write(collection)
        self.simulator.put_private(self.chaincode, collection, key, None, purge=True)
        return b""

    def _set(self, collection: str, key: str, entry: StateMetadata) -> bytes:
        metadata = {entry.metakey or VALIDATION_PARAMETER: entry.value}
        if collection:
            self._may_write(collection)
            self.simulator.put_private_metadata(self.chaincode, collection, key, metadata)
        else:
            self.simulator.put_metadata(self.chaincode, key, metadata)
        return b""

    # --- who may

    def _known(self, collection: str) -> None:
        if not self.simulator.has_collection(self.chaincode, collection):
            raise Refused(
                f"collection [{collection}] not defined in the collection config for chaincode "
                f"[{self.chaincode}]"
            )

    def _may_read(self, collection: str) -> None:
        if not self._permitted(collection)[0]:
            raise Refused(
                "tx creator does not have read access permission on privatedata in chaincodeName:"
                f"{self.chaincode} collectionName: {collection}"
            )

    def _may_write(self, collection: str) -> None:
        if not self._permitted(collection)[1]:
            raise Refused(
                "tx creator does not have write access permission on privatedata in chaincodeName:"
                f"{self.chaincode} collectionName: {collection}"
            )

    def _permitted(self, collection: str) -> tuple[bool, bool]:
        found = self._permissions.get(collection)
        if found is None:
            rules = self.simulator.rules(self.chaincode, collection)
            found = self._permissions[collection] = rules.permissions(self._creator)
        return found


def _paging(metadata: bytes) -> QueryMetadata | None:
    return QueryMetadata.FromString(metadata) if metadata else None


def _response(query: str, rows: list[bytes], more: bool = False, metadata: bytes = b"") -> bytes:
    return QueryResponse(
        results=[QueryResultBytes(resultBytes=row) for row in rows],
        has_more=more,
        id=query,
        metadata=metadata,
    ).SerializeToString()
