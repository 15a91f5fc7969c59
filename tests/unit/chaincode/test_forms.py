"""What arguments and results may be, how they travel, and what is refused in which words."""

import contextlib
import dataclasses
import enum
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork_chaincode import Context, Contract, ContractError, submit
from weftwork_chaincode.forms import FormError, form_of
from weftwork_model import MAX_INTEGER, Id, ModelError, Part


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Point:
    x: int
    raw: bytes
    note: str | None = None


class Options(TypedDict):
    size: int
    colour: NotRequired[Colour]


class Inner(msgspec.Struct):
    point: Point
    options: Options
    price: Decimal
    next: "Inner | None" = None


class Weighed(Part):
    weight: int


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4)
MOMENTS = st.datetimes(timezones=st.just(UTC))
POINTS = st.builds(Point, INTEGERS, st.binary(max_size=9), st.none() | TEXT)
OPTIONS: Any = st.fixed_dictionaries(
    {"size": INTEGERS}, optional={"colour": st.sampled_from(Colour)}
)
INNER = st.builds(Inner, POINTS, OPTIONS, DECIMALS, st.none())
VALUES: list[tuple[Any, Any]] = [
    (str, TEXT),
    (bytes, st.binary(max_size=20)),
    (int, INTEGERS),
    (bool, st.booleans()),
    (int | None, st.none() | INTEGERS),
    (str | None, st.none() | TEXT),
    (Colour, st.sampled_from(Colour)),
    (Colour | None, st.none() | st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
    (datetime, MOMENTS),
    (date, st.dates()),
    (Decimal, DECIMALS),
    (UUID, st.uuids()),
    (int | str, INTEGERS | TEXT),
    (list[int], st.lists(INTEGERS, max_size=4)),
    (dict[str, bytes], st.dictionaries(TEXT, st.binary(max_size=5), max_size=4)),
    (tuple[int, str], st.tuples(INTEGERS, TEXT)),
    (Point, POINTS),
    (Options, OPTIONS),
    (list[Inner], st.lists(INNER, max_size=2)),
    (Inner | None, st.none() | INNER),
    (Weighed, st.builds(Weighed, weight=INTEGERS)),
]


@pytest.mark.parametrize(("wanted", "values"), VALUES, ids=lambda one: str(one)[:40])
@given(data=st.data())
def test_every_value_reads_back_as_itself_and_has_one_form(wanted, values, data):
    value = data.draw(values)
    form = form_of(wanted, "here")
    written = form.write(value)
    again = form.read(written)
    assert again == value
    assert type(again) is type(value)
    assert form.write(again) == written


@given(noise=st.binary(max_size=40))
@pytest.mark.parametrize("wanted", [wanted for wanted, _ in VALUES], ids=lambda one: str(one)[:40])
def test_no_bytes_raise_anything_else(wanted, noise):
    form = form_of(wanted, "here")
    with contextlib.suppress(FormError, ModelError):
        form.read(noise)


@pytest.mark.parametrize(
    ("wanted", "data", "value"),
    [
        (int, b"12", 12),
        (bool, b"true", True),
        (Colour, b"red", Colour.RED),
        (Colour, b'"red"', Colour.RED),  # a client that writes JSON
        (datetime, b"2012-07-31T00:00:00Z", datetime(2012, 7, 31, tzinfo=UTC)),
        (Decimal, b"1.50", Decimal("1.50")),
        (int | None, b"", None),  # Go's and Node's clients have no null
        (int | None, b"null", None),
        (str | None, b'"null"', "null"),
        (str, b'"quoted"', '"quoted"'),
        (Id, b"C-1", "C-1"),
        (Point, b'{"x": 1, "raw": "AQ=="}', Point(1, b"\x01")),
    ],
)
def test_what_other_languages_clients_send_is_read(wanted, data, value):
    assert form_of(wanted, "here").read(data) == value


@pytest.mark.parametrize(
    ("wanted", "data", "text"),
    [
        (str, b"\xff", "not UTF-8"),
        (int, b"1.0", "float"),
        (int, b"9007199254740992", "<= 9007199254740991"),
        (Id, b"C 1", "matching regex"),
        (Colour, b"green", "Invalid enum value"),
        (datetime, b"2012-07-31T00:00:00", "timezone"),
        (Decimal, b"NaN", "no decimals"),
        (Decimal, b"-Infinity", "no decimals"),
        (Decimal, b"sNaN", "no decimals"),
        (list[Decimal], b'["Infinity"]', "no decimals"),
        (Point, b'{"x":1,"raw":"AQ==","y":2}', r"\$\.y: unknown field"),
        (Point, b'{"x":1,"x":1,"raw":"AQ=="}', "stands twice"),
        (Point, b'{"x":1}', "missing required field `raw`"),
        (list[Point], b'[{"x":1,"raw":"AQ==","y":2}]', r"\$\[0\]\.y: unknown field"),
        (dict[str, bytes], b'{"a":"","a":""}', "stands twice"),
    ],
)
def test_what_is_not_of_the_type_is_refused(wanted, data, text):
    with pytest.raises((FormError, ModelError), match=text):
        form_of(wanted, "here").read(data)


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (str, 1),
        (bytes, "text"),
        (int, "1"),
        (int, True),
        (int | None, "1"),
        (None, 1),
        (Colour, "red"),
        (datetime, datetime(2012, 7, 31)),
        (Decimal, Decimal("NaN")),
        (list[int], ["1"]),
        (Point, Point("1", b"")),  # pyright: ignore
        (Weighed, 5),
    ],
)
def test_a_result_of_another_type_is_refused(wanted, value):
    with pytest.raises((FormError, ModelError)):
        form_of(wanted, "here").write(value)


class Omitting(msgspec.Struct, omit_defaults=True):
    x: int = 1


class Floating(msgspec.Struct):
    rate: float


class Nested(msgspec.Struct):
    inside: list[Floating]


class Naive(msgspec.Struct):
    at: datetime


class Zoned(msgspec.Struct):
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class Ratio(enum.Enum):
    HALF = 0.5


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (float, "float is not allowed: machines do not all print or sum floats alike: write Dec"),
        (list[float], "float is not allowed"),
        (float | None, "float is not allowed"),
        (set[str], r"set is not allowed: a set's order differs with the hash seed: write list"),
        (frozenset[str], "frozenset is not allowed"),
        (Any, "Any is not allowed: nothing would be checked"),
        (object, "object is not allowed"),
        (list, r"list is not allowed: write what is in it, such as list\[str\]"),
        (dict, "dict is not allowed: write what is in it"),
        (dict[int, str], "a dict's keys must be str"),
        (bytearray, "bytearray is not allowed: write bytes"),
        (Ratio, "values must be str or int"),
        (Omitting, "omit_defaults gives one value two forms"),
        (Nested, r"Nested\.inside: Floating\.rate: float is not allowed"),
        (Naive, r"Naive\.at: a datetime that may lack its zone"),
        (Contract, "Contract is not allowed"),
    ],
)
def test_a_type_of_several_forms_is_refused_when_the_class_is_created(wanted, text):
    async def weigh(self, ctx: Context, value: wanted) -> None: ...

    with pytest.raises(ContractError, match=rf"\.Bad\.weigh: the parameter value: ?.*{text}"):
        type("Bad", (Contract,), {"weigh": submit(weigh)})

    async def told(self, ctx: Context) -> wanted: ...

    with pytest.raises(ContractError, match=r"\.Bad\.told: the result"):
        type("Bad", (Contract,), {"told": submit(told)})


def test_a_datetime_with_its_zone_is_a_field():
    form = form_of(Zoned, "here")
    with pytest.raises(FormError, match="timezone"):
        form.read(b'{"at":"2012-07-31T00:00:00"}')
    assert json.loads(form.write(Zoned(datetime(2012, 7, 31, tzinfo=UTC))))
