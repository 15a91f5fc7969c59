"""The typed client of logistics: consignments, and handoffs that two departments sign."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from weftwork.aio.departments.typed.logistics import LogisticsFunctions
from weftwork_contracts.logistics.model import (
    Consignment,
    Document,
    Draft,
    Item,
    Offer,
    Reservation,
    Terms,
)

OPEN_FOR = timedelta(hours=24)
"""How long an offer stays open where no deadline is given."""


class Logistics(LogisticsFunctions):
    """Consignments, offers and custody, as the client's own department may ask.

        logistics = Logistics(gateway.network("crosswork"))
        offer = await logistics.offer("C-1042", to="EnergyMSP", items=["M-77"])

    Its other functions are those of `LogisticsFunctions`. What each function refuses comes as an
    EndorseError (EvaluateError of the reading ones) whose text names the department that refused
    and why; a race lost at the commit as a CommitError. A value that its own model refuses raises
    ModelError before anything is sent.
    """

    async def create(
        self, consignment: str, *, consignee: str, items: Iterable[Item | str]
    ) -> Consignment:
        """Open a consignment as a draft; its items begin in Logistics' custody.

        For Logistics' clerk. ``consignee`` is an MSP id; a bare text among ``items`` is the
        serial of a single piece. Up to 200 items.

        Raises EndorseError: AlreadyExists where the consignment or an item of that id exists.
        """
        chosen = tuple(Item(id=item) if isinstance(item, str) else item for item in items)
        draft = Draft(id=consignment, consignee=consignee, items=chosen)
        return await self.create_draft(draft)

    async def offer(
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
        return await self.offer_terms(terms)

    async def accept(
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
            return await self.accept_whole(offer)
        stated = Reservation(remark=reservation, documents=shown)
        return await self.accept_with_reservation(offer, stated)
