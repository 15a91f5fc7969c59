"""The conformance scenarios that the real network of the tests has no place for.

Rich queries need CouchDB; several contracts of one chaincode have no words in network.yaml yet.
"""

import json
from collections.abc import Iterator

import pytest

import weftwork
from tests.conformance.scenarios import Keys, Simple, Things
from weftwork_chaincode.testing import Ledger

ANY = "OR('LogisticsMSP.peer', 'EnergyMSP.peer')"


@pytest.fixture
def couch() -> Iterator[Ledger]:
    with Ledger(["LogisticsMSP", "EnergyMSP"], state_database="CouchDB") as made:
        yield made


def test_rich_queries_of_equals_and_of_expressions_whole_and_in_pages(couch: Ledger) -> None:
    keys = couch.deploy(Keys, policy=ANY)
    keys.submit("fill")

    def values(*arguments: object) -> list[object]:
        return json.loads(keys.evaluate(*arguments))  # type: ignore[arg-type]

    documents = [f'{{"value":"value{number}"}}' for number in range(5)]
    assert values("query", '{"selector":{"value":"value0"}}') == documents[:1]
    some = '{"selector":{"value":{"$regex":"value[0-2]"}}}'
    assert values("query", some) == documents[:3]
    every = '{"selector":{"value":{"$regex":"^value"}}}'
    *first, bookmark = values("query_page", every, 3, "")
    *rest, _ = values("query_page", every, 3, bookmark)
    assert (first, rest) == (documents[:3], documents[3:])


@pytest.mark.parametrize("code", [[Simple(), Things()], [Simple, Things]])
def test_several_contracts_of_one_chaincode_are_called_by_their_names(
    couch: Ledger, code: list[Simple | Things] | list[type[Simple | Things]]
) -> None:
    both = couch.deploy(code, name="both", policy=ANY)
    both.submit("Create", "K1")
    assert both.evaluate("Read", "K1") == both.evaluate("simple:Read", "K1") == b"Initialised"
    owner = {"name": "Andy", "contact": "leave well alone"}
    both.submit("things:New", "THING_1", owner, 1000, ["red"])
    told = json.loads(both.evaluate("things:Read", "THING_1"))
    assert (told["owner"], told["value"]) == (owner, 1000)
    refusal = "no contract 'fake' here; there is simple, things"
    with pytest.raises(weftwork.EndorseError, match=refusal):
        both.submit("fake:New", "THING_1")
