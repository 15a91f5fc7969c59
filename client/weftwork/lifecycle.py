"""The chaincode lifecycle's messages: arguments made, answers read, bytes in and bytes out."""

from typing import TypeVar

from google.protobuf.message import DecodeError

from weftwork.definition import (
    Approval,
    ChaincodeDefinition,
    CommittedDefinition,
    InstalledChaincode,
    Readiness,
)
from weftwork.errors import LedgerError
from weftwork_protos import collection_pb2, lifecycle_pb2, peer_pb2

_M = TypeVar(
    "_M",
    lifecycle_pb2.CheckCommitReadinessResult,
    lifecycle_pb2.GetInstalledChaincodePackageResult,
    lifecycle_pb2.InstallChaincodeResult,
    lifecycle_pb2.QueryApprovedChaincodeDefinitionResult,
    lifecycle_pb2.QueryApprovedChaincodeDefinitionsResult,
    lifecycle_pb2.QueryChaincodeDefinitionResult,
    lifecycle_pb2.QueryChaincodeDefinitionsResult,
    lifecycle_pb2.QueryInstalledChaincodesResult,
    peer_pb2.ChannelQueryResponse,
)
# Fabric names this where a department has no approval to compare (lifecycle/serializer.go).
_NONE_AT_ALL = "ChaincodeParameters"
# Three messages with the same fields, for which protobuf has no common type.
_Definition = (
    lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs
    | lifecycle_pb2.CheckCommitReadinessArgs
    | lifecycle_pb2.CommitChaincodeDefinitionArgs
)


def install_args(package: bytes) -> bytes:
    """Argument of ``InstallChaincode``."""
    args = lifecycle_pb2.InstallChaincodeArgs(chaincode_install_package=package)
    return args.SerializeToString()


def installed_id(answer: bytes) -> str:
    """The package's id out of the answer of ``InstallChaincode``."""
    return _parsed(lifecycle_pb2.InstallChaincodeResult, answer).package_id


def package_args(package_id: str) -> bytes:
    """Argument of ``GetInstalledChaincodePackage``."""
    args = lifecycle_pb2.GetInstalledChaincodePackageArgs(package_id=package_id)
    return args.SerializeToString()


def package_of(answer: bytes) -> bytes:
    """The package out of the answer of ``GetInstalledChaincodePackage``."""
    found = _parsed(lifecycle_pb2.GetInstalledChaincodePackageResult, answer)
    return found.chaincode_install_package


def installed_chaincodes(answer: bytes) -> list[InstalledChaincode]:
    """What ``QueryInstalledChaincodes`` answered."""
    found = _parsed(lifecycle_pb2.QueryInstalledChaincodesResult, answer)
    return [
        InstalledChaincode(
            package_id=installed.package_id,
            label=installed.label,
            uses=tuple(
                (channel, chaincode.name, chaincode.version)
                for channel, references in sorted(installed.references.items())
                for chaincode in references.chaincodes
            ),
        )
        for installed in found.installed_chaincodes
    ]


def approve_args(definition: ChaincodeDefinition, package_id: str | None) -> bytes:
    """Argument of ``ApproveChaincodeDefinitionForMyOrg``. Raises PolicyError."""
    args = lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs()
    _fill(args, definition)
    if package_id is None:
        args.source.unavailable.SetInParent()
    else:
        args.source.local_package.package_id = package_id
    return args.SerializeToString()


def readiness_args(definition: ChaincodeDefinition) -> bytes:
    """Argument of ``CheckCommitReadiness``. Raises PolicyError."""
    args = lifecycle_pb2.CheckCommitReadinessArgs()
    _fill(args, definition)
    return args.SerializeToString()


def approvals(answer: bytes) -> dict[str, bool]:
    """What ``CheckCommitReadiness`` answered: MSP id to whether it approved."""
    return dict(_parsed(lifecycle_pb2.CheckCommitReadinessResult, answer).approvals)


def mismatches(answer: bytes) -> dict[str, tuple[str, ...]]:
    """What ``CheckCommitReadiness`` answered: MSP id to what its own approval has otherwise.

    Of departments that have not approved the definition asked for alone; empty where a department
    has approved none with that sequence, and of peers before 3.0, which do not say.
    """
    found = _parsed(lifecycle_pb2.CheckCommitReadinessResult, answer)
    return {
        mspid: tuple(item for item in found.mismatches[mspid].items if item != _NONE_AT_ALL)
        for mspid, approved in found.approvals.items()
        if not approved
    }


def readiness(definition: ChaincodeDefinition, answer: bytes) -> Readiness:
    """What ``CheckCommitReadiness`` answered."""
    return Readiness(definition, approvals(answer), mismatches(answer))


def commit_args(definition: ChaincodeDefinition) -> bytes:
    """Argument of ``CommitChaincodeDefinition``. Raises PolicyError."""
    args = lifecycle_pb2.CommitChaincodeDefinitionArgs()
    _fill(args, definition)
    return args.SerializeToString()


def approved_args(name: str, sequence: int) -> bytes:
    """Argument of ``QueryApprovedChaincodeDefinition``."""
    args = lifecycle_pb2.QueryApprovedChaincodeDefinitionArgs(name=name, sequence=sequence)
    return args.SerializeToString()


def approval(name: str, answer: bytes) -> Approval:
    """What ``QueryApprovedChaincodeDefinition`` answered."""
    return _approval(name, _parsed(lifecycle_pb2.QueryApprovedChaincodeDefinitionResult, answer))


def all_approvals(answer: bytes) -> list[Approval]:
    """What ``QueryApprovedChaincodeDefinitions`` answered, by name and sequence."""
    found = _parsed(lifecycle_pb2.QueryApprovedChaincodeDefinitionsResult, answer)
    every = [_approval(one.name, one) for one in found.approved_chaincode_definitions]
    return sorted(every, key=lambda approval: (approval.name, approval.sequence))


def committed_args(name: str) -> bytes:
    """Argument of ``QueryChaincodeDefinition``."""
    return lifecycle_pb2.QueryChaincodeDefinitionArgs(name=name).SerializeToString()


def committed_definition(name: str, answer: bytes) -> CommittedDefinition:
    """What ``QueryChaincodeDefinition`` answered."""
    found = _parsed(lifecycle_pb2.QueryChaincodeDefinitionResult, answer)
    return CommittedDefinition(
        name=name,
        version=found.version,
        sequence=found.sequence,
        validation_parameter=found.validation_parameter,
        collection_package=found.collections.SerializeToString(),
        init_required=found.init_required,
        approvals=dict(found.approvals),
    )


def committed_definitions(answer: bytes) -> list[CommittedDefinition]:
    """What ``QueryChaincodeDefinitions`` answered, by name."""
    found = _parsed(lifecycle_pb2.QueryChaincodeDefinitionsResult, answer)
    definitions = [
        CommittedDefinition(
            name=definition.name,
            version=definition.version,
            sequence=definition.sequence,
            validation_parameter=definition.validation_parameter,
            collection_package=definition.collections.SerializeToString(),
            init_required=definition.init_required,
            approvals={},
        )
        for definition in found.chaincode_definitions
    ]
    return sorted(definitions, key=lambda definition: definition.name)


def channel_names(answer: bytes) -> list[str]:
    """What cscc's ``GetChannels`` answered, sorted."""
    found = _parsed(peer_pb2.ChannelQueryResponse, answer)
    return sorted(channel.channel_id for channel in found.channels)


def _approval(
    name: str,
    found: lifecycle_pb2.QueryApprovedChaincodeDefinitionResult
    | lifecycle_pb2.QueryApprovedChaincodeDefinitionsResult.ApprovedChaincodeDefinition,
) -> Approval:
    return Approval(
        name=name,
        version=found.version,
        sequence=found.sequence,
        validation_parameter=found.validation_parameter,
        collection_package=found.collections.SerializeToString(),
        package_id=found.source.local_package.package_id or None,
    )


def _fill(args: _Definition, definition: ChaincodeDefinition) -> None:
    args.name = definition.name
    args.version = definition.version
    args.sequence = definition.sequence
    args.endorsement_plugin = definition.endorsement_plugin
    args.validation_plugin = definition.validation_plugin
    args.validation_parameter = definition.validation_parameter()
    args.init_required = definition.init_required
    if definition.collections:
        args.collections.CopyFrom(
            collection_pb2.CollectionConfigPackage.FromString(definition.collection_package())
        )


def _parsed(kind: type[_M], answer: bytes) -> _M:
    try:
        return kind.FromString(answer)
    except DecodeError:
        raise LedgerError(f"the peer's answer is not a {kind.__name__}") from None
