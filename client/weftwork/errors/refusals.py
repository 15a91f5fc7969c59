"""What one node said when it refused."""

import re
from dataclasses import dataclass

# Fabric's words for it (internal/pkg/gateway/endorsement.go).
DIFFERS = "ProposalResponsePayloads do not match"
_CHAINCODE_ANSWER = re.compile(r"chaincode response (\d{3}), (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One node's refusal, as it travels in the details of a failed gateway call."""

    address: str
    """The node's address as the channel knows it, ``host:port``."""
    mspid: str
    """MSP id of the node's department."""
    message: str
    """The node's own words."""

    @property
    def chaincode_status(self) -> int | None:
        """Status that the chaincode answered with (400 to 599); None if the peer itself refused."""
        found = _CHAINCODE_ANSWER.search(self.message)
        return int(found.group(1)) if found else None

    @property
    def reason(self) -> str:
        """The chaincode's text without what the peer put before it."""
        found = _CHAINCODE_ANSWER.search(self.message)
        return found.group(2) if found else self.message

    @property
    def differs(self) -> bool:
        """Whether the node endorsed, but something else than the node that was asked first."""
        return DIFFERS in self.message

    def __str__(self) -> str:
        return f"{self.mspid} ({self.address}): {self.message}"
