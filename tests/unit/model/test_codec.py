"""The canonical encoding: golden bytes, round trips, and everything it must refuse."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.model.shapes import FULL, Item, Leg, Page, Parcel
from weftwork_model import MAX_INTEGER, ModelError, Part, decode, digest, encode, replace

GOLDEN = (
    '{"few":["x"],"flag":true,"free":"\\"\\\\\\n\\u0001\u007f\u2028😀","id":"P-1",'
    '"items":[{"quantity":1,"serial":"M-1"},{"quantity":40,"serial":"M-2"}],"kind":"parcel",'
    '"main":{"quantity":1,"serial":"M-1"},"mode":"rail","note":"电表 ✓",'
    '"number":-9007199254740991,"page":{"rows":[{"quantity":9,"serial":"M-9"}]},'
    '"prices":{"a":-1,"b":2},"state":"CLOSED","v":2}'
).encode()


def test_golden_bytes() -> None:
    assert encode(FULL) == GOLDEN
    assert decode(GOLDEN, Parcel) == FULL
    assert digest(FULL) == "bd921e6f18ceeed703dc069fddff7aeece8f79a9d253d4d4c8759bcf216f2bcf"


def test_golden_bytes_of_plain_values() -> None:
    assert encode({"b": [1, None, True], "a": "é", "ab": {}}) == (
        '{"a":"é","ab":{},"b":[1,null,true]}'.encode()
    )
    assert encode([Item(serial="a", quantity=1)]) == b'[{"quantity":1,"serial":"a"}]'
    assert encode("x") == b'"x"'


texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(plain)
def test_plain_values_encode_as_sorted_compact_json(value: Any) -> None:
    data = encode(value)
    assert json.loads(data) == value
    # Python's own sorted dump, save for its habit of escaping U+007F and above ASCII.
    assert json.loads(data, object_pairs_hook=list) == json.loads(
        json.dumps(value, sort_keys=True), object_pairs_hook=list
    )
    assert encode(json.loads(data)) == data


@given(st.dictionaries(texts, st.integers(-MAX_INTEGER, MAX_INTEGER)))
def test_key_order_does_not_depend_on_insertion(prices: dict[str, int]) -> None:
    assert encode(prices) == encode(dict(reversed(prices.items())))
    assert decode(encode(prices), dict[str, int]) == prices


@given(st.integers(-(2**70), 2**70))
def test_integers_beyond_what_every_reader_reads_are_refused_both_ways(number: int) -> None:
    if abs(number) <= MAX_INTEGER:
        assert decode(encode(number), int) == number
        assert decode(encode(replace(FULL, number=number)), Parcel).number == number
        return
    with pytest.raises(ModelError):
        encode(number)
    with pytest.raises(ModelError) as caught:
        encode(replace(FULL, number=number))
    assert caught.value.path == "$.number"
    with pytest.raises(ModelError):
        decode(str(number).encode(), int)


def spelled(**changes: Any) -> bytes:
    return json.dumps(json.loads(GOLDEN) | changes).encode()


def without(name: str) -> bytes:
    members = json.loads(GOLDEN)
    del members[name]
    return json.dumps(members).encode()


BAD_BYTES: list[tuple[bytes, str, str]] = [
    (GOLDEN[:-1] + b',"id":"P-2"}', "$.id", "twice"),
    (GOLDEN.replace(b'"a":-1', b'"a":-1,"a":-1'), "$.prices.a", "twice"),
    (GOLDEN.replace(b'"id":"P-1"', b'"id":"P-1","i\\u0064":"P-1"'), "$.id", "twice"),
    (spelled(more=1), "$.more", "unknown"),
    (spelled(main={"serial": "a", "quantity": 1, "x": 1}), "$.main.x", "unknown"),
    (spelled(number=1.0), "$.number", "float"),
    (GOLDEN.replace(b'"number":-9007199254740991', b'"number":1e3'), "$.number", "float"),
    (GOLDEN.replace(b'"number":-9007199254740991', b'"number":NaN'), "$.number", "float"),
    (spelled(prices={"p 1": 1}), '$.prices["p 1"]', "matching"),
    (spelled(prices={"2012": 0.5}), '$.prices["2012"]', "float"),
    (spelled(prices={"2012": "1"}), '$.prices["2012"]', "int"),
    (spelled(number=MAX_INTEGER + 1), "$.number", "<="),
    (spelled(number=True), "$.number", "bool"),
    (spelled(flag=1), "$.flag", "bool"),
    (spelled(kind="leg"), "$.kind", "expected"),
    (without("kind"), "$.kind", "missing"),
    (spelled(v=1), "$.v", "expected 2"),
    (without("v"), "$.v", "missing"),
    (without("note"), "$.note", "missing"),
    (without("id"), "$.id", "missing"),
    (spelled(id="P-1\n"), "$.id", "matching"),
    (spelled(id=""), "$.id", "length"),
    (spelled(id="P" * 129), "$.id", "length"),
    (spelled(note="a\x00"), "$.note", "matching"),
    (spelled(few=["\U0010ffff"]), "$.few[0]", "matching"),
    (spelled(few=["1", "2", "3"]), "$.few", "length"),
    (spelled(free="\ud800"), "$.free", "surrogate"),
    (GOLDEN.replace(b'"x"', b'"\xed\xa0\x80"'), "$", "UTF-8"),
    (b"\xef\xbb\xbf" + GOLDEN, "$", "JSON"),
    (GOLDEN.decode().encode("utf-16"), "$", "UTF-8"),
    (spelled(state="OPEN"), "$.state", "enum"),
    (spelled(mode="sea"), "$.mode", '"road"'),
    (spelled(items=[{"serial": "a", "quantity": 1}, {"serial": "b", "quantity": 0}]),
     "$.items[1].quantity", ">= 1"),
    (spelled(items={}), "$.items", "list"),
    (spelled(main={"serial": "a"}), "$.main.quantity", "missing"),
    (spelled(page={"rows": [{"serial": "a", "quantity": "1"}]}), "$.page.rows[0].quantity", "int"),
    (b"", "$", "JSON"),
    (GOLDEN + b"{}", "$", "JSON"),
    (b"[" * 100_000, "$", "deep"),
    (b"9" * 5_000, "$", "digits"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "reason"), BAD_BYTES, ids=lambda v: str(v)[:24])
def test_bytes_that_are_no_parcel(data: bytes, path: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        decode(data, Parcel)
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {caught.value.reason}"


def test_another_spelling_of_the_same_value_is_read() -> None:
    assert decode(json.dumps(json.loads(GOLDEN), indent=2).encode(), Parcel) == FULL
    assert decode(b" [1 ,\n-0]", list[int]) == [1, 0]


@given(st.binary(max_size=40) | plain.map(lambda v: json.dumps(v).encode()))
def test_whatever_is_read_is_written_back_the_same(data: bytes) -> None:
    for wanted in (int, str, list[int], dict[str, int], Item, bool | None):
        try:
            value: Any = decode(data, wanted)
        except ModelError:
            continue
        assert encode(value) == encode(json.loads(data))


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"id": "P-1\n"}, "$.id"),
    ({"id": b"P-1"}, "$.id"),
    ({"id": None}, "$.id"),
    ({"items": [Item(serial="a", quantity=1)]}, "$.items"),
    ({"items": (Item(serial="a", quantity=0),)}, "$.items[0].quantity"),
    ({"items": (Item(serial="a", quantity=1.0),)}, "$.items[0].quantity"),  # type: ignore[arg-type]
    ({"main": {"serial": "a", "quantity": 1}}, "$.main"),
    ({"main": Leg(parcel="a", number=1)}, "$.main"),
    ({"prices": {"a": True}}, "$.prices.a"),
    ({"prices": {"a b": 1}}, '$.prices["a b"]'),
    ({"prices": {1: 1}}, "$.prices"),
    ({"note": "\ud800"}, "$.note"),
    ({"number": float("nan")}, "$.number"),
    ({"number": True}, "$.number"),
    ({"few": {"x"}}, "$.few"),
    ({"few": ["1", "2", "3"]}, "$.few"),
    ({"flag": 0}, "$.flag"),
    ({"mode": "sea"}, "$.mode"),
    ({"state": "DRAFT"}, "$.state"),
    ({"page": Page[Item](rows=(Item(serial="", quantity=1),))}, "$.page.rows[0].serial"),
]


@pytest.mark.parametrize(("changes", "path"), BAD_VALUES, ids=lambda v: str(v)[:24])
def test_values_built_in_code_are_checked_when_written(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ModelError) as caught:
        encode(replace(FULL, **changes))
    assert caught.value.path == path
    with pytest.raises(ModelError) as caught:
        encode({"inner": [replace(FULL, **changes)]})
    assert caught.value.path == "$.inner[0]" + path[1:]


@pytest.mark.parametrize("value", [1.5, b"x", {1, 2}, {1: 2}, object(), [float("inf")], "\ud800"])
def test_values_without_a_canonical_form(value: Any) -> None:
    with pytest.raises(ModelError):
        encode(value)


def test_a_union_of_records_is_told_apart_by_kind() -> None:
    leg = Leg(parcel="P-1", number=3)
    wanted: Any = Parcel | Leg | None
    assert decode(encode(leg), wanted) == leg
    assert decode(encode(FULL), wanted) == FULL
    assert decode(b"null", wanted) is None
    with pytest.raises(ModelError, match=r"\$\.number") as caught:
        decode(b'{"kind":"leg","number":"3","parcel":"P","v":1}', wanted)
    assert caught.value.path == "$.number"


def test_nothing_of_a_value_stands_in_the_reason() -> None:
    with pytest.raises(ModelError) as caught:
        decode(b'{"quantity":1,"serial":"secret value"}', Item)
    assert "secret" not in str(caught.value)


def test_recursive_values_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises((ModelError, RecursionError)):
        encode(endless)


def test_generic_parts() -> None:
    assert decode(b'{"rows":[1,2]}', Page[int]) == Page[int](rows=(1, 2))
    with pytest.raises(ModelError, match="<="):
        decode(b'{"rows":[9007199254740992]}', Page[int])


def test_plain_parts_have_no_kind() -> None:
    class Small(Part):
        a: int

    assert encode(Small(a=1)) == b'{"a":1}'
