"""The typed client of chaincode logistics."""

# Generated from weftwork/aio/departments/typed/logistics.py by scripts/unasync.py: change that one.


# Written by scripts/departments.py from the chaincode's metadata: do not edit.

from typing import Unpack

from weftwork._sync.departments.base import Department
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

    def accept_whole(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Take over what is offered (its receiver, before the deadline)."""
        return self.submit("accept", offer, returns=Offer, **options)

    def accept_with_reservation(
        self,
        offer: str,
        reservation: Reservation,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Take over what is offered, and state what is wrong with it (its receiver)."""
        return self.submit(
            "accept_with_reservation",
            offer,
            reservation,
            returns=Offer,
            **options,
        )

    def close(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Finish a delivered consignment (Logistics)."""
        return self.submit("close", consignment, returns=Consignment, **options)

    def create_draft(
        self,
        draft: Draft,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Open a consignment as a draft (Logistics). Its items begin in Logistics'
        custody.
        """
        return self.submit("create", draft, returns=Consignment, **options)

    def custody(self, item: str, **options: Unpack[EvaluateOptions]) -> Custody:
        """Who holds an item. A forged custody is refused, not shown: `trace` shows
        it.
        """
        return self.evaluate("custody", item, returns=Custody, **options)

    def deliver(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """State that a consignment has arrived (its consignee, who holds all of it)."""
        return self.submit("deliver", consignment, returns=Consignment, **options)

    def expire(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Claim that an offer's deadline has passed (its giver, whom the deadline
        protects).
        """
        return self.submit("expire", offer, returns=Offer, **options)

    def offer_terms(
        self,
        terms: Terms,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Offer items to another department (their holder)."""
        return self.submit("offer", terms, returns=Offer, **options)

    def read(
        self,
        consignment: str,
        **options: Unpack[EvaluateOptions],
    ) -> Consignment:
        """A consignment as it stands."""
        return self.evaluate("read", consignment, returns=Consignment, **options)

    def read_offer(self, offer: str, **options: Unpack[EvaluateOptions]) -> Offer:
        """An offer as it stands."""
        return self.evaluate("read_offer", offer, returns=Offer, **options)

    def reject(
        self,
        offer: str,
        reason: str,
        **options: Unpack[SubmitOptions],
    ) -> Offer:
        """Refuse what is offered (its receiver)."""
        return self.submit("reject", offer, reason, returns=Offer, **options)

    def tender(
        self,
        consignment: str,
        **options: Unpack[SubmitOptions],
    ) -> Consignment:
        """Send a drafted consignment on its way (Logistics): from here on it can be
        offered.
        """
        return self.submit("tender", consignment, returns=Consignment, **options)

    def trace(self, item: str, **options: Unpack[EvaluateOptions]) -> Trace:
        """Every holder an item has had, and whether each of them took it."""
        return self.evaluate("trace", item, returns=Trace, **options)

    def withdraw(self, offer: str, **options: Unpack[SubmitOptions]) -> Offer:
        """Take an open offer back (its giver)."""
        return self.submit("withdraw", offer, returns=Offer, **options)
