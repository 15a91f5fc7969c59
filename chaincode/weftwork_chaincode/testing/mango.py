"""CouchDB's query language Mango, as far as chaincodes use it."""

from collections.abc import Iterator

from weftwork_chaincode.testing.versioned import Versioned


class QueryError(ValueError):
    """The query cannot be run; the text is CouchDB's kind of words."""


def find(
    rows: Iterator[tuple[str, Versioned]], query: str, page_size: int, bookmark: str
) -> tuple[list[tuple[str, Versioned]], str]:
    """The rows that a query selects, and the bookmark after them."""
    raise QueryError("rich queries are not there yet")
