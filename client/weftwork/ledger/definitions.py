"""Chaincode definitions as the namespace ``_lifecycle`` of a read/write set writes them.

Layout: Fabric's ``core/chaincode/lifecycle/lifecycle.go``, ``serializer.go``.
"""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.policies import Policy, decode_endorsement_policy, decode_signature_policy
from weftwork.ledger.rwsets import NamespaceSet
from weftwork_protos import collection_pb2, lifecycle_state_pb2

_NAMESPACE = "_lifecycle"
_FIELDS = "namespaces/fields/"


@dataclass(frozen=True, slots=True)
class CollectionDefinition:
    """A private data collection, as a chaincode's definition on the ledger has it."""

    name: str
    members: Policy
    required_peers: int
    maximum_peers: int
    block_to_live: int
    member_only_read: bool
    member_only_write: bool
    endorsement_policy: Policy | None
    """None: the chaincode's."""


@dataclass(frozen=True, slots=True)
class DefinitionWrite:
    """What a transaction wrote of a chaincode's definition; None: left as it was."""

    chaincode: str
    sequence: int | None
    version: str | None
    init_required: bool | None
    endorsement_plugin: str | None
    validation_plugin: str | None
    endorsement_policy: Policy | None
    collections: tuple[CollectionDefinition, ...] | None


def definition_writes(rwset: tuple[NamespaceSet, ...]) -> tuple[DefinitionWrite, ...]:
    """The definitions that a read/write set writes, by chaincode. Raises LedgerError.

    Fabric writes only the parts that change. Approvals are not among them: they lie in each
    department's own private collection.
    """
    parts: dict[str, dict[str, bytes]] = {}
    for namespace in rwset:
        if namespace.namespace != _NAMESPACE:
            continue
        for write in namespace.writes:
            chaincode, _, field = write.key.removeprefix(_FIELDS).rpartition("/")
            if write.key.startswith(_FIELDS) and chaincode and not write.deleted:
                parts.setdefault(chaincode, {})[field] = write.value
    try:
        return tuple(_definition(chaincode, parts[chaincode]) for chaincode in sorted(parts))
    except DecodeError as error:
        raise LedgerError(f"a chaincode's definition cannot be read: {error}") from None


def _definition(chaincode: str, fields: dict[str, bytes]) -> DefinitionWrite:
    states = {
        name: lifecycle_state_pb2.StateData.FromString(value) for name, value in fields.items()
    }
    sequence = states.get("Sequence")
    endorsement = validation = collections = None
    if found := states.get("EndorsementInfo"):
        endorsement = lifecycle_state_pb2.ChaincodeEndorsementInfo.FromString(found.Bytes)
    if found := states.get("ValidationInfo"):
        validation = lifecycle_state_pb2.ChaincodeValidationInfo.FromString(found.Bytes)
    if found := states.get("Collections"):
        package = collection_pb2.CollectionConfigPackage.FromString(found.Bytes)
        collections = tuple(_collection(each.static_collection_config) for each in package.config)
    return DefinitionWrite(
        chaincode=chaincode,
        sequence=sequence.Int64 if sequence else None,
        version=endorsement.version if endorsement else None,
        init_required=endorsement.init_required if endorsement else None,
        endorsement_plugin=endorsement.endorsement_plugin if endorsement else None,
        validation_plugin=validation.validation_plugin if validation else None,
        endorsement_policy=decode_endorsement_policy(validation.validation_parameter)
        if validation
        else None,
        collections=collections,
    )


def _collection(found: collection_pb2.StaticCollectionConfig) -> CollectionDefinition:
    own = found.endorsement_policy if found.HasField("endorsement_policy") else None
    members = found.member_orgs_policy.signature_policy
    return CollectionDefinition(
        name=found.name,
        members=decode_signature_policy(members.SerializeToString()),
        required_peers=found.required_peer_count,
        maximum_peers=found.maximum_peer_count,
        block_to_live=found.block_to_live,
        member_only_read=found.member_only_read,
        member_only_write=found.member_only_write,
        endorsement_policy=decode_endorsement_policy(own.SerializeToString()) if own else None,
    )
