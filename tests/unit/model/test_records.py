"""What may be declared as a record, and the keys it gets."""

import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.model.shapes import FULL, Leg, Parcel
from weftwork_model import (
    MAX_INTEGER,
    Id,
    ModelError,
    Part,
    Record,
    composite_key,
    replace,
    split_composite_key,
)


class Foreign(msgspec.Struct):
    a: int


@pytest.mark.parametrize(
    "annotation",
    [
        float, Any, object, bytes, set[int], dict[int, int], datetime.datetime, Decimal, complex,
        int | float, list[float], tuple[int, float], dict[str, Any], Foreign, list[Foreign],
    ],
    ids=str,
)  # fmt: skip
def test_types_without_one_json_form_are_refused_at_class_definition(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"Bad\.x"):
        type(Part)("Bad", (Part,), {"__annotations__": {"x": annotation}, "__module__": __name__})


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "bad", "key": ()},
        {"kind": "bad", "key": ("missing",)},
        {"kind": "", "key": ("id",)},
        {"kind": "a\x00b", "key": ("id",)},
        {"kind": "bad", "key": ("id",), "version": 0},
    ],
    ids=str,
)
def test_a_record_needs_a_kind_and_a_key(options: dict[str, Any]) -> None:
    namespace = {"__annotations__": {"id": Id}, "__module__": __name__}
    with pytest.raises((TypeError, ModelError)):
        type(Record)("Bad", (Record,), namespace, **options)


@pytest.mark.parametrize("name", ["kind", "v"])
def test_a_records_own_names_are_taken(name: str) -> None:
    namespace = {"__annotations__": {"id": Id, name: Id}, "__module__": __name__}
    with pytest.raises(TypeError):
        type(Record)("Bad", (Record,), namespace, kind="bad", key=("id",))


def test_string_annotations_are_refused() -> None:
    with pytest.raises(TypeError, match="not strings"):

        class Bad(Part):  # pyright: ignore[reportUnusedClass]
            x: "int"


def test_kind_version_and_key() -> None:
    assert (Parcel.kind, Parcel.version, Leg.version) == ("parcel", 2, 1)
    assert FULL.ledger_key == Parcel.key_of("P-1") == "\x00parcel\x00P-1\x00"
    assert Leg(parcel="P-1", number=7).ledger_key == "\x00leg\x00P-1\x000000000000000007\x00"
    assert Leg.prefix_of("P-1") == "\x00leg\x00P-1\x00"
    assert Leg.prefix_of() == "\x00leg\x00"


def test_records_do_not_change() -> None:
    with pytest.raises(AttributeError):
        FULL.id = "other"  # type: ignore[misc]
    assert replace(FULL, id="P-2").id == "P-2"
    assert FULL.id == "P-1"
    with pytest.raises(TypeError):
        replace(FULL, nothing=1)


@pytest.mark.parametrize(
    "parts", [(), ("a",), ("a", 1, 2), ("", 1), ("a\x00", 1), ("a\U0010ffff", 1), ("\ud800", 1),
              ("a", -1), ("a", MAX_INTEGER + 1), ("a", True), ("a", 1.0), ("a", None)],
    ids=str,
)  # fmt: skip
def test_parts_that_make_no_key(parts: Any) -> None:
    with pytest.raises(ModelError):
        Leg.key_of(*parts)


def test_too_long_a_prefix() -> None:
    with pytest.raises(ModelError):
        Leg.prefix_of("a", 1, 2)


parts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\U0010ffff"),
            min_size=1)
)  # fmt: skip


@given(parts, parts)
def test_different_parts_make_different_keys(one: list[str], other: list[str]) -> None:
    assert (composite_key("k", one) == composite_key("k", other)) == (one == other)
    assert split_composite_key(composite_key("k", one)) == ("k", one)


@given(st.integers(0, MAX_INTEGER), st.integers(0, MAX_INTEGER))
def test_integers_in_keys_keep_their_order(one: int, other: int) -> None:
    assert (Leg.key_of("P", one) < Leg.key_of("P", other)) == (one < other)


@pytest.mark.parametrize("key", ["", "x", "\x00", "plain"])
def test_what_is_no_composite_key(key: str) -> None:
    with pytest.raises(ModelError):
        split_composite_key(key)


def test_a_pattern_that_lets_a_newline_through() -> None:
    with pytest.raises(TypeError, match=r"Open\.name: the pattern .* lets a newline through"):

        class Open(Record, kind="open", key=("name",)):
            name: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]

    class Closed(Record, kind="closed", key=("name",)):
        name: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+\Z")]
        price: Annotated[str, msgspec.Meta(pattern=r"\$")]
