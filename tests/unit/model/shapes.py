"""Records that the tests of the model share."""

from enum import Enum
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, field

from weftwork_model import Count, Fen, Id, Line, Part, Record, Text

T = TypeVar("T")


class State(Enum):
    DRAFT = "DRAFT"
    CLOSED = "CLOSED"


class Item(Part):
    serial: Id
    quantity: Count


class Page(Part, Generic[T]):
    rows: tuple[T, ...]


class Parcel(Record, kind="parcel", key=("id",), version=2):
    id: Id
    items: tuple[Item, ...] = ()
    prices: dict[Id, Fen] = field(default_factory=dict[str, int])
    note: Line | None = None
    main: Item | None = None
    state: State = State.DRAFT
    mode: Literal["road", "rail"] = "road"
    free: str = ""
    number: int = 0
    flag: bool = False
    few: Annotated[list[Text], Meta(max_length=2)] = field(default_factory=list[str])
    page: Page[Item] | None = None


class Leg(Record, kind="leg", key=("parcel", "number")):
    parcel: Id
    number: int


FULL = Parcel(
    id="P-1",
    items=(Item(serial="M-1", quantity=1), Item(serial="M-2", quantity=40)),
    prices={"b": 2, "a": -1},
    note="电表 ✓",
    main=Item(serial="M-1", quantity=1),
    state=State.CLOSED,
    mode="rail",
    free='"\\\n\u0001\u007f\u2028😀',
    number=-(2**53 - 1),
    flag=True,
    few=["x"],
    page=Page[Item](rows=(Item(serial="M-9", quantity=9),)),
)
