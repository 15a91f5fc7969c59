"""What a peer answers to a proposal."""

from dataclasses import dataclass, field

from weftwork_chaincode.testing.rwset import PrivateWrites, ReadWriteSet
from weftwork_chaincode.testing.simulator import WriteInterest


@dataclass(frozen=True)
class Event:
    """The event of the invoked chaincode."""

    name: str
    payload: bytes


@dataclass(frozen=True)
class Answer:
    """What a peer answered to a proposal.

    Attributes:
        status: The response's status; 500 where the peer itself refused.
        message: The response's message, or the peer's words.
        by_chaincode: Whether the chaincode answered, or the peer refused.
        before: Refused before it was simulated: its signature, client, id or time is wrong.
        rejected: Refused by a filter, so that no response came at all.
        payload: The ``ProposalResponsePayload`` that an endorsement signs.
        result: The chaincode's result.
        results: The read/write set.
        private: What goes to the members of collections.
        event: The event of the invoked chaincode.
        interest: The policies of what was written.
        private_reads: Collections read in clear.
    """

    status: int
    message: str
    by_chaincode: bool = False
    before: bool = False
    rejected: bool = False
    payload: bytes = b""
    result: bytes = b""
    results: ReadWriteSet = field(default_factory=ReadWriteSet)
    private: PrivateWrites = field(default_factory=dict[tuple[str, str], bytes])
    event: Event | None = None
    interest: WriteInterest = field(default_factory=WriteInterest)
    private_reads: frozenset[tuple[str, str]] = frozenset()

    @property
    def endorsed(self) -> bool:
        """Whether the peer endorsed."""
        return self.by_chaincode and 200 <= self.status < 400

    @property
    def words(self) -> str:
        """The refusal as the gateway words it."""
        return (
            f"chaincode response {self.status}, {self.message}"
            if self.by_chaincode
            else self.message
        )
