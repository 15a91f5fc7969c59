"""Which department has approved, and which runs, which version of each chaincode."""

from collections.abc import Sequence
from dataclasses import dataclass

from weftwork.aio.admin import Approval
from weftwork.errors import EvaluateError, GatewayError, ResultError, WeftworkError
from weftwork_network.approving import Approving
from weftwork_network.deployed import read_deployed
from weftwork_network.links import Links
from weftwork_network.network import Network
from weftwork_network.running import run
from weftwork_network.selection import has_keys
from weftwork_network.serving import read_serving
from weftwork_network.topology import Chaincode, Channel, Member
from weftwork_network.waiting import together

_ANSWERS_WITHIN = 5.0


@dataclass(frozen=True)
class DepartmentVersion:
    """What one department has of one chaincode on one channel.

    Attributes:
        channel: the channel.
        chaincode: the chaincode.
        department: the department.
        runs: whether its peers are to run it.
        sequence: that of the definition on the channel, as far as its peer knows; 0 without one.
        version: that definition's version.
        approved_sequence: that of its own newest approval; 0 without one.
        approved_version: that approval's version.
        package_id: the package that it approved; None: it approved without running it.
        serves: the versions that its processes serve.
        answers: the version that its peers ran when asked just now; empty where none answered.
        asked: whether its keys are here; else nothing but `serves` and `answers` is known.
    """

    channel: str
    chaincode: str
    department: str
    runs: bool
    sequence: int
    version: str
    approved_sequence: int
    approved_version: str
    package_id: str | None
    serves: tuple[str, ...]
    answers: str
    asked: bool

    @property
    def remark(self) -> str:
        """What is not as it should be, in words; empty when all of it is."""
        if not self.asked:
            return "its keys are not here"
        if not self.sequence:
            return "not committed"
        if self.approved_sequence > self.sequence:
            return f"has approved {self.approved_version}, not committed yet"
        if self.approved_sequence < self.sequence:
            return f"left behind: has not approved {self.version}"
        if self.runs and self.answers and self.answers != self.version:
            return f"runs {self.answers}, which is not what was approved"
        if self.runs and not self.answers:
            return "does not answer"
        return ""


def read_versions(network: Network, names: Sequence[str] = ()) -> list[DepartmentVersion]:
    """Asks every department of every channel.

    Args:
        network: the network, which should be up.
        names: which chaincodes; all when none is named.
    """

    async def ask() -> list[DepartmentVersion]:
        async with Links(network.state, network.topology) as links:
            return await together(
                _Asking(network, links, channel, chaincode).of(member)
                for channel in network.topology.channels
                for chaincode in channel.chaincodes
                if not names or chaincode.name in names
                for member in channel.with_peers
            )

    return run(ask)


def earlier_versions(network: Network, name: str) -> tuple[str, ...]:
    """The versions of a chaincode that were deployed before the one of now, the first one first."""
    last = read_deployed(network.state).get(name)
    return last.before if last is not None else ()


class _Asking:
    """Asks about one chaincode on one channel."""

    def __init__(
        self, network: Network, links: Links, channel: Channel, chaincode: Chaincode
    ) -> None:
        self._network = network
        self._state = network.state
        self._links = links
        self._channel = channel
        self._chaincode = chaincode

    async def of(self, member: Member) -> DepartmentVersion:
        """What a department has."""
        name = self._chaincode.name
        serving = read_serving(self._state, member)
        sequence, version, approval, asked = 0, "", None, has_keys(self._network, member)
        if asked:
            acting = Approving(self._links, self._channel, member)
            try:
                committed = await acting.committed(name)
                if committed is not None:
                    sequence, version = committed.sequence, committed.version
                approval = await self._approval(acting, sequence)
            except WeftworkError:
                asked = False
        return DepartmentVersion(
            channel=self._channel.name,
            chaincode=name,
            department=member.name,
            runs=member.name in self._chaincode.runners,
            sequence=sequence,
            version=version,
            approved_sequence=approval.sequence if approval is not None else 0,
            approved_version=approval.version if approval is not None else "",
            package_id=approval.package_id if approval is not None else None,
            serves=tuple(service.version for service in serving.of(name)),
            answers=await self._answers(member),
            asked=asked,
        )

    async def _approval(self, acting: Approving, sequence: int) -> Approval | None:
        """The newest approval: of the next definition, of this one, of one before."""
        for number in range(sequence + 1, 0, -1):
            try:
                return await acting.approval(self._chaincode.name, number)
            except EvaluateError:
                continue
        return None

    async def _answers(self, member: Member) -> str:
        """The version that a department's peers run, asked through its gateway or another's."""
        if member.name not in self._chaincode.runners:
            return ""
        asking = [
            each for each in (member, *self._channel.with_peers) if has_keys(self._network, each)
        ]
        if not asking:
            return ""
        network = self._links.gateway(asking[0]).network(self._channel.name)
        contract = network.contract(self._chaincode.name)
        try:
            return await contract.served_version(member.mspid, timeout=_ANSWERS_WITHIN)
        except (GatewayError, ResultError):
            return ""
