"""The two state databases of a peer: LevelDB, and CouchDB for rich queries."""

import json
from collections.abc import Iterator
from typing import Any, Literal, cast

from weftwork_chaincode.testing.simulator import Refused
from weftwork_chaincode.testing.versioned import Versioned

StateDatabase = Literal["goleveldb", "CouchDB"]
"""As ``ledger.state.stateDatabase`` in a peer's configuration names them."""


class LevelDb:
    """Takes every key and value, and answers no rich query."""

    def check(self, key: str, value: bytes | None) -> None:
        """Everything is taken."""

    def last_bookmark(self, end: str) -> str:
        """None: an empty one tells the end."""
        return ""

    def query(
        self, rows: Iterator[tuple[str, Versioned]], query: str, page_size: int, bookmark: str
    ) -> tuple[list[tuple[str, Versioned]], str]:
        """Refused, in Fabric's words."""
        if page_size or bookmark:
            raise Refused("ExecuteQueryWithMetadata not supported for leveldb")
        raise Refused("ExecuteQuery not supported for leveldb")


class CouchDb:
    """Answers rich queries, and refuses the keys and fields that CouchDB keeps for itself."""

    def check(self, key: str, value: bytes | None) -> None:
        """Source: Fabric ``statecouchdb`` (``couchdoc_conv.go``, ``validateKey``)."""
        if not key:
            raise Refused("invalid key. Empty string is not supported as a key by couchdb")
        if key.startswith("_"):
            raise Refused(f'invalid key [{key}], cannot begin with "_"')
        for name in _document(value) or ():
            if name == "~version" or name.startswith("_"):
                raise Refused(f"field [{name}] is not valid for the CouchDB state database")

    def last_bookmark(self, end: str) -> str:
        """The range's end itself, from which a next page is empty (``couchdb.go``)."""
        return end

    def query(
        self, rows: Iterator[tuple[str, Versioned]], query: str, page_size: int, bookmark: str
    ) -> tuple[list[tuple[str, Versioned]], str]:
        """Runs a Mango query over the values that are JSON objects."""
        from weftwork_chaincode.testing import mango

        try:
            return mango.find(rows, query, page_size, bookmark)
        except mango.QueryError as error:
            raise Refused(str(error)) from error


def _document(value: bytes | None) -> dict[str, Any] | None:
    if not value:
        return None
    try:
        found: object = json.loads(value)
    except ValueError:
        return None
    return cast(dict[str, Any], found) if isinstance(found, dict) else None
