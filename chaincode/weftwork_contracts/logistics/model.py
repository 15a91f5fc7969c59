"""What logistics keeps: consignments, custody of each item, offers, and receipts."""

from enum import Enum
from typing import Annotated

from msgspec import Meta

from weftwork_model import Count, Id, Line, Millis, MspId, Part, Quantity, Record, Sha256

MOST_ITEMS = 200
"""How many items one consignment or one offer names. An item may be a sealed unit that stands for
more: its manifest's Merkle root and its quantity say for what.
"""

Unit = Annotated[str, Meta(min_length=1, max_length=3, pattern=r"\A[A-Z0-9]+\Z")]
"""A unit of measure by its UN/CEFACT Recommendation 20 code: `C62` one piece, `KGM` a kilogram."""

ItemIds = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MOST_ITEMS)]


class ConsignmentState(Enum):
    """Where a consignment stands."""

    DRAFT = "DRAFT"
    TENDERED = "TENDERED"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"


class OfferState(Enum):
    """Where an offer stands; every state but the first is final."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    ACCEPTED_WITH_RESERVATION = "ACCEPTED_WITH_RESERVATION"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Item(Part):
    """A thing that has one holder at a time: a meter by its serial, a lot, a sealed unit.

    Attributes:
        id: Its serial or number, unique on the channel.
        quantity: How many of `unit` it is; 1 for a serial.
        unit: Unit of measure.
        manifest: Merkle root over what a sealed unit holds.
    """

    id: Id
    quantity: Count = 1
    unit: Unit = "C62"
    manifest: Sha256 | None = None


class Document(Part):
    """A paper or a photo that stays off the ledger, by its hash."""

    name: Line
    sha256: Sha256


class Draft(Part):
    """What a new consignment is made of.

    Attributes:
        id: Its number, unique on the channel.
        consignee: The department it is for.
        items: What it consists of; all begin in the custody of the department that creates it.
    """

    id: Id
    consignee: MspId
    items: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=MOST_ITEMS)]


class Consignment(Record, kind="consignment", key=("id",)):
    """Items that travel together to one consignee.

    Attributes:
        id: Its number.
        consignor: The department that created it.
        consignee: The department it is for.
        items: The ids of its items, fixed at creation.
        state: Where it stands.
        changed: When it last changed, by the client's clock, never going back.
    """

    id: Id
    consignor: MspId
    consignee: MspId
    items: ItemIds
    state: ConsignmentState
    changed: Millis


class Custody(Record, kind="custody", key=("item",)):
    """Who holds an item.

    Attributes:
        item: The item's id.
        consignment: The consignment it travels in.
        quantity: How many of `unit`; no handoff changes it.
        unit: Unit of measure.
        manifest: Merkle root over what a sealed unit holds.
        holder: The department that holds it.
        leg: How often it has changed hands.
        since: When the holder got it, by the receiver's client's clock, never going back.
        arrived: The offer by which the holder got it; None for the first holder.
        terms: Digest of what the holder took: the closed offer, or the item at creation.
        offered: The last offer this holder made of it, open or closed; None before the first.
    """

    item: Id
    consignment: Id
    quantity: Count
    unit: Unit
    manifest: Sha256 | None
    holder: MspId
    leg: Quantity
    since: Millis
    arrived: Id | None
    terms: Sha256
    offered: Id | None


class Receipt(Record, kind="receipt", key=("item", "leg")):
    """What a holder's own peers let into the holder's consent collection: the proof that it took
    the item. It follows from the custody alone, so that every peer can compute it and compare
    its hash.

    Attributes:
        item: The item's id.
        leg: The custody's leg.
        holder: The department whose collection this lies in.
        custody: Digest of the custody record.
    """

    item: Id
    leg: Quantity
    holder: MspId
    custody: Sha256


class Terms(Part):
    """What a giver offers.

    Attributes:
        id: The offer's number, chosen by the client, unique on the channel: the same offer sent
            twice is refused the second time.
        consignment: The consignment that the items travel in.
        to: The department that is to receive them.
        items: The items' ids, all in the giver's custody.
        deadline: Until when the receiver may accept, milliseconds since 1970.
        place: Where they change hands.
        condition: Their condition, as the giver states it.
        seals: Numbers of the seals on them.
        documents: Papers that go with them.
    """

    id: Id
    consignment: Id
    to: MspId
    items: ItemIds
    deadline: Millis
    place: Line | None = None
    condition: Line | None = None
    seals: Annotated[tuple[Id, ...], Meta(max_length=MOST_ITEMS)] = ()
    documents: Annotated[tuple[Document, ...], Meta(max_length=32)] = ()


class Reservation(Part):
    """What a receiver finds wrong, and takes the goods all the same.

    Attributes:
        remark: What is wrong.
        documents: Photos or papers that show it.
    """

    remark: Line
    documents: Annotated[tuple[Document, ...], Meta(max_length=32)] = ()


class Offer(Record, kind="offer", key=("id",)):
    """One handoff, from the offer to its end.

    Attributes:
        id: The offer's number.
        terms: What the giver offered.
        giver: The department that offers.
        witness: The department that vouches for the handoff.
        items: The custody of each item as it was when offered, in the order of the terms: its
            quantities, and where the giver had it from.
        state: Where the offer stands.
        made: When it was made, by the giver's client's clock.
        closed: When it was closed; None while it is open.
        reservation: What the receiver found wrong.
        reason: Why the receiver rejected it.
    """

    id: Id
    terms: Terms
    giver: MspId
    witness: MspId
    items: Annotated[tuple[Custody, ...], Meta(min_length=1, max_length=MOST_ITEMS)]
    state: OfferState
    made: Millis
    closed: Millis | None = None
    reservation: Reservation | None = None
    reason: Line | None = None


class Leg(Part):
    """One holder in the history of an item.

    Attributes:
        number: 0 for the first holder.
        holder: The department.
        since: When it got the item.
        offer: The offer by which it got the item; None for the first holder.
        forged: True where the holder's own peers hold no receipt for this: it never took the item.
    """

    number: Quantity
    holder: MspId
    since: Millis
    offer: Id | None
    forged: bool


class Trace(Part):
    """The history of an item, as the ledger and the holders' receipts tell it.

    Attributes:
        custody: Who is said to hold it now.
        legs: Every holder, the first one first.
        forged: True where any leg is, or where the legs do not follow from one another.
    """

    custody: Custody
    legs: tuple[Leg, ...]
    forged: bool
