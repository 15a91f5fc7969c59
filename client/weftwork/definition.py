"""What departments agree on before a chaincode runs: its definition and its collections."""

from dataclasses import dataclass, field

from weftwork.errors import PolicyError
from weftwork.policy import endorsement_policy, signature_policy
from weftwork_protos import collection_pb2, policies_pb2


@dataclass(frozen=True)
class Collection:
    """A private data collection. Policies are texts as ``weftwork.policy`` reads them."""

    name: str
    members: str
    """Who holds the data, for example ``OR('EnergyMSP.member', 'CivicMSP.member')``."""
    required_peers: int = 0
    """Peers that must have the data before an endorser answers."""
    maximum_peers: int = 1
    """Peers that an endorser sends the data to."""
    block_to_live: int = 0
    """Blocks until the data is purged; 0 keeps it."""
    member_only_read: bool = True
    """Only members' clients may read it in a chaincode."""
    member_only_write: bool = False
    """Only members' clients may write it in a chaincode."""
    endorsement_policy: str = ""
    """Who must endorse writes; empty leaves it to the chaincode's policy."""


@dataclass(frozen=True)
class ChaincodeDefinition:
    """A chaincode's definition on a channel; every department approves the same one."""

    name: str
    version: str = "1.0"
    sequence: int = 1
    """Counts the definitions of this chaincode on the channel, from 1."""
    endorsement_policy: str = ""
    """Text of the policy or a reference to one; empty: ``/Channel/Application/Endorsement``."""
    collections: tuple[Collection, ...] = field(default=())
    init_required: bool = False
    endorsement_plugin: str = ""
    """Empty: Fabric's own."""
    validation_plugin: str = ""
    """Empty: Fabric's own."""

    def validation_parameter(self) -> bytes:
        """The policy as the definition holds it. Raises PolicyError."""
        try:
            return endorsement_policy(self.endorsement_policy) if self.endorsement_policy else b""
        except PolicyError as error:
            raise PolicyError(f"chaincode {self.name}: {error}") from None

    def collection_package(self) -> bytes:
        """A serialized ``CollectionConfigPackage``, empty without collections.

        Raises PolicyError naming the collection.
        """
        try:
            configs = [_collection(collection) for collection in self.collections]
        except PolicyError as error:
            raise PolicyError(f"chaincode {self.name}: {error}") from None
        return collection_pb2.CollectionConfigPackage(config=configs).SerializeToString()


@dataclass(frozen=True)
class CommittedDefinition:
    """A definition as the channel holds it."""

    name: str
    version: str
    sequence: int
    validation_parameter: bytes
    """Serialized ``ApplicationPolicy``."""
    collection_package: bytes
    """Serialized ``CollectionConfigPackage``, empty without collections."""
    init_required: bool
    approvals: dict[str, bool]
    """MSP id to whether it approved; empty where it was not asked for."""

    def matches(self, definition: ChaincodeDefinition) -> bool:
        """Whether this is that definition, whatever its sequence.

        A definition without a policy of its own matches the channel's default.
        """
        return (
            self.name == definition.name
            and self.version == definition.version
            and self.init_required == definition.init_required
            and self.validation_parameter == (definition.validation_parameter() or _default())
            and self.collection_package == definition.collection_package()
        )


@dataclass(frozen=True)
class Approval:
    """A definition as one department has approved it."""

    name: str
    version: str
    sequence: int
    validation_parameter: bytes
    """Serialized ``ApplicationPolicy``."""
    collection_package: bytes
    """Serialized ``CollectionConfigPackage``, empty without collections."""
    package_id: str | None
    """What the department's peers run for it; None: they do not run it."""

    def matches(self, definition: ChaincodeDefinition) -> bool:
        """Whether this is that definition, whatever its sequence.

        A definition without a policy of its own matches the channel's default.
        """
        return (
            self.name == definition.name
            and self.version == definition.version
            and self.validation_parameter == (definition.validation_parameter() or _default())
            and self.collection_package == definition.collection_package()
        )


@dataclass(frozen=True)
class InstalledChaincode:
    """A package that a peer holds."""

    package_id: str
    label: str
    uses: tuple[tuple[str, str, str], ...]
    """Channel, chaincode and version of each definition that runs it."""


@dataclass(frozen=True)
class Readiness:
    """Which departments have approved a definition, and in what the others' approvals differ.

    How many approvals a commit needs is for the channel's policy ``LifecycleEndorsement`` to say,
    by default a majority of the departments.
    """

    definition: ChaincodeDefinition
    approvals: dict[str, bool]
    """MSP id of each department of the channel to whether it approved."""
    mismatches: dict[str, tuple[str, ...]]
    """MSP id of each department that has not approved to the fields in which its own approval of
    that sequence differs, in Fabric's words, for example ``EndorsementInfo``; none where it has
    approved nothing, and of peers before 3.0, which do not say."""

    @property
    def approved(self) -> list[str]:
        """MSP ids of the departments that approved, sorted."""
        return sorted(mspid for mspid, yes in self.approvals.items() if yes)

    @property
    def missing(self) -> list[str]:
        """MSP ids of the departments that have not approved, sorted."""
        return sorted(mspid for mspid, yes in self.approvals.items() if not yes)

    @property
    def unanimous(self) -> bool:
        """Whether every department approved."""
        return not self.missing

    def __str__(self) -> str:
        head = f"{self.definition.name} sequence {self.definition.sequence}"
        lines = [f"{head}: approved by {', '.join(self.approved) or 'nobody'}"]
        for mspid in self.missing:
            differs = ", ".join(self.mismatches.get(mspid, ()))
            what = f"has approved another ({differs} differ)" if differs else "has not approved"
            lines.append(f"  {mspid} {what}")
        return "\n".join(lines)


def _default() -> bytes:
    return endorsement_policy("/Channel/Application/Endorsement")


def _collection(collection: Collection) -> collection_pb2.CollectionConfig:
    try:
        members = policies_pb2.SignaturePolicyEnvelope.FromString(
            signature_policy(collection.members)
        )
        config = collection_pb2.StaticCollectionConfig(
            name=collection.name,
            member_orgs_policy=collection_pb2.CollectionPolicyConfig(signature_policy=members),
            required_peer_count=collection.required_peers,
            maximum_peer_count=collection.maximum_peers,
            block_to_live=collection.block_to_live,
            member_only_read=collection.member_only_read,
            member_only_write=collection.member_only_write,
        )
        if collection.endorsement_policy:
            config.endorsement_policy.ParseFromString(
                endorsement_policy(collection.endorsement_policy)
            )
    except PolicyError as error:
        raise PolicyError(f"collection {collection.name}: {error}") from None
    return collection_pb2.CollectionConfig(static_collection_config=config)
