"""What an orderer tells of itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OrdererChannel:
    """An orderer's part in a channel."""

    name: str
    height: int
    """Number of blocks that it stores."""
    relation: str
    """``consenter``, ``follower``, ``config-tracker`` or ``other``."""
    status: str
    """``active``, ``onboarding``, ``inactive`` or ``failed``."""
