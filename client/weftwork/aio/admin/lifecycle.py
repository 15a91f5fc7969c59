"""A chaincode's definition on a channel: approve, see who is ready, commit, query."""

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.message import DecodeError

from weftwork.aio.contract import Contract
from weftwork.aio.network import Network
from weftwork.definition import ChaincodeDefinition, CommittedDefinition
from weftwork.errors import EvaluateError, LedgerError
from weftwork_protos import collection_pb2, lifecycle_pb2

M = TypeVar(
    "M",
    lifecycle_pb2.CheckCommitReadinessResult,
    lifecycle_pb2.QueryApprovedChaincodeDefinitionResult,
    lifecycle_pb2.QueryChaincodeDefinitionResult,
    lifecycle_pb2.QueryChaincodeDefinitionsResult,
)
# Both hold the same fields; protobuf has no common type for them.
Definition = (
    lifecycle_pb2.CommitChaincodeDefinitionArgs
    | lifecycle_pb2.CheckCommitReadinessArgs
    | lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs
)


class Lifecycle:
    """The chaincode lifecycle of a channel, acting as the gateway's department.

    Approving and committing are transactions: they raise what ``Contract.submit`` raises, and
    queries what ``Contract.evaluate`` raises.
    """

    def __init__(self, network: Network, *, mspid: str) -> None:
        """``mspid`` is the department that the gateway acts for."""
        self._contract: Contract = network.contract("_lifecycle")
        self._mspid = mspid

    async def approve(
        self,
        definition: ChaincodeDefinition,
        package_id: str | None,
        *,
        timeout: float | None = None,
    ) -> None:
        """Approve the definition for the own department and wait for the commit.

        ``package_id`` is what the department's peers run for it; None: they do not run it.
        ``timeout`` in seconds.
        """
        args = lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs()
        _fill(args, definition)
        if package_id is None:
            args.source.unavailable.SetInParent()
        else:
            args.source.local_package.package_id = package_id
        await self._contract.submit(
            "ApproveChaincodeDefinitionForMyOrg",
            args.SerializeToString(),
            # The approval is written to the department's own implicit collection.
            endorsing_organizations=[self._mspid],
            timeout=timeout,
        )

    async def readiness(self, definition: ChaincodeDefinition) -> dict[str, bool]:
        """MSP id of each department of the channel to whether it approved this definition."""
        args = lifecycle_pb2.CheckCommitReadinessArgs()
        _fill(args, definition)
        answer = await self._contract.evaluate("CheckCommitReadiness", args.SerializeToString())
        return dict(_parsed(lifecycle_pb2.CheckCommitReadinessResult, answer).approvals)

    async def commit(
        self,
        definition: ChaincodeDefinition,
        *,
        endorsing_organizations: Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Commit a definition that enough departments approved, and wait for the commit.

        ``endorsing_organizations`` are MSP ids, by default those that the gateway finds.
        ``timeout`` in seconds.
        """
        args = lifecycle_pb2.CommitChaincodeDefinitionArgs()
        _fill(args, definition)
        await self._contract.submit(
            "CommitChaincodeDefinition",
            args.SerializeToString(),
            endorsing_organizations=endorsing_organizations,
            timeout=timeout,
        )

    async def approved_package(self, name: str, sequence: int) -> str | None:
        """Package id that the own department approved for that definition; None if none.

        Raises EvaluateError where the department has not approved it.
        """
        args = lifecycle_pb2.QueryApprovedChaincodeDefinitionArgs(name=name, sequence=sequence)
        answer = await self._contract.evaluate(
            "QueryApprovedChaincodeDefinition",
            args.SerializeToString(),
            endorsing_organizations=[self._mspid],
        )
        found = _parsed(lifecycle_pb2.QueryApprovedChaincodeDefinitionResult, answer)
        return found.source.local_package.package_id or None

    async def committed(self, name: str) -> CommittedDefinition | None:
        """The chaincode's definition on the channel; None if there is none."""
        args = lifecycle_pb2.QueryChaincodeDefinitionArgs(name=name)
        try:
            answer = await self._contract.evaluate(
                "QueryChaincodeDefinition", args.SerializeToString()
            )
        except EvaluateError as error:
            # Fabric says so in words alone (core/chaincode/lifecycle/scc.go).
            if "is not defined" in str(error):
                return None
            raise
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

    async def all_committed(self) -> list[CommittedDefinition]:
        """All chaincode definitions on the channel, by name; without approvals."""
        args = lifecycle_pb2.QueryChaincodeDefinitionsArgs()
        answer = await self._contract.evaluate(
            "QueryChaincodeDefinitions", args.SerializeToString()
        )
        found = _parsed(lifecycle_pb2.QueryChaincodeDefinitionsResult, answer)
        return sorted(
            (
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
            ),
            key=lambda definition: definition.name,
        )


def _fill(args: Definition, definition: ChaincodeDefinition) -> None:
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


def _parsed(kind: type[M], answer: bytes) -> M:
    try:
        return kind.FromString(answer)
    except DecodeError:
        raise LedgerError(f"the peer's answer is not a {kind.__name__}") from None
