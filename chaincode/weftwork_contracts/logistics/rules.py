"""The rules of custody as pure functions: no Fabric, so a client can check what a peer ran.

Every function that changes something takes records and gives new ones; what it refuses it refuses
as a RuleError.
"""

from collections.abc import Sequence
from hashlib import sha256

from weftwork_contracts.faults import RuleError
from weftwork_contracts.logistics.model import (
    Consignment,
    ConsignmentState,
    Custody,
    Draft,
    Item,
    Offer,
    OfferState,
    Receipt,
    Reservation,
    Terms,
)
from weftwork_contracts.parties import witness
from weftwork_model import digest, encode, replace

ACCEPTED = frozenset({OfferState.ACCEPTED, OfferState.ACCEPTED_WITH_RESERVATION})
"""The states in which an offer has moved its items."""


def create(draft: Draft, consignor: str, now: int) -> tuple[Consignment, tuple[Custody, ...]]:
    """A new consignment, and the custody of each of its items by the department that creates it.

    Raises:
        RuleError: An item stands in it twice.
    """
    items = tuple(item.id for item in draft.items)
    _refuse_repeats(items)
    consignment = Consignment(
        id=draft.id,
        consignor=consignor,
        consignee=draft.consignee,
        items=items,
        state=ConsignmentState.DRAFT,
        changed=now,
    )
    return consignment, tuple(
        _first_custody(item, draft.id, consignor, now) for item in draft.items
    )


def _first_custody(item: Item, consignment: str, holder: str, now: int) -> Custody:
    return Custody(
        item=item.id,
        consignment=consignment,
        quantity=item.quantity,
        unit=item.unit,
        manifest=item.manifest,
        holder=holder,
        leg=0,
        since=now,
        arrived=None,
        terms=digest(item),
        offered=None,
    )


def _refuse_repeats(items: Sequence[str]) -> None:
    if len(set(items)) != len(items):
        raise RuleError("items: the same item stands there twice")


def tender(consignment: Consignment, now: int) -> Consignment:
    """The consignment, ready to travel.

    Raises:
        RuleError: It is no draft.
    """
    return _advance(consignment, ConsignmentState.DRAFT, ConsignmentState.TENDERED, now)


def deliver(consignment: Consignment, custody: Sequence[Custody], now: int) -> Consignment:
    """The consignment, arrived: `custody` is that of all its items.

    Raises:
        RuleError: It is not on its way, or its consignee does not hold all of it.
    """
    elsewhere = [held.item for held in custody if held.holder != consignment.consignee]
    if elsewhere or tuple(held.item for held in custody) != consignment.items:
        missing = elsewhere[0] if elsewhere else "an item"
        raise RuleError(f"{missing} of {consignment.id} is not held by {consignment.consignee}")
    return _advance(consignment, ConsignmentState.TENDERED, ConsignmentState.DELIVERED, now)


def close(consignment: Consignment, now: int) -> Consignment:
    """The consignment, finished.

    Raises:
        RuleError: It is not delivered.
    """
    return _advance(consignment, ConsignmentState.DELIVERED, ConsignmentState.CLOSED, now)


def _advance(
    consignment: Consignment, expected: ConsignmentState, state: ConsignmentState, now: int
) -> Consignment:
    if consignment.state is not expected:
        raise RuleError(
            f"consignment {consignment.id} is {consignment.state.value}, not {expected.value}"
        )
    return replace(consignment, state=state, changed=max(now, consignment.changed))


def receipt(custody: Custody) -> Receipt:
    """The receipt that the holder's consent collection must hold for `custody`."""
    return Receipt(
        item=custody.item, leg=custody.leg, holder=custody.holder, custody=digest(custody)
    )


def is_receipted(custody: Custody, receipt_hash: bytes | None) -> bool:
    """Whether a receipt whose value hashes to `receipt_hash` (SHA-256) proves `custody`."""
    return receipt_hash == sha256(encode(receipt(custody))).digest()


def came_from(held: Custody, offer: Offer) -> Custody | None:
    """The custody before `held`, whose holder got the item by `offer`; None where `offer` did
    not bring it there, in which case `held` is forged.
    """
    before = next((noted for noted in offer.items if noted.item == held.item), None)
    if before is None or before.offered != offer.id or offer.state not in ACCEPTED:
        return None
    return before if _moved(before, offer) == _unoffered(held) else None


def _unoffered(held: Custody) -> Custody:
    return replace(held, offered=None)


def offer(
    terms: Terms, consignment: Consignment, custody: Sequence[Custody], giver: str, now: int
) -> tuple[Offer, tuple[Custody, ...]]:
    """A new offer of `terms`, and the custody of each item (in the terms' order) with it noted.

    Whether an earlier offer of an item is still open is the caller's to check.

    Raises:
        RuleError: The giver does not hold an item, an item is of another consignment or stands in
            the terms twice, the consignment is not on its way, the receiver is the giver, or the
            deadline has passed.
    """
    if consignment.id != terms.consignment or consignment.state is not ConsignmentState.TENDERED:
        raise RuleError(f"consignment {consignment.id} is {consignment.state.value}, not TENDERED")
    if terms.to == giver:
        raise RuleError(f"{giver} cannot hand over to itself")
    _refuse_repeats(terms.items)
    for held in custody:
        if held.holder != giver:
            raise RuleError(f"{held.item} is held by {held.holder}, not by {giver}")
        if held.consignment != consignment.id:
            raise RuleError(f"{held.item} travels in consignment {held.consignment}")
    made = max([now, *(held.since for held in custody)])
    if terms.deadline <= made:
        raise RuleError(f"deadline {terms.deadline} is not after the offer itself, {made}")
    noted = tuple(replace(held, offered=terms.id) for held in custody)
    made_offer = Offer(
        id=terms.id,
        terms=terms,
        giver=giver,
        witness=witness(giver, terms.to),
        items=noted,
        state=OfferState.OFFERED,
        made=made,
    )
    return made_offer, noted


def accept(
    offer: Offer, reservation: Reservation | None, now: int
) -> tuple[Offer, tuple[Custody, ...]]:
    """The offer, accepted, and the custody of each item, now the receiver's.

    Raises:
        RuleError: The offer is closed, or its deadline has passed.
    """
    if now > offer.terms.deadline:
        raise RuleError(f"the deadline of offer {offer.id} has passed: {offer.terms.deadline}")
    state = OfferState.ACCEPTED if reservation is None else OfferState.ACCEPTED_WITH_RESERVATION
    closed = replace(_close(offer, state, now), reservation=reservation)
    return closed, tuple(_moved(held, closed) for held in offer.items)


def _moved(held: Custody, closed: Offer) -> Custody:
    return replace(
        held,
        holder=closed.terms.to,
        leg=held.leg + 1,
        since=closed.closed,
        arrived=closed.id,
        terms=digest(closed),
        offered=None,
    )


def reject(offer: Offer, reason: str, now: int) -> Offer:
    """The offer, refused by its receiver; custody stays.

    Raises:
        RuleError: The offer is closed.
    """
    return replace(_close(offer, OfferState.REJECTED, now), reason=reason)


def withdraw(offer: Offer, now: int) -> Offer:
    """The offer, taken back by its giver; custody stays.

    Raises:
        RuleError: The offer is closed.
    """
    return _close(offer, OfferState.WITHDRAWN, now)


def expire(offer: Offer, now: int) -> Offer:
    """The offer, over because its deadline has passed; custody stays.

    Raises:
        RuleError: The offer is closed, or its deadline has not passed.
    """
    if now <= offer.terms.deadline:
        raise RuleError(f"the deadline of offer {offer.id} has not passed: {offer.terms.deadline}")
    return _close(offer, OfferState.EXPIRED, now)


def _close(offer: Offer, state: OfferState, now: int) -> Offer:
    if offer.state is not OfferState.OFFERED:
        raise RuleError(f"offer {offer.id} is closed: {offer.state.value}")
    return replace(offer, state=state, closed=max(now, offer.made))
