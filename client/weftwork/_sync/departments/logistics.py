"""The typed client of logistics: consignments, and handoffs that two departments sign."""

# Generated from weftwork/aio/departments/logistics.py by scripts/unasync.py: change that one.

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from weftwork._sync.departments.base import Department
from weftwork_contracts.logistics.model import (
    Consignment,
    Custody,
    Document,
    Draft,
    Item,
    Offer,
    Reservation,
    Terms,
    Trace,
)

OPEN_FOR = timedelta(hours=24)
"""How long an offer stays open where no deadline is given."""


class Logistics(Department):
    """Consignments, offers and custody, as the client's own department may ask.

        logistics = Logistics(gateway.network("crosswork"))
        offer = logistics.offer("C-1042", to="EnergyMSP", items=["M-77"])

    What each function refuses comes as an EndorseError (EvaluateError of the reading ones) whose
    text names the department that refused and why; a race lost at the commit as a CommitError.
    A value that its own model refuses raises ModelError before anything is sent.
    """

    chaincode = "logistics"

    def create(
        self, consignment: str, *, consignee: str, items: Iterable[Item | str]
    ) -> Consignment:
        """Open a consignment as a draft; its items begin in Logistics' custody.

        For Logistics' clerk. ``consignee`` is an MSP id; a bare text among ``items`` is the
        serial of a single piece. Up to 200 items.

        Raises EndorseError: AlreadyExists where the consignment or an item of that id exists.
        """
        chosen = tuple(Item(id=item) if isinstance(item, str) else item for item in items)
        draft = Draft(id=consignment, consignee=consignee, items=chosen)
        return self.submit("create", draft, returns=Consignment)

    def tender(self, consignment: str) -> Consignment:
        """Send a drafted consignment on its way, so that its items can be offered.

        For Logistics' clerk.
        """
        return self.submit("tender", consignment, returns=Consignment)

    def offer(
        self,
        consignment: str,
        *,
        to: str,
        items: Iterable[str],
        deadline: datetime | None = None,
        place: str | None = None,
        condition: str | None = None,
        seals: Iterable[str] = (),
        documents: Iterable[Document] = (),
        offer_id: str | None = None,
    ) -> Offer:
        """Offer items in one's own custody to the department with the MSP id ``to``.

        ``deadline`` is until when it may accept; 24 hours where none is given. ``offer_id`` names
        the offer: with the same name a second try of the same offer is refused as AlreadyExists
        instead of offering twice; where none is given a random one is chosen.

        Raises ValueError where ``deadline`` has no time zone.
        """
        until = deadline if deadline is not None else datetime.now(UTC) + OPEN_FOR
        if until.tzinfo is None:
            raise ValueError("deadline needs a time zone, such as datetime.UTC")
        terms = Terms(
            id=offer_id if offer_id is not None else uuid4().hex,
            consignment=consignment,
            to=to,
            items=tuple(items),
            deadline=int(until.timestamp() * 1000),
            place=place,
            condition=condition,
            seals=tuple(seals),
            documents=tuple(documents),
        )
        return self.submit("offer", terms, returns=Offer)

    def accept(
        self,
        offer: str,
        *,
        reservation: str | None = None,
        documents: Iterable[Document] = (),
    ) -> Offer:
        """Take over what is offered to one's own department, before the deadline.

        ``reservation`` states what is wrong with the goods, ``documents`` show it.

        Raises ValueError where documents are given without a reservation.
        """
        shown = tuple(documents)
        if reservation is None:
            if shown:
                raise ValueError("documents belong to a reservation: say what is wrong")
            return self.submit("accept", offer, returns=Offer)
        stated = Reservation(remark=reservation, documents=shown)
        return self.submit("accept_with_reservation", offer, stated, returns=Offer)

    def reject(self, offer: str, reason: str) -> Offer:
        """Refuse what is offered to one's own department; the giver keeps it."""
        return self.submit("reject", offer, reason, returns=Offer)

    def withdraw(self, offer: str) -> Offer:
        """Take an open offer of one's own department back."""
        return self.submit("withdraw", offer, returns=Offer)

    def expire(self, offer: str) -> Offer:
        """Claim that the deadline of an offer of one's own department has passed."""
        return self.submit("expire", offer, returns=Offer)

    def deliver(self, consignment: str) -> Consignment:
        """State that a consignment for one's own department has arrived whole."""
        return self.submit("deliver", consignment, returns=Consignment)

    def close(self, consignment: str) -> Consignment:
        """Finish a delivered consignment. For Logistics' clerk."""
        return self.submit("close", consignment, returns=Consignment)

    def read(self, consignment: str) -> Consignment:
        """A consignment as it stands."""
        return self.evaluate("read", consignment, returns=Consignment)

    def read_offer(self, offer: str) -> Offer:
        """An offer as it stands."""
        return self.evaluate("read_offer", offer, returns=Offer)

    def custody(self, item: str) -> Custody:
        """Who holds an item.

        Raises EvaluateError: Forbidden where the holder never took it; ``trace`` shows more.
        """
        return self.evaluate("custody", item, returns=Custody)

    def trace(self, item: str) -> Trace:
        """Every holder an item has had, and whether each of them took it."""
        return self.evaluate("trace", item, returns=Trace)
