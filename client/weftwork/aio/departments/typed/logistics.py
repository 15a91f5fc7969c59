"""The typed client of chaincode logistics."""

# Written by scripts/departments.py from the chaincode's metadata: do not edit.

from typing import Unpack

from weftwork.aio.departments.base import Department
from weftwork.calling import EvaluateOptions, SubmitOptions
from weftwork_contracts.logistics.model import (
    Consignment,
    Custody,
    Draft,
    Offer,
    Reservation,
    Terms,
    Trace,
)


class LogisticsFunctions(Department):
    """Consignments, offers and custody."""

    chaincode = "logistics"

    async def accept_whole(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Take over what is offered (its receiver, before the deadline)."""
        return await self.submit("accept", offer, returns=Offer, **options)

    async def accept_with_reservation(
        self,
        offer: str,
        reservation: Reservation,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Take over what is offered, and state what is wrong with it (its receiver)."""
        return await self.submit(
            "accept_with_reservation",
            offer,
            reservation,
            returns=Offer,
            **options,
        )

    async def close(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Finish a delivered consignment (Logistics)."""
        return await self.submit("close", consignment, returns=Consignment, **options)

    async def create_draft(
        self,
        draft: Draft,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Open a consignment as a draft (Logistics). Its items begin in Logistics'
        custody.
        """
        return await self.submit("create", draft, returns=Consignment, **options)

    async def custody(self, item: str, **options: Unpack[EvaluateOptions]) -> Custody:
        """Who holds an item. A forged custody is refused, not shown: `trace` shows
        it.
        """
        return await self.evaluate("custody", item, returns=Custody, **options)

    async def deliver(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """State that a consignment has arrived (its consignee, who holds all of it)."""
        return await self.submit("deliver", consignment, returns=Consignment, **options)

    async def expire(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Claim that an offer's deadline has passed (its giver, whom the deadline
        protects).
        """
        return await self.submit("expire", offer, returns=Offer, **options)

    async def offer_terms(
        self,
        terms: Terms,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Offer items to another department (their holder)."""
        return await self.submit("offer", terms, returns=Offer, **options)

    async def read(
        self,
        consignment: str,
        **options: Unpack[EvaluateOptions],
    ) -> Consignment:
        """A consignment as it stands."""
        return await self.evaluate("read", consignment, returns=Consignment, **options)

    async def read_offer(self, offer: str, **options: Unpack[EvaluateOptions]) -> Offer:
        """An offer as it stands."""
        return await self.evaluate("read_offer", offer, returns=Offer, **options)

    async def reject(
        self,
        offer: str,
        reason: str,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Refuse what is offered (its receiver)."""
        return await self.submit("reject", offer, reason, returns=Offer, **options)

    async def tender(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Send a drafted consignment on its way (Logistics): from here on it can be
        offered.
        """
        return await self.submit("tender", consignment, returns=Consignment, **options)

    async def trace(self, item: str, **options: Unpack[EvaluateOptions]) -> Trace:
        """Every holder an item has had, and whether each of them took it."""
        return await self.evaluate("trace", item, returns=Trace, **options)

    async def withdraw(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Take an open offer back (its giver)."""
        return await self.submit("withdraw", offer, returns=Offer, **options)
