"""CouchDB's query language Mango, as a chaincode may use it through a peer.

Of a query the peer passes on ``selector``, ``fields``, ``sort`` and ``skip``; it overrides
``limit`` and takes pages by bookmark (Fabric ``statecouchdb.go``). Nothing needs an index here:
where CouchDB would refuse to sort without one, this sorts. Bookmarks are opaque, as there.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any, cast

from weftwork_chaincode.testing.selectors import QueryError, collate, compile_selector, field
from weftwork_chaincode.testing.versioned import Versioned

__all__ = ["QueryError", "find"]

Found = tuple[str, Versioned]

_NOTHING = "nil"
"""CouchDB's bookmark after a page without rows."""

_MOST = 100_000


def find(
    rows: Iterator[Found], query: str, page_size: int, bookmark: str
) -> tuple[list[Found], str]:
    """The rows that a query selects, and the bookmark after them; raises QueryError.

    A page size of 0 gives every row.
    """
    wanted = _parse(query)
    matches = compile_selector(wanted.get("selector"))
    fields = _names(wanted.get("fields"), "fields")
    found = [
        (key, document, versioned)
        for key, versioned in rows
        if (document := _document(versioned.value)) is not None
        and matches({**document, "_id": key})
    ]
    for path, descending in reversed(_order(wanted.get("sort"))):
        found = [row for row in found if field(row[1], path)[1]]
        found.sort(key=lambda row: collate(field(row[1], path)[0]), reverse=descending)
    skip = wanted.get("skip", 0)
    if not isinstance(skip, int) or skip < 0:
        raise QueryError("Invalid value for skip")
    first = skip if not bookmark else _after(bookmark, [key for key, _, _ in found])
    page = found[first : first + (page_size or _MOST)]
    after = _bookmark(page[-1][0]) if page else _NOTHING
    return [(key, _projected(document, fields, row)) for key, document, row in page], after


def _parse(query: str) -> dict[str, Any]:
    try:
        wanted: object = json.loads(query)
    except ValueError as error:
        raise QueryError(f"the query is no JSON: {error}") from error
    if not isinstance(wanted, dict):
        raise QueryError("the query is no JSON object")
    return cast(dict[str, Any], wanted)


def _document(value: bytes) -> dict[str, Any] | None:
    try:
        found: object = json.loads(value)
    except ValueError:  # what is no JSON is an attachment to CouchDB, which no query sees
        return None
    return cast(dict[str, Any], found) if isinstance(found, dict) else None


def _names(given: Any, what: str) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(
        isinstance(name, str) for name in cast(list[Any], given)
    ):
        raise QueryError(f"{what} definition must be an array")
    return cast(list[str], given)


def _order(given: Any) -> list[tuple[str, bool]]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise QueryError("sort definition must be an array")
    order: list[tuple[str, bool]] = []
    for item in cast(list[Any], given):
        match item:
            case str():
                order.append((item, False))
            case dict() if len(cast(dict[str, Any], item)) == 1:
                [(path, direction)] = cast(dict[str, Any], item).items()
                if direction not in ("asc", "desc"):
                    raise QueryError(f"Invalid sort direction: {direction}")
                order.append((path, direction == "desc"))
            case _:
                raise QueryError("Invalid sort field")
    if len({descending for _, descending in order}) > 1:
        raise QueryError("Sorts currently only support a single direction for all fields.")
    return order


def _projected(document: dict[str, Any], fields: list[str], row: Versioned) -> Versioned:
    if not fields:
        return row
    shown: dict[str, Any] = {}
    for path in fields:
        value, there = field(document, path)
        if there:
            shown[path] = value
    encoded = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return row._replace(value=encoded.encode())


def _bookmark(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _after(bookmark: str, keys: list[str]) -> int:
    if bookmark == _NOTHING:
        return 0
    try:
        key = base64.urlsafe_b64decode(bookmark).decode()
    except ValueError as error:
        raise QueryError(f"Invalid bookmark value: {bookmark!r}") from error
    return keys.index(key) + 1 if key in keys else len(keys)
