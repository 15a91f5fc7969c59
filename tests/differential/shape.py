"""What both sides are made of: three departments, two probes, their policies and collections."""

from dataclasses import dataclass

DEPARTMENTS = ("Logistics", "Energy", "Civic")
MSPIDS = tuple(f"{name}MSP" for name in DEPARTMENTS)
LOGISTICS, ENERGY, CIVIC = MSPIDS
CHANNEL = "crosswork"
BLOCK = 12
"""Transactions of a block: it is cut when so many have been ordered."""


@dataclass(frozen=True)
class CollectionShape:
    """A private data collection, in network.yaml's terms."""

    name: str
    members: tuple[str, ...]
    policy: str | None = None
    block_to_live: int = 0
    member_only_read: bool = True
    member_only_write: bool = False


@dataclass(frozen=True)
class ChaincodeShape:
    """A probe under a name of its own."""

    name: str
    policy: str
    collections: tuple[CollectionShape, ...]


ALPHA = ChaincodeShape(
    "alpha",
    "OutOf(2, 'LogisticsMSP.peer', 'EnergyMSP.peer', 'CivicMSP.peer')",
    (
        CollectionShape("shared", (LOGISTICS, ENERGY)),
        CollectionShape(
            "sealed",
            (ENERGY, CIVIC),
            policy="OR('EnergyMSP.peer')",
            member_only_read=False,
            member_only_write=True,
        ),
        CollectionShape("brief", MSPIDS, block_to_live=2, member_only_read=False),
    ),
)
BETA = ChaincodeShape(
    "beta",
    "OR('LogisticsMSP.peer', 'EnergyMSP.peer', 'CivicMSP.peer')",
    (CollectionShape("shared", (ENERGY, CIVIC), member_only_read=False),),
)
CHAINCODES = (ALPHA, BETA)
