"""What peers and gateways know of their channel."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from weftwork_chaincode.testing.definitions import CollectionRules, Definition
from weftwork_chaincode.testing.requests import History
from weftwork_chaincode.testing.simulator import Simulator

P = TypeVar("P")


class ChannelView(Protocol[P]):
    """A channel as its peers see it."""

    @property
    def now(self) -> int:
        """The peers' clock, milliseconds since 1970."""
        ...

    @property
    def departments(self) -> Sequence[str]:
        """MSP ids of its departments."""
        ...

    @property
    def peers(self) -> Mapping[str, P]:
        """One peer a department."""
        ...

    @property
    def others(self) -> "Mapping[str, ChannelView[P]]":
        """The other channels of the same peers, by name."""
        ...

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """The chaincodes committed on the channel."""
        ...

    @property
    def history(self) -> History:
        """What was written to each key."""
        ...

    def collection(self, chaincode: str, name: str) -> CollectionRules | None:
        """A chaincode's collection, implicit ones included."""
        ...

    def running(self, chaincode: str) -> Sequence[str]:
        """MSP ids of the departments whose peers run the chaincode."""
        ...

    def knows(self, transaction_id: str) -> bool:
        """Whether the chain holds a transaction of this id."""
        ...

    def simulator(self, transaction_id: str, peer: P) -> Simulator:
        """A new simulation over the committed state."""
        ...
