"""Arguments and results in the forms that our runtime, Go's and Node's contract APIs have."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

import weftwork
from weftwork.arguments import decode_result, encode_arguments, given
from weftwork_model import Count, Part

NOON = datetime(2012, 7, 31, 12, tzinfo=UTC)


class State(Enum):
    OPEN = "OPEN"
    DONE = "DONE"


class Level(Enum):
    ONE = 1


class Item(Part):
    id: str
    count: Count = 1


class Place(msgspec.Struct, frozen=True):
    street: str
    lat: float


class Asset(msgspec.Struct, kw_only=True, omit_defaults=True):
    id: str
    worth: float
    made: datetime
    picture: bytes
    place: Place
    item: Item | None = None


ASSET = Asset(id="A", worth=0.5, made=NOON, picture=b"\1\2", place=Place("s", 1.5))


def read(payload: bytes, returns: Any) -> Any:
    return decode_result(payload, returns, function="f")


def written(value: object) -> bytes:
    return encode_arguments("f", (value,))[1]


@pytest.mark.parametrize(
    ("payload", "returns", "value"),
    [
        (b"OPEN", State, State.OPEN),
        (b'"OPEN"', State, State.OPEN),
        (b"OPEN", Literal["OPEN", "DONE"], "OPEN"),
        (b"1", Level, Level.ONE),
        (b"2012-07-31T12:00:00Z", datetime, NOON),
        (b'"1970-01-01T00:00:00.000Z"', datetime, datetime(1970, 1, 1, tzinfo=UTC)),
        (b"2012-07-31", date, date(2012, 7, 31)),
        (b"12:00:00", time, time(12)),
        (b"00000000-0000-0000-0000-000000000001", UUID, UUID(int=1)),
        (b"1.50", Decimal, Decimal("1.50")),
        (b"7", int, 7),
        (b"true", bool, True),
        (b"1e+21", float, 1e21),
        (b"3", float, 3.0),
        (b"", int | None, None),
        (b"null", int | None, None),
        (b"7", int | None, 7),
        (b"", str | None, None),
        (b'""', str | None, ""),
        (b"plain", str | None, "plain"),
        (b'"', str | None, '"'),
        (b"", State | None, None),
        (b"DONE", State | None, State.DONE),
        (b"", Item | None, None),
        (b'{"count":2,"id":"A"}', Item | None, Item(id="A", count=2)),
        (b"", list[str], []),
        (b"[]", list[str], []),
        (b"", dict[str, int], {}),
        (b"a", Annotated[str, msgspec.Meta(max_length=1)], "a"),
        (b'{"street":"s","lat":1}', Place, Place("s", 1.0)),
        (b'[{"street":"s","lat":1,"more":2}]', list[Place], [Place("s", 1.0)]),
    ],
)
def test_results(payload: bytes, returns: Any, value: object) -> None:
    found = read(payload, returns)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("payload", "returns", "words"),
    [
        (b"SHUT", State, "result of f is not a State: Invalid enum value 'SHUT'"),
        (b"SHUT", Literal["A"], r"""not a one of \["A"\]: """),
        (b"yesterday", datetime, "not a datetime: Invalid RFC3339"),
        (b"x", Decimal, "not a Decimal: Invalid decimal"),
        (b"NaN", float, "not a float"),
        (b"", Item, "not a Item"),
        (b"", int, "not a int"),
        (b"\xff", str, "not a str"),
        (b"[1]", Place, "not a Place: Expected `object`"),
        (b"[" * 100_000, list[Any], r"not a list\[typing.Any\]: nested too deep"),
        (b"{}", None, "nothing was expected, 2 bytes came"),
        (b"ab", Annotated[str, msgspec.Meta(max_length=1)], "length <= 1"),
    ],
)
def test_a_result_of_another_type_is_refused_in_a_line(
    payload: bytes, returns: Any, words: str
) -> None:
    with pytest.raises(weftwork.ResultError, match=words) as caught:
        read(payload, returns)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("returns", [complex, State | complex, list[complex], object])
def test_a_type_that_no_result_has_is_the_caller_s_fault(returns: Any) -> None:
    with pytest.raises(weftwork.ArgumentError, match="f: returns: "):
        read(b"1", returns)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (State.OPEN, b"OPEN"),
        (Level.ONE, b"1"),
        (NOON, b"2012-07-31T12:00:00Z"),
        (date(2012, 7, 31), b"2012-07-31"),
        (UUID(int=1), b"00000000-0000-0000-0000-000000000001"),
        (Decimal("1.50"), b"1.50"),
        (True, b"true"),
        (Place("s", 1.5), b'{"lat":1.5,"street":"s"}'),
        ([Place("s", 1.5)], b'[{"lat":1.5,"street":"s"}]'),
        ({"here": (Place("s", 1.0),)}, b'{"here":[{"lat":1.0,"street":"s"}]}'),
        (
            ASSET,
            b'{"id":"A","made":"2012-07-31T12:00:00Z","picture":"AQI=",'
            b'"place":{"lat":1.5,"street":"s"},"worth":0.5}',
        ),
    ],
)
def test_arguments(value: object, data: bytes) -> None:
    assert written(value) == data


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "float has no canonical JSON form"),
        (datetime(2012, 7, 31), "a datetime needs a time zone"),
        (Decimal("NaN"), "NaN and infinity"),
        (Place("s", float("nan")), "nan is no number of JSON"),
        ([Place("s", float("inf"))], "inf is no number of JSON"),
        (Place(7, 1.0), r"Expected `str`, got `int` - at `\$.street`"),  # type: ignore[arg-type]
        ([Item(id="A", count=0)], r"\$\[0\].count|\$.count"),
        (
            Asset(
                id="A",
                worth=1,
                made=NOON,
                picture=b"",
                place=Place("s", 1),
                item=Item(id="A", count=0),
            ),
            "count",
        ),
        ({1, 2}, "set has no canonical JSON form"),
    ],
)
def test_an_argument_without_a_form_is_refused(value: object, words: str) -> None:
    with pytest.raises(weftwork.ArgumentError, match=f"f: argument 1: .*{words}"):
        written(value)


def test_what_is_not_given_at_the_end_is_left_to_the_chaincode() -> None:
    assert given("a", None, 1, None, None) == ("a", None, 1)
    assert given(None) == ()
