"""A chaincode's definition on a channel: approve, see who is ready, commit, query."""

from collections.abc import Sequence

from weftwork import lifecycle
from weftwork.aio.contract import Contract
from weftwork.aio.network import Network
from weftwork.definition import Approval, ChaincodeDefinition, CommittedDefinition, Readiness
from weftwork.errors import EvaluateError


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
        await self._contract.submit(
            "ApproveChaincodeDefinitionForMyOrg",
            lifecycle.approve_args(definition, package_id),
            # The approval is written to the department's own implicit collection.
            endorsing_organizations=[self._mspid],
            timeout=timeout,
        )

    async def readiness(self, definition: ChaincodeDefinition) -> dict[str, bool]:
        """MSP id of each department of the channel to whether it approved this definition."""
        answer = await self._contract.evaluate(
            "CheckCommitReadiness", lifecycle.readiness_args(definition)
        )
        return lifecycle.approvals(answer)

    async def mismatches(self, definition: ChaincodeDefinition) -> dict[str, tuple[str, ...]]:
        """MSP id of each department that has not approved this definition to why not.

        The names of the fields in which its own approval of that sequence differs, in Fabric's
        words, for example ``EndorsementInfo``; none where it has approved nothing, and of peers
        before 3.0, which do not say.
        """
        answer = await self._contract.evaluate(
            "CheckCommitReadiness", lifecycle.readiness_args(definition)
        )
        return lifecycle.mismatches(answer)

    async def check_readiness(self, definition: ChaincodeDefinition) -> Readiness:
        """Who has approved this definition and in what the others differ, in one answer."""
        answer = await self._contract.evaluate(
            "CheckCommitReadiness", lifecycle.readiness_args(definition)
        )
        return lifecycle.readiness(definition, answer)

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
        await self._contract.submit(
            "CommitChaincodeDefinition",
            lifecycle.commit_args(definition),
            endorsing_organizations=endorsing_organizations,
            timeout=timeout,
        )

    async def approved_package(self, name: str, sequence: int) -> str | None:
        """Package id that the own department approved for that definition; None if none.

        Raises EvaluateError where the department has not approved it.
        """
        return (await self.approval(name, sequence)).package_id

    async def approval(self, name: str, sequence: int) -> Approval:
        """What the own department approved as that definition.

        Raises EvaluateError where the department has not approved it.
        """
        answer = await self._contract.evaluate(
            "QueryApprovedChaincodeDefinition",
            lifecycle.approved_args(name, sequence),
            endorsing_organizations=[self._mspid],
        )
        return lifecycle.approval(name, answer)

    async def all_approvals(self) -> list[Approval]:
        """Every definition that the own department has approved, by name and sequence.

        Peers before 3.0 do not know this query: EvaluateError.
        """
        answer = await self._contract.evaluate(
            "QueryApprovedChaincodeDefinitions", b"", endorsing_organizations=[self._mspid]
        )
        return lifecycle.all_approvals(answer)

    async def committed(self, name: str) -> CommittedDefinition | None:
        """The chaincode's definition on the channel; None if there is none."""
        try:
            answer = await self._contract.evaluate(
                "QueryChaincodeDefinition", lifecycle.committed_args(name)
            )
        except EvaluateError as error:
            # Fabric says so in words alone (core/chaincode/lifecycle/scc.go).
            if "is not defined" in str(error):
                return None
            raise
        return lifecycle.committed_definition(name, answer)

    async def all_committed(self) -> list[CommittedDefinition]:
        """All chaincode definitions on the channel, by name; without approvals."""
        answer = await self._contract.evaluate("QueryChaincodeDefinitions", b"")
        return lifecycle.committed_definitions(answer)
