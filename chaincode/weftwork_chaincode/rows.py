"""Messages that answer with rows: ranges, rich queries, history, and their pages."""

from dataclasses import dataclass
from typing import NamedTuple

from weftwork_chaincode.messages import KeyValue
from weftwork_protos.chaincode_shim_pb2 import (
    GetHistoryForKey,
    GetQueryResult,
    GetStateByRange,
    QueryMetadata,
    QueryResponse,
    QueryResponseMetadata,
    QueryStateNext,
)
from weftwork_protos.rwset_pb2 import KV
from weftwork_protos.rwset_pb2 import KeyModification as KeyModificationMessage


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a range or of a rich query's answer.

    Attributes:
        rows: at most as many as were asked for.
        bookmark: where the next page begins; empty after the last.
        count: how many rows the peer says it gave.
    """

    rows: list[KeyValue]
    bookmark: str
    count: int


class KeyModification(NamedTuple):
    """One transaction's write of a key.

    Attributes:
        tx_id: the transaction.
        value: what it wrote; None where it deleted the key.
        timestamp: its client's clock, milliseconds since 1970 (UTC).
        deleted: whether it deleted the key.
    """

    tx_id: str
    value: bytes | None
    timestamp: int
    deleted: bool


class Rows(NamedTuple):
    """One answer of the peer, still in bytes.

    Attributes:
        results: each row as the peer sent it.
        query: what to ask for more with; None where there are no more.
        metadata: count and bookmark of a page, with its last rows.
    """

    results: list[bytes]
    query: str | None
    metadata: bytes


def get_range(
    start: str, end: str, collection: str = "", page_size: int = 0, bookmark: str = ""
) -> bytes:
    """Payload of GET_STATE_BY_RANGE; the end is not part of the range."""
    return GetStateByRange(
        startKey=start, endKey=end, collection=collection, metadata=_paging(page_size, bookmark)
    ).SerializeToString()


def get_query(query: str, collection: str = "", page_size: int = 0, bookmark: str = "") -> bytes:
    """Payload of GET_QUERY_RESULT."""
    return GetQueryResult(
        query=query, collection=collection, metadata=_paging(page_size, bookmark)
    ).SerializeToString()


def get_history(key: str) -> bytes:
    """Payload of GET_HISTORY_FOR_KEY."""
    return GetHistoryForKey(key=key).SerializeToString()


def query_next(query: str) -> bytes:
    """Payload of QUERY_STATE_NEXT."""
    return QueryStateNext(id=query).SerializeToString()


def parse_rows(payload: bytes) -> Rows:
    """Reads one answer of a range, a query or a history."""
    page = QueryResponse.FromString(payload)
    results = [result.resultBytes for result in page.results]
    return Rows(results, page.id if page.has_more else None, page.metadata)


def parse_row(data: bytes) -> KeyValue:
    """One row of a range or a query."""
    row = KV.FromString(data)
    return KeyValue(row.key, row.value)


def parse_modification(data: bytes) -> KeyModification:
    """One row of a history."""
    row = KeyModificationMessage.FromString(data)
    stamp = row.timestamp.seconds * 1000 + row.timestamp.nanos // 1_000_000
    return KeyModification(row.tx_id, None if row.is_delete else row.value, stamp, row.is_delete)


def parse_page(metadata: bytes) -> tuple[str, int]:
    """Bookmark and count of a page."""
    page = QueryResponseMetadata.FromString(metadata)
    return page.bookmark, page.fetched_records_count


def _paging(page_size: int, bookmark: str) -> bytes:
    if page_size == 0:
        return b""
    return QueryMetadata(pageSize=page_size, bookmark=bookmark).SerializeToString()
