"""The scenarios of Fabric's Node and Go contract packages, with our contracts on real peers.

tests/conformance/README.md says which of theirs each of these is.
"""

import base64
import json
from typing import Any

import pytest

import weftwork
from tests.integration.stages import Stage

pytestmark = pytest.mark.only_on("process", reason="the shim is the same beneath containers")

ANDY = {"name": "Andy", "contact": "leave well alone"}


@pytest.fixture(scope="module")
def keys(stage: Stage) -> weftwork.Contract:
    contract = stage.contract("keys")
    contract.submit("fill")
    return contract


@pytest.fixture(scope="module")
def simple(stage: Stage) -> weftwork.Contract:
    return stage.contract("simple")


@pytest.fixture(scope="module")
def extended(stage: Stage) -> weftwork.Contract:
    return stage.contract("extended")


@pytest.fixture(scope="module")
def things(stage: Stage) -> weftwork.Contract:
    return stage.contract("things")


def asked(contract: weftwork.Contract, function: str, *arguments: Any) -> Any:
    return json.loads(contract.evaluate(function, *arguments))


# --- keys


def test_a_value_a_document_and_several_keys(keys: weftwork.Contract) -> None:
    assert keys.evaluate("get", "key1") == b"value1"
    assert asked(keys, "get", "json0") == {"value": "value0"}
    assert asked(keys, "get_many", ["key1", "key2", "key3"]) == ["value1", "value2", "value3"]


def test_a_composite_key_is_found_and_comes_apart(keys: weftwork.Contract) -> None:
    assert keys.evaluate("get_composite", ["ann", "black"]) == b"annblack"
    assert asked(keys, "of", ["ann"]) == ["annblack", "annred", "annyellow"]
    assert asked(keys, "split", ["ann", "black"]) == ["name~colour", "ann", "black"]


def test_a_range_ends_before_its_end(keys: weftwork.Contract) -> None:
    assert asked(keys, "between", "key1", "key3") == ["value1", "value2"]


def test_pages_go_on_at_their_bookmark(keys: weftwork.Contract) -> None:
    *first, bookmark = asked(keys, "page", "key0", "key5", 3, "")
    *rest, end = asked(keys, "page", "key0", "key5", 3, bookmark)
    assert (first, rest, end) == (["value0", "value1", "value2"], ["value3", "value4"], "")
    *first, bookmark = asked(keys, "page_of", ["beth"], 2, "")
    *rest, end = asked(keys, "page_of", ["beth"], 2, bookmark)
    assert (first, rest, end) == (["bethblack", "bethred"], ["bethyellow"], "")


def test_a_key_is_added_changed_and_deleted_and_its_history_says_so(
    keys: weftwork.Contract,
) -> None:
    keys.submit("put", "h", "1")
    keys.submit("put", "h", "2")
    assert keys.evaluate("get", "h") == b"2"
    keys.submit("delete", "h")
    with pytest.raises(weftwork.EvaluateError, match="404, NotFound: no key h"):
        keys.evaluate("get", "h")
    assert asked(keys, "changes", "h") == ["", "2", "1"]


def test_a_composite_key_is_added_and_deleted(keys: weftwork.Contract) -> None:
    keys.submit("put_composite", ["zoe", "blue"], "new")
    assert keys.evaluate("get_composite", ["zoe", "blue"]) == b"new"
    keys.submit("delete_composite", ["zoe", "blue"])
    assert asked(keys, "of", ["zoe"]) == []


def test_a_keys_policy_is_set_read_and_kept(keys: weftwork.Contract) -> None:
    keys.submit("put", "bound", "1")
    assert keys.evaluate("bound", "bound") == b"None"
    keys.submit("bind", "bound", ["LogisticsMSP", "EnergyMSP"])
    told = keys.evaluate("bound", "bound").decode()
    assert told == "AND('EnergyMSP.peer', 'LogisticsMSP.peer')"
    with pytest.raises(weftwork.CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        keys.submit("put", "bound", "2", endorsing_organizations=["LogisticsMSP"])


def test_a_rich_query_is_refused_in_words_without_couchdb(keys: weftwork.Contract) -> None:
    """Its results: tests/unit/ledger/test_scenarios_in_memory.py."""
    with pytest.raises(weftwork.EvaluateError, match="not supported for leveldb"):
        keys.evaluate("query", '{"selector":{"value":"value0"}}')


# --- private data, events, the client, other chaincodes


@pytest.mark.parametrize("how", ["delete", "purge"])
def test_a_private_value_is_written_changed_and_gone(keys: weftwork.Contract, how: str) -> None:
    keys.submit("hide", how, transient={"value": b"first"})
    assert asked(keys, "hidden", how) == "first"
    keys.submit("hide", how, transient={"value": b"second"})
    assert asked(keys, "hidden", how) == "second"
    keys.submit("unhide", how, how)
    assert keys.evaluate("hidden", how) == b""


def test_an_event_is_in_the_block(stage: Stage, keys: weftwork.Contract) -> None:
    keys.submit("announce", "told at noon")
    event = stage.newest().event
    assert event is not None
    assert (event.chaincode, event.name, event.payload) == ("keys", "announced", b"told at noon")


def test_the_client_is_known(keys: weftwork.Contract) -> None:
    mspid, identity = asked(keys, "who")
    assert mspid == "LogisticsMSP"
    assert base64.b64decode(identity).startswith(b"x509::CN=")


def test_another_chaincode_answers_or_its_refusal_fails_the_caller(
    stage: Stage, keys: weftwork.Contract
) -> None:
    stage.contract("others").submit("put", "theirs", "of others")
    assert keys.evaluate("ask_other", ["get", "theirs"]) == b"of others"
    with pytest.raises(weftwork.EvaluateError, match=r"get takes 1 argument \(key\), got 0"):
        keys.evaluate("ask_other", ["get"])


# --- contracts


@pytest.mark.parametrize("name", ["simple", "extended"])
def test_words_are_created_read_and_changed(stage: Stage, name: str) -> None:
    contract = stage.contract(name)
    contract.submit("Create", "K1")
    assert contract.evaluate("Read", "K1") == b"Initialised"
    contract.submit("Update", "K1", "changed")
    assert contract.evaluate("Read", "K1") == b"changed"
    with pytest.raises(weftwork.EvaluateError, match="404, NotFound: no key K2"):
        contract.evaluate("Read", "K2")


def test_what_runs_before_a_function_reads_state_and_refuses(extended: weftwork.Contract) -> None:
    extended.submit("Reserve", "K9")
    with pytest.raises(weftwork.EndorseError, match="K9 is reserved, said before Create"):
        extended.submit("Create", "K9")


def test_unknown_names_are_refused_or_answered_by_the_contract(
    simple: weftwork.Contract, extended: weftwork.Contract
) -> None:
    with pytest.raises(weftwork.EndorseError, match="simple has no function 'Fake'; it has Create"):
        simple.submit("Fake", "some", "words")
    with pytest.raises(weftwork.EndorseError, match="called Fake, not with some, words either"):
        extended.submit("Fake", "some", "words")
    with pytest.raises(weftwork.EndorseError, match="no contract 'fake' here; there is simple"):
        simple.submit("fake:Create", "K")


def test_objects_are_made_given_and_counted(things: weftwork.Contract) -> None:
    made = {"id": "THING_1", "owner": ANDY, "value": 1000, "colours": ["red", "blue"]}
    things.submit("New", "THING_1", ANDY, 1000, ["red", "blue"])
    assert asked(things, "Read", "THING_1") == {**made, "used": False}
    liam = {"name": "Liam", "contact": "whenever"}
    things.submit("Give", "THING_1", liam)
    assert asked(things, "Read", "THING_1") == {**made, "owner": liam, "used": True}
    things.submit("Add", "THING_1", -50)
    assert asked(things, "Read", "THING_1")["value"] == 950
    with pytest.raises(weftwork.EvaluateError, match=r"Few returned what cannot be .*<= 10"):
        things.evaluate("Few", "THING_1")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": -10}, "argument value: .* >= 0"),
        ({"owner": {"firstname": "Andy", "contact": ""}}, "argument owner: .*unknown field"),
        ({"owner": {"contact": ""}}, "argument owner: .*missing required field `name`"),
        ({"id": "THING_A"}, "argument id: .*matching regex"),
        ({"id": "THING_2\n"}, "argument id: .*matching regex"),
    ],
)
def test_arguments_that_do_not_fit_are_named(
    things: weftwork.Contract, wrong: dict[str, Any], words: str
) -> None:
    given = {"id": "THING_2", "owner": ANDY, "value": 1, "colours": ["red"], **wrong}
    with pytest.raises(weftwork.EndorseError, match=f"400, Invalid: New: {words}"):
        things.submit("New", *given.values())
    with pytest.raises(weftwork.EvaluateError, match="no thing THING_2"):
        things.evaluate("Read", "THING_2")


def test_metadata_says_functions_parameters_and_types(things: weftwork.Contract) -> None:
    told = asked(things, "org.hyperledger.fabric:GetMetadata")
    functions = {each["name"]: each for each in told["contracts"]["things"]["transactions"]}
    assert {"New", "Give", "Add", "Read", "Few"} == set(functions)
    assert "submit" in functions["New"]["tag"]
    assert "evaluate" in functions["Read"]["tag"]
    assert [each["name"] for each in functions["New"]["parameters"]] == [
        "id",
        "owner",
        "value",
        "colours",
    ]
    assert functions["Read"]["returns"] == {"$ref": "#/components/schemas/Thing"}
    assert set(told["components"]["schemas"]) == {"Owner", "Thing"}
