"""Private data collections and chaincode definitions, as departments agree on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from weftwork_chaincode.testing.policies import EndorsementPolicy, Rule, rule_of

IMPLICIT = "_implicit_org_"
"""Prefix of the collections that every chaincode has without declaring them, one a department."""


@dataclass(frozen=True)
class Collection:
    """A private data collection of a chaincode.

    Attributes:
        name: Its name.
        members: MSP ids of its member departments, or a policy's text
            (``OR('AMSP.member', 'BMSP.member')``).
        member_only_read: Only members' clients may read it.
        member_only_write: Only members' clients may write it.
        endorsement_policy: Rules its writes in place of the chaincode's; None: the chaincode's.
        block_to_live: Blocks after which a value is gone; 0 keeps it.
        required_peer_count: Peers of other members that must have a copy before a peer endorses.
        maximum_peer_count: Peers of other members that are sent one.
    """

    name: str
    members: Sequence[str] | str
    member_only_read: bool = False
    member_only_write: bool = False
    endorsement_policy: EndorsementPolicy | None = None
    block_to_live: int = 0
    required_peer_count: int = 0
    maximum_peer_count: int = 1


@dataclass(frozen=True)
class CollectionRules:
    """A collection with its policies read."""

    config: Collection
    members: Rule
    endorsement: Rule | None

    def has_member(self, mspid: str, role: str) -> bool:
        """Whether a department's client (or peer) is a member."""
        return self.members.satisfied_by([(mspid, role)])

    def permissions(self, mspid: str) -> tuple[bool, bool]:
        """Whether a client of the department may read, and may write."""
        read, write = self.config.member_only_read, self.config.member_only_write
        if not (read or write) or self.has_member(mspid, "client"):
            return True, True
        return not read, not write


@dataclass(frozen=True)
class Definition:
    """A chaincode as committed on the channel.

    Attributes:
        name: The chaincode's name.
        version: Its version, free text.
        sequence: 1, and one more with each change of the definition.
        policy: Its endorsement policy.
        collections: The declared collections and the implicit ones, by name.
        installed: MSP ids of the departments that run it.
    """

    name: str
    version: str
    sequence: int
    policy: Rule
    collections: dict[str, CollectionRules]
    installed: tuple[str, ...]


def rules_of(collection: Collection, departments: Sequence[str]) -> CollectionRules:
    """Reads a collection's policies; PolicyError where one is wrong."""
    members = collection.members
    if not isinstance(members, str):
        members = "OR({})".format(", ".join(f"'{mspid}.member'" for mspid in members))
    endorsement = collection.endorsement_policy
    return CollectionRules(
        collection,
        rule_of(members, departments),
        rule_of(endorsement, departments) if endorsement is not None else None,
    )


def implicit(mspid: str, departments: Sequence[str]) -> CollectionRules:
    """The collection that a department has in every chaincode."""
    return rules_of(
        Collection(
            IMPLICIT + mspid,
            [mspid],
            endorsement_policy=f"OR('{mspid}.peer')",
            maximum_peer_count=1,
        ),
        departments,
    )
