"""Contracts through the bench: the real engine, dispatch, context and guards."""

import hashlib
import json
from typing import TYPE_CHECKING, Annotated

import msgspec
import pytest

from tests.unit.chaincode.samples import Entry, Parcel, Parcels
from weftwork_chaincode import (
    ChaincodeError,
    Context,
    Contract,
    ContractError,
    Response,
    all_of,
    evaluate,
    submit,
)
from weftwork_chaincode.outcome import response_of
from weftwork_chaincode.testing import Bench, identity

if TYPE_CHECKING:
    from decimal import Decimal


@pytest.fixture(params=[(1000, 1000), (3, 2), (0, 0)], ids=["batched", "small", "unbatched"])
def bench(request):
    batch, several = request.param
    return Bench(
        {"parcels": Parcels(), "others": Parcels(), "third": Parcels()},
        write_batch=batch,
        multi_get=several,
    )


async def refused(bench, status, text, *call, **options):
    result = await bench.submit("parcels", *call, **options)
    assert result.status == status, result.message
    assert text in result.message, result.message
    assert "\n" not in result.message
    assert not result.payload
    return result


# --- records


async def test_a_record_is_added_read_changed_and_deleted(bench):
    created = await bench.submit("parcels", "create", "P", 5)
    parcel = Parcel(id="P", weight=5)
    assert created.returns(Parcel) == parcel
    assert list(created.writes["parcels"]) == [parcel.ledger_key]
    assert (await bench.evaluate("parcels", "read", "P")).returns(Parcel) == parcel
    await refused(bench, 409, "AlreadyExists: parcel P exists", "create", "P", 6)
    assert (await bench.submit("parcels", "weigh", "P", 7)).payload == b""
    assert (await bench.evaluate("parcels", "read", "P")).returns(Parcel).weight == 7
    await bench.submit("parcels", "remove", "P")
    await refused(bench, 404, "NotFound: no parcel P", "read", "P")
    assert (await bench.evaluate("parcels", "find", "P")).payload == b"false"


async def test_a_range_gives_every_record_of_a_prefix_over_several_pages(bench):
    entries = [Entry(account=account, number=n) for account in ("A", "AB", "B") for n in range(130)]
    await bench.submit("parcels", "enter", entries)
    for account in ("A", "AB"):
        found = (await bench.evaluate("parcels", "of_account", account)).returns(list[Entry])
        assert found == [entry for entry in entries if entry.account == account]
    assert (await bench.evaluate("parcels", "of_account", "C")).payload == b"[]"
    assert (await bench.evaluate("parcels", "all")).payload == b"[]"


async def test_a_stored_value_of_another_version_is_no_record(bench):
    bench.state.values["parcels", "", Parcel.key_of("P")] = b'{"id":"P","kind":"parcel","v":9}'
    await refused(bench, 500, "StoredValueError: a stored parcel is not of version 1", "read", "P")


async def test_a_record_that_breaks_its_own_type_is_the_clients_fault(bench):
    await refused(bench, 400, "Invalid: $", "create", "", 5)


# --- policies and private data


async def test_a_key_is_bound_and_its_policy_read_back(bench):
    await bench.submit("parcels", "create", "P", 5)
    assert (await bench.evaluate("parcels", "bound_to", "P")).payload == b"None"
    bound = await bench.submit("parcels", "bind", "P", ["BMSP", "AMSP"])
    assert bound.policies == {"parcels": {Parcel.key_of("P"): all_of("AMSP", "BMSP")}}
    read = await bench.evaluate("parcels", "bound_to", "P")
    assert read.payload == b"AND('AMSP.peer', 'BMSP.peer')"


async def test_private_data_comes_from_transient_and_leaves_a_hash(bench):
    hidden = await bench.submit("parcels", "hide", "c", transient={"weight": b"42"})
    value = b'{"id":"P","kind":"parcel","v":1,"weight":42}'
    assert hidden.private_writes == {"parcels": {"c": {Parcel.key_of("P"): value}}}
    assert hidden.writes == {}
    assert (await bench.evaluate("parcels", "hidden", "c")).returns(Parcel).weight == 42
    digest = (await bench.evaluate("parcels", "hidden_hash", "c")).payload.decode()
    assert digest == hashlib.sha256(value).hexdigest()
    assert (await bench.evaluate("parcels", "hidden_hash", "d")).payload == b"none"
    await refused(bench, 409, "parcel P exists in c", "hide", "c", transient={"weight": b"1"})
    bound = await bench.submit("parcels", "bind_hidden", "c")
    assert bound.payload == b"None"
    assert (await bench.submit("parcels", "bind_hidden", "c")).payload == b"AND('BMSP.peer')"
    await bench.submit("parcels", "unhide", "c")
    await refused(bench, 404, "no parcel P in c", "hidden", "c")


async def test_private_data_needs_a_collection(bench):
    await refused(bench, 400, "name of a collection", "hidden", "")


# --- keys and bytes


async def test_a_range_of_plain_keys_never_shows_composite_ones(bench):
    await bench.submit("parcels", "create", "P", 5)
    for key in ("a", "b", "c"):
        await bench.submit("parcels", "mark", key, b"1")
    for start, end, expected in (("", "", "abc"), ("b", "", "bc"), ("a", "c", "ab"), ("d", "", "")):
        found = await bench.evaluate("parcels", "keys", start, end)
        assert found.returns(list[str]) == list(expected)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("k", b"", "an empty value would delete the key"),
        ("", b"v", "a key must not be empty"),
    ],
)
async def test_a_write_that_fabric_would_turn_into_something_else_is_refused(
    bench, key, value, text
):
    await refused(bench, 400, text, "mark", key, value)


# --- guards


@pytest.mark.parametrize("name", ["write_then_read", "write_then_range", "hide_then_read"])
async def test_reading_what_the_transaction_wrote_is_refused(bench, name):
    await refused(bench, 500, "ReadAfterWrite:", name)


async def test_reading_a_policy_that_the_transaction_set_is_refused(bench):
    await bench.submit("parcels", "create", "P", 5)
    await refused(bench, 500, "ReadAfterWrite: the policy of", "bind_twice", "P")


async def test_a_range_beside_what_was_written_is_allowed(bench):
    assert (await bench.submit("parcels", "write_then_range_elsewhere")).payload == b"0"


@pytest.mark.parametrize("how", ["put", "delete", "bind", "private", "emit"])
async def test_an_evaluate_function_cannot_write(bench, how):
    await refused(bench, 500, "WriteInEvaluate:", "sneaky", how)


async def test_requests_gathered_by_a_contract_are_all_answered(bench):
    assert (await bench.submit("parcels", "both_at_once")).ok


# --- events


async def test_one_event_of_a_transaction(bench):
    result = await bench.submit("parcels", "announce", ["moved"])
    assert result.event is not None
    assert result.event.name == "moved"
    assert json.loads(result.event.payload)["id"] == "moved"
    assert (await bench.submit("parcels", "announce", [])).event is None
    await refused(bench, 400, "'a' is set, 'b' cannot be", "announce", ["a", "b"])


# --- other chaincodes


async def test_a_call_joins_the_transaction_and_its_event_is_the_callers(bench):
    result = await bench.submit("parcels", "relay", "others", "P", 5)
    assert result.returns(Parcel) == Parcel(id="P", weight=5)
    assert set(result.writes) == {"others"}
    assert result.event is not None
    assert result.event.payload == b"outer"


async def test_a_refusal_of_the_called_chaincode_keeps_its_status_and_words(bench):
    await bench.submit("others", "create", "P", 5)
    await refused(
        bench,
        409,
        "CalledChaincodeError: others.create answered 409: AlreadyExists: parcel P exists",
        "relay",
        "others",
        "P",
        5,
    )


async def test_a_caught_failure_of_a_called_chaincode_still_fails_the_caller(bench):
    await refused(
        bench, 404, "CalledChaincodeError: others.read", "relay_and_forgive", "others", "P"
    )


async def test_an_unknown_chaincode_and_a_circle_are_errors(bench):
    await refused(bench, 500, "chaincode nobody not found", "relay", "nobody", "P", 5)
    await refused(bench, 500, "exists", "relay", "parcels", "P", 5)


async def test_the_top_level_chaincode_is_the_one_the_client_invoked(bench):
    assert (await bench.evaluate("parcels", "top")).payload == b"parcels"
    assert (await bench.evaluate("parcels", "top_of", "others")).payload == b"parcels"


# --- the client


async def test_the_client_its_clock_and_its_attributes(bench):
    clerk = identity("EnergyMSP", "clerk")
    who = await bench.evaluate("parcels", "who", creator=clerk)
    assert who.returns(dict[str, str]) == {
        "mspid": "EnergyMSP",
        "tx": who.tx_id,
        "channel": "crosswork",
    }
    await refused(bench, 403, "Forbidden:", "who", creator=identity("EnergyMSP", "guest"))
    bench.now = 1_700_000_000_123
    assert (await bench.evaluate("parcels", "clock")).payload == b"1700000000123"


# --- arguments and results


async def test_arguments_are_text_bytes_or_json_by_their_annotation(bench):
    assert (await bench.evaluate("parcels", "echo", "a b", b"\x00", 7)).payload == b"a b|00|7"
    assert (await bench.evaluate("parcels", "echo", "", b"")).payload == b"||None"
    assert (await bench.evaluate("parcels", "echo", "é", b"", b"null")).payload.endswith(b"|None")
    assert (await bench.evaluate("parcels", "raw", b"\xff\x00")).payload == b"\xff\x00"


@pytest.mark.parametrize(
    ("call", "status", "text"),
    [
        (("nothing",), 404, "NotFound: parcels has no function 'nothing'; it has all, announce"),
        (("__init__",), 404, "has no function"),
        (("functions",), 404, "has no function"),
        (("",), 404, "has no function"),
        (("create", "P"), 400, "Invalid: create takes 2 arguments (id, weight), got 1"),
        (("create", "P", 1, 2), 400, "got 3"),
        (("echo", "P"), 400, "echo takes 2 to 3 arguments (text, data, number), got 1"),
        (("all", "P"), 400, "all takes 0 arguments (none), got 1"),
        (("create", "P", "x"), 400, "Invalid: create: argument weight: $:"),
        (("create", "P", "1.0"), 400, "argument weight"),
        (("create", "P", "\u0663"), 400, "argument weight"),
        (("echo", b"\xff", b""), 400, "echo: argument text: not UTF-8"),
        (("enter", '[{"account":"A","account":"B","number":1}]'), 400, "argument entries"),
        (("enter", [{"account": "A", "number": 1, "bogus": 1}]), 400, "argument entries: $[0]"),
    ],
)
async def test_a_call_that_does_not_fit_names_function_parameter_and_path(
    bench, call, status, text
):
    await refused(bench, status, text, *call)


async def test_a_refusal_is_one_line(bench):
    await refused(bench, 404, "NotFound: nothing here", "missing")


def test_a_refusal_that_takes_the_place_of_anothers_is_told_in_its_words_alone():
    class Told(ChaincodeError):
        named = False

    assert response_of(Told("no  such\nthing")) == Response(500, "no such thing")
    assert response_of(Told("gone", status=404)) == Response(404, "gone")
    assert response_of(ChaincodeError("gone")) == Response(500, "ChaincodeError: gone")


async def test_an_unexpected_error_tells_the_client_nothing_of_its_text(bench, caplog):
    result = await refused(bench, 500, "InternalError: RuntimeError", "secret_error", "hunter2")
    assert "hunter2" not in result.message
    assert "hunter2" not in caplog.text
    assert "secret_error" in caplog.text


async def test_a_result_that_cannot_be_encoded_is_the_contracts_fault(bench):
    await refused(bench, 500, "unencodable returned what cannot be encoded", "unencodable")


# --- what a contract must look like


def test_functions_are_resolved_when_the_class_is_created():
    function = Parcels.functions["echo"]
    assert [(p.name, p.type, p.required) for p in function.parameters] == [
        ("text", str, True),
        ("data", bytes, True),
        ("number", int | None, False),
    ]
    assert (function.writes, function.result) == (False, str)
    assert Parcels.name == "parcels"


def test_functions_are_inherited_and_a_name_is_made_up():
    class Child(Parcels):
        @submit
        async def extra(self, ctx: Context) -> None:
            pass

    assert Child.name == "child"
    assert {"extra", "create"} <= set(Child.functions)
    assert "extra" not in Parcels.functions


def make(body):
    return type("Bad", (Contract,), {"f": body})


def test_a_sync_function_needs_the_blocking_context():
    def f(self, ctx: Context) -> None: ...

    with pytest.raises(ContractError, match="first parameter with SyncContext: a plain `def`"):
        make(submit(f))


async def no_context(self) -> None: ...
async def wrong_context(self, ctx: int) -> None: ...
async def no_annotation(self, ctx: Context, x) -> None: ...
async def no_result(self, ctx: Context): ...
async def variadic(self, ctx: Context, *args: str) -> None: ...
async def keyword_only(self, ctx: Context, *, x: str) -> None: ...
async def unresolved(self, ctx: Context, x: "Decimal") -> None: ...
async def generator(self, ctx: Context) -> None:
    yield


@pytest.mark.parametrize(
    "method",
    [
        no_context,
        wrong_context,
        no_annotation,
        no_result,
        variadic,
        keyword_only,
        unresolved,
        generator,
        staticmethod(no_context),
    ],
)
def test_a_function_that_cannot_be_served_is_refused_by_name(method):
    with pytest.raises(ContractError, match=r"\.f[ :]"):
        make(evaluate(method))


OpenName = Annotated[str, msgspec.Meta(pattern="x$")]


def test_a_pattern_that_lets_a_newline_through():
    with pytest.raises(ContractError, match="lets a newline through"):

        class Open(Contract, name="open"):
            @submit
            async def f(
                self, ctx: Context, name: Annotated[str, msgspec.Meta(pattern="x$")]
            ) -> None: ...
