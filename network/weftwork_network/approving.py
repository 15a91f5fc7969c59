"""One department's part in a chaincode's life on a channel, with its own keys alone."""

import asyncio
import re

from weftwork.aio.admin import Approval, ChaincodeDefinition, CommittedDefinition
from weftwork.errors import CommitError, EvaluateError, GatewayError
from weftwork_network.errors import DeployError
from weftwork_network.links import Links
from weftwork_network.topology import Channel, Member

TRIES = 40
PAUSE = 0.1
# Tries until an approval that is not there counts as missing: it may be a block away.
_PATIENCE = 10
# What Fabric says to an approval that it holds already.
_UNCHANGED = "unchanged content"
# What passes by itself: a peer or the orderers are not there yet.
_PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED")
# What Fabric refuses in a definition, and what to do about it (lifecycle/scc.go, lifecycle.go).
_REFUSED = (
    (
        re.compile(r"existing collection \[(?P<name>[^]]*)\] missing"),
        "its collection '{name}' is on the channel and no longer in the definition: Fabric lets "
        "no collection go; write it again",
    ),
    (
        re.compile(r"does not contain previously defined collections"),
        "its collections are on the channel and no longer in the definition: Fabric lets no "
        "collection go; write them again",
    ),
    (
        re.compile(
            r"BlockToLive in an existing collection \[(?P<name>[^]]*)\] modified. "
            r"Existing value \[(?P<value>\d+)\]"
        ),
        "its collection '{name}' has block_to_live {value} on the channel, which Fabric lets "
        "nobody change; write {value} again",
    ),
    (
        re.compile(r"collection member '(?P<name>[^']*)' is not part of the channel"),
        "a collection names {name}, who is not on the channel",
    ),
)


class Approving:
    """Approves, looks, commits as one department on one channel."""

    def __init__(self, links: Links, channel: Channel, member: Member) -> None:
        self._lifecycle = links.lifecycle(member, channel.name)
        self._channel = channel

    async def committed(self, name: str) -> CommittedDefinition | None:
        """The chaincode's definition on the channel, as far as this department's peer knows."""
        return await self._lifecycle.committed(name)

    async def approval(self, name: str, sequence: int) -> Approval:
        """What this department has approved as a definition. Raises EvaluateError."""
        return await self._lifecycle.approval(name, sequence)

    async def approve(
        self, definition: ChaincodeDefinition, package_id: str | None, *, fresh: bool = False
    ) -> bool:
        """Approves; tries again while peers or orderers are not yet there.

        Args:
            definition: what to approve.
            package_id: what the department's peers run for it; None: they do not run it.
            fresh: there cannot be an approval yet, so it need not be asked for.

        Returns:
            Whether there was no such approval before.

        Raises:
            DeployError: Fabric refuses the definition.
            GatewayError: the call fails.
        """
        for left in reversed(range(TRIES)):
            if not fresh and await self._holds(definition, package_id):
                return False
            try:
                await self._lifecycle.approve(definition, package_id)
                return True
            except GatewayError as error:
                # An attempt that seemed to fail, or a start that was interrupted, may have done it.
                if _UNCHANGED in str(error):
                    return False
                _refused(error)
                if not left or error.status not in _PASSING:
                    raise
            await asyncio.sleep(PAUSE)
            fresh = False
        raise AssertionError("the last try returns or raises")

    async def commit(self, definition: ChaincodeDefinition) -> None:
        """Commits; another department's peer may be a block behind the approvals: tries again.

        Raises:
            DeployError: not enough departments have approved it; says who has not, and why not.
            GatewayError: the call fails.
        """
        asked = [member.mspid for member in self._channel.with_peers]
        for left in reversed(range(TRIES)):
            try:
                approved = await self._lifecycle.readiness(definition)
                agreeing = [mspid for mspid in asked if approved.get(mspid)]
                await self._lifecycle.commit(definition, endorsing_organizations=agreeing or asked)
                return
            except (GatewayError, CommitError) as error:
                # An attempt that seemed to fail may have been ordered all the same.
                committed = await self._lifecycle.committed(definition.name)
                if committed is not None and committed.sequence == definition.sequence:
                    if committed.matches(definition):
                        return
                    raise DeployError(
                        f"{definition.name} has another definition with sequence "
                        f"{definition.sequence} on {self._channel.name} by now; look with "
                        "`weftwork chaincode versions`"
                    ) from error
                if left < TRIES - _PATIENCE:
                    await self._not_ready(definition)
                if not left:
                    raise
            await asyncio.sleep(PAUSE)

    async def readiness(self, definition: ChaincodeDefinition) -> dict[str, tuple[str, ...] | None]:
        """MSP id to None where a department has approved this, else what it has otherwise.

        In the words of network.yaml; nothing where it has approved nothing with that sequence.
        """
        approved = await self._lifecycle.readiness(definition)
        missing = await self._lifecycle.mismatches(definition)
        return {
            mspid: None if done else tuple(_field(each) for each in missing.get(mspid, ()))
            for mspid, done in approved.items()
        }

    async def _holds(self, definition: ChaincodeDefinition, package_id: str | None) -> bool:
        try:
            found = await self._lifecycle.approval(definition.name, definition.sequence)
        except EvaluateError:
            return False
        return found.package_id == package_id and found.matches(definition)

    async def _not_ready(self, definition: ChaincodeDefinition) -> None:
        """Raises where the reason for a failed commit is that departments have not approved."""
        missing = {
            mspid: fields
            for mspid, fields in (await self.readiness(definition)).items()
            if fields is not None
        }
        if missing:
            told = "; ".join(why_not(mspid, fields) for mspid, fields in missing.items())
            raise DeployError(
                f"{definition.name} {definition.version} (sequence {definition.sequence}) on "
                f"{self._channel.name} lacks approvals: {told}"
            )


def why_not(mspid: str, fields: tuple[str, ...]) -> str:
    """Why a department's approval does not count, in words."""
    if not fields:
        return f"{mspid} has not approved it"
    words = ["other collections" if each == "collections" else f"another {each}" for each in fields]
    return f"{mspid} approved it with {' and '.join(words)}"


def _refused(error: GatewayError) -> None:
    """Raises where Fabric will never accept the definition."""
    for pattern, words in _REFUSED:
        found = pattern.search(str(error))
        if found is not None:
            raise DeployError(words.format(**found.groupdict())) from error


def _field(fabrics: str) -> str:
    """What a field of Fabric's definition is called in network.yaml."""
    return {
        "EndorsementInfo": "version",
        "ValidationInfo": "policy",
        "Collections": "collections",
    }.get(fabrics, fabrics)
