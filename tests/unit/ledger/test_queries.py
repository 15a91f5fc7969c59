"""Ranges, pages, history, and Mango queries named as CouchDB's."""

import base64
import json
from collections.abc import Iterator

import pytest

from tests.unit.ledger.probing import EACH, Probed, deploy
from weftwork_chaincode.testing import Collection, Ledger, mango
from weftwork_chaincode.testing.selectors import QueryError

CARS = {
    "1": {"make": "Saab", "year": 1999, "owner": {"name": "Ada"}, "tags": ["red", "old"]},
    "2": {"make": "Audi", "year": 2010, "owner": {"name": "Bo"}, "tags": []},
    "3": {"make": "Saab", "year": 2005, "owner": {"name": "Cy"}, "price": None},
    "4": {"make": "Fiat", "year": 1999.5, "owner": {"name": "Di"}, "tags": ["red"]},
}


@pytest.fixture
def many(probe: Probed) -> Probed:
    probe.do(["put_many", "k", 250, "v"])
    return probe


@pytest.fixture
def couch() -> Iterator[Ledger]:
    with Ledger(EACH, state_database="CouchDB") as made:
        yield made


@pytest.fixture
def cars(couch: Ledger) -> Probed:
    probe = deploy(couch)
    probe.do(*(["put_state", key, json.dumps(car)] for key, car in CARS.items()))
    probe.do(["put_state", "5", "no JSON"], ["put_state", "6", "[1]"])
    return probe


def _keys(probe: Probed, selector: object, **more: object) -> list[str]:
    [rows] = probe.ask(["query", json.dumps({"selector": selector, **more})])
    return [key for key, _ in rows]


def test_a_range_over_many_answers(many: Probed) -> None:
    [rows] = many.ask(["range_of", "k", "l"])
    assert [key for key, _ in rows] == [f"k{number:03}" for number in range(250)]


def test_pages_and_bookmarks_as_leveldb_has_them(many: Probed) -> None:
    [pages] = many.ask(["range_pages", "k", "l", 100])
    assert [page["count"] for page in pages] == [100, 100, 50]
    assert [page["bookmark"] for page in pages] == ["k100", "k200", ""]
    [page] = many.ask(["range_page", "k", "l", 250])
    assert (page["count"], page["bookmark"]) == (250, "")
    [page] = many.ask(["range_page", "k", "l", 5, "k248"])
    assert [key for key, _ in page["rows"]] == ["k248", "k249"]


def test_couchdbs_last_bookmark_is_the_ranges_end(cars: Probed) -> None:
    [page] = cars.ask(["range_page", "1", "5", 3])
    assert (page["count"], page["bookmark"]) == (3, "4")
    [page] = cars.ask(["range_page", "1", "5", 3, "4"])
    assert (page["count"], page["bookmark"]) == (1, "5")


def test_pages_in_a_transaction_that_writes(probe: Probed) -> None:
    rows = ["raw", "GET_STATE_BY_RANGE", {"startKey": "a", "endKey": "z"}, 2]
    put = ["raw", "PUT_STATE", {"key": "k", "value": "dg=="}]
    assert probe.simulated(put, rows)[1].endswith(
        "unsuppored transaction. Paginated queries are supported only in a read-only transaction"
    )
    assert probe.simulated(rows, put)[1].endswith(
        "unsuppored transaction. Transaction has already performed a paginated query. Writes are "
        "not allowed"
    )


def test_composite_keys_are_apart_from_plain_ones(probe: Probed) -> None:
    probe.do(["put_composite", "car", ["a", "1"], "x"], ["put_state", "plain", "y"])
    [rows] = probe.ask(["range_of", "", ""])
    assert rows == [["plain", "y"]]
    [rows] = probe.ask(["range_by_composite_key", "car", ["a"]])
    assert rows == [["\x00car\x00a\x001\x00", "x"]]


def test_history(ledger: Ledger, probe: Probed) -> None:
    first = probe.do(["put_state", "k", "1"])
    ledger.now += 1000
    second = probe.do(["delete_state", "k"])
    third = probe.do(["put_state", "k", "3"], ["set_state_policy", "k", "AMSP"])
    probe.do(["set_state_policy", "k", "BMSP"])  # a policy is no value
    stale = probe.plan(["get_state", "x"], ["put_state", "k", "invalid"])
    ledger.conflict(probe.plan(["put_state", "x", "1"]), stale)
    start = ledger.now - 1000
    assert probe.ask(["history", "k"]) == [
        [
            [third.transaction_id, "3", False, start + 1000],
            [second.transaction_id, None, True, start + 1000],
            [first.transaction_id, "1", False, start],
        ]
    ]
    assert [one.value for one in ledger.history("probe", "k")] == [b"3", None, b"1"]


def test_leveldb_answers_no_rich_query(probe: Probed) -> None:
    [error, paged] = probe.ask(["query", '{"selector":{}}'], ["query_page", '{"selector":{}}', 2])
    assert error.endswith(": ExecuteQuery not supported for leveldb")
    assert paged.endswith(": ExecuteQueryWithMetadata not supported for leveldb")


@pytest.mark.parametrize(
    ("selector", "keys"),
    [
        ({}, "1234"),
        ({"make": "Saab"}, "13"),
        ({"make": "Saab", "year": {"$gt": 2000}}, "3"),
        ({"year": {"$gte": 1999, "$lt": 2005}}, "14"),
        ({"year": {"$lte": 1999}}, "1"),
        ({"make": {"$ne": "Saab"}}, "24"),
        ({"owner.name": "Bo"}, "2"),
        ({"owner": {"name": {"$in": ["Bo", "Cy"]}}}, "23"),
        ({"make": {"$nin": ["Saab", "Audi"]}}, "4"),
        ({"price": {"$exists": True}}, "3"),
        ({"price": {"$exists": False}}, "124"),
        ({"price": None}, "3"),
        ({"price": {"$type": "null"}}, "3"),
        ({"year": {"$type": "number"}}, "1234"),
        ({"tags": {"$size": 1}}, "4"),
        ({"tags": {"$all": ["red"]}}, "14"),
        ({"tags": {"$all": ["red", "old"]}}, "1"),
        ({"tags": {"$elemMatch": {"$eq": "old"}}}, "1"),
        ({"tags": {"$allMatch": {"$eq": "red"}}}, "4"),
        ({"tags": {"$in": ["red"]}}, "14"),
        ({"year": {"$mod": [5, 0]}}, "23"),
        ({"make": {"$regex": "^.a"}}, "13"),
        ({"make": {"$beginsWith": "Fi"}}, "4"),
        ({"$or": [{"make": "Audi"}, {"year": 2005}]}, "23"),
        ({"$and": [{"make": "Saab"}, {"year": 2005}]}, "3"),
        ({"$nor": [{"make": "Saab"}, {"make": "Audi"}]}, "4"),
        ({"$not": {"make": "Saab"}}, "24"),
        ({"make": {"$not": {"$eq": "Saab"}}}, "24"),
        ({"owner": {"$keyMapMatch": {"$eq": "name"}}}, "1234"),
        ({"year": {"$gt": None}}, "1234"),
        ({"make": {"$gt": 5}}, "1234"),  # texts come after numbers
        ({"_id": {"$gt": "2"}}, "34"),
    ],
    ids=str,
)
def test_selectors(cars: Probed, selector: object, keys: str) -> None:
    assert _keys(cars, selector) == list(keys)


def test_sorted_skipped_and_with_some_fields(cars: Probed) -> None:
    assert _keys(cars, {}, sort=["year"]) == ["1", "4", "3", "2"]
    assert _keys(cars, {}, sort=[{"year": "desc"}], skip=1) == ["3", "4", "1"]
    assert _keys(cars, {}, limit=1) == ["1", "2", "3", "4"]  # the peer overrides it
    [rows] = cars.ask(["query", json.dumps({"selector": {"year": 2010}, "fields": ["make", "no"]})])
    assert rows == [["2", '{"make":"Audi"}']]


def test_pages_of_a_query(couch: Ledger, cars: Probed) -> None:
    query = json.dumps({"selector": {}, "sort": ["year"]})
    [page] = cars.ask(["query_page", query, 3])
    assert ([key for key, _ in page["rows"]], page["count"]) == (["1", "4", "3"], 3)
    rows = list(couch.channel.public.range("probe", "", ""))
    rest, after = mango.find(iter(rows), query, 3, page["bookmark"])
    assert [key for key, _ in rest] == ["2"]
    assert mango.find(iter(rows), query, 3, after) == ([], "nil")
    with pytest.raises(QueryError, match="Invalid bookmark"):
        mango.find(iter(rows), query, 3, "\xff")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{", "the query is no JSON"),
        ("[]", "no JSON object"),
        ("{}", "Selector must be a JSON object"),
        ('{"selector":{"a":{"$no":1}}}', r"Invalid operator: $no"),
        ('{"selector":{"a":{"$in":1}}}', r"Bad argument for operator $in"),
        ('{"selector":{},"fields":"a"}', "fields definition must be an array"),
        ('{"selector":{},"sort":[{"a":"up"}]}', "Invalid sort direction"),
        ('{"selector":{},"sort":["a",{"b":"desc"}]}', "single direction"),
        ('{"selector":{"a":{"$regex":"("}}}', r"Bad argument for operator $regex"),
    ],
)
def test_queries_that_are_none(cars: Probed, query: str, words: str) -> None:
    [error] = cars.ask(["query", query])
    assert words in error


def test_rows_of_a_query_count_as_read_but_it_is_not_repeated(couch: Ledger, cars: Probed) -> None:
    reader = ["query", '{"selector":{"make":"Saab"}}']
    mark = ["put_state", "mark", "1"]
    new = ["put_state", "9", '{"make":"Saab"}']
    codes = couch.conflict(cars.plan(new), cars.plan(reader, mark))
    assert [code.name for code in codes] == ["VALID", "VALID"]
    changed = ["put_state", "1", '{"make":"Opel"}']
    codes = couch.conflict(cars.plan(changed), cars.plan(reader, mark))
    assert [code.name for code in codes] == ["VALID", "MVCC_READ_CONFLICT"]


def test_keys_and_fields_that_couchdb_keeps_for_itself(cars: Probed) -> None:
    for put, words in (
        (["put_state", "_k", "1"], 'invalid key [_k], cannot begin with "_"'),
        (["put_state", "k", '{"_id":"1"}'], "field [_id] is not valid for the CouchDB state"),
    ):
        raw = ["raw", "PUT_STATE", {"key": put[1], "value": _base64(put[2])}]
        [error] = cars.simulated(raw)
        assert words in error


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_private_data_is_queried_where_it_lies(couch: Ledger) -> None:
    probe = deploy(couch, collections=[Collection("c", ["AMSP"])])
    probe.do(["put_private", "c", "k", '{"a":1}'])
    assert probe.ask(["query_private", "c", '{"selector":{"a":1}}']) == [[["k", '{"a":1}']]]
