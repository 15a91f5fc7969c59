"""configtx.yaml held against network.yaml: whatever both say must be the same."""

from pathlib import Path

from weftwork_network.consenters import address_of, check_consenters
from weftwork_network.faults import Faults, did_you_mean, shown
from weftwork_network.marks import Marked
from weftwork_network.policies import PolicyError, parse_policy, principals
from weftwork_network.project import Project
from weftwork_network.state import State
from weftwork_network.topology import Channel, Member


def check_agreement(
    project: Project, state: State, channel: Channel, profile: Marked, faults: Faults
) -> None:
    """Adds what a channel's profile says otherwise than the definition, with both files' lines."""
    _Agreement(project, state, channel, profile, faults).all()


class _Agreement:
    """Everything that both files say, compared."""

    def __init__(
        self, project: Project, state: State, channel: Channel, profile: Marked, faults: Faults
    ) -> None:
        self._project = project
        self._topology = project.topology
        self._channel = channel
        self._state = state
        self._profile = profile
        self._faults = faults

    def all(self) -> None:
        for group in ("Application", "Orderer"):
            section = self._profile.get(group)
            if section is None or not isinstance(section.value, dict):
                self._faults.add(
                    section.line if section else self._profile.line,
                    f"the profile has no {group} with fields; add it",
                )
                continue
            self._lists(section)
            for organization in _members(section, "Organizations"):
                self._organization(organization, group)
        self._ordering()
        self._policies(self._profile, set())

    def _lists(self, section: Marked) -> None:
        """What must be a list is one, so that completing it cannot stumble."""
        wanted = [(section, "Organizations")]
        wanted += [
            (organization, name)
            for organization in _members(section, "Organizations")
            for name in ("AnchorPeers", "OrdererEndpoints")
        ]
        for holder, name in wanted:
            found = holder.get(name)
            if found is not None and found.value is not None and not isinstance(found.value, list):
                self._faults.add(found.line, f"{name} must be a list; correct it")

    def _organization(self, organization: Marked, group: str) -> None:
        mspid = organization.text("ID")
        member = self._member(mspid)
        if member is None:
            self._add(
                organization.get("ID") or organization,
                f"organisation '{mspid}' is no department",
                did_you_mean(mspid, self._topology.mspids),
                "departments",
            )
            return
        at = self._at(member)
        if organization.text("Name") != mspid:
            self._add(
                organization.get("Name") or organization,
                f"organisation '{organization.text('Name')}' must have its ID for a name",
                f"; write {mspid}",
                *at,
            )
        written = organization.text("MSPDir")
        wanted = self._state.department(member) / "msp"
        if (self._project.configtx_file.parent / written).resolve() != wanted.resolve():
            self._add(
                organization.get("MSPDir") or organization,
                f"MSPDir of {mspid} is not where {member.name}'s certificates are made",
                f"; write {_relative(wanted, self._project.configtx_file.parent)}",
                *at,
            )
        if group == "Application":
            self._is_on_channel(organization, member)
            self._anchors(organization, member)
        else:
            self._endpoints(organization, member)

    def _is_on_channel(self, organization: Marked, member: Member) -> None:
        if member not in self._channel.members:
            self._add(
                organization,
                f"{member.mspid} is not on channel '{self._channel.name}'",
                f"; take it out there, or name {member.name} here",
                *self._project.channel_place(self._channel.name),
                "departments",
            )

    def _anchors(self, organization: Marked, member: Member) -> None:
        peers = {node.address for node in member.peers}
        for anchor in _members(organization, "AnchorPeers"):
            address = address_of(anchor)
            if address not in peers:
                self._add(
                    anchor,
                    f"anchor peer {address} is no peer of {member.name}",
                    f"; its peers: {', '.join(sorted(peers)) or 'none'}",
                    *self._at(member),
                    "peers",
                )

    def _endpoints(self, organization: Marked, member: Member) -> None:
        if not member.orderers:
            self._add(
                organization,
                f"{member.mspid} stands in the orderer group but runs no orderer",
                "; take it out there, or write `orderers: 1` here",
                *self._at(member),
            )
            return
        if member not in self._channel.ordering:
            self._add(
                organization,
                f"{member.mspid} stands in the orderer group and does not order channel "
                f"'{self._channel.name}'",
                f"; take it out there, or name {member.name} here",
                *self._project.channel_place(self._channel.name),
                "orderers",
            )
        own = {node.address for node in member.orderers}
        for endpoint in _members(organization, "OrdererEndpoints"):
            if str(endpoint.value) not in own:
                self._add(
                    endpoint,
                    f"orderer endpoint {endpoint.value} is no orderer of {member.name}",
                    f"; its orderers: {', '.join(sorted(own)) or 'none'}",
                    *self._at(member),
                    "orderers",
                )

    def _ordering(self) -> None:
        orderer = self._profile.get("Orderer")
        if orderer is not None:
            check_consenters(self._project, self._state, self._channel, orderer, self._faults)

    def _policies(self, node: Marked, seen: set[int]) -> None:
        """Every signature policy must be one and name a department that is there."""
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node.value, list):
            for member in node.value:
                self._policies(member, seen)
        if not isinstance(node.value, dict):
            return
        if node.text("Type") == "Signature" and node.get("Rule") is not None:
            self._rule(node.value["Rule"])
        for member in node.value.values():
            self._policies(member, seen)

    def _rule(self, rule: Marked) -> None:
        try:
            named = principals(parse_policy(str(rule.value)))
        except PolicyError as error:
            self._faults.add(rule.line, f"policy not understood: {error}")
            return
        for principal in named:
            if principal.mspid not in self._topology.mspids:
                self._add(
                    rule,
                    f"policy names nobody: no MSP '{principal.mspid}'",
                    did_you_mean(principal.mspid, self._topology.mspids),
                    "departments",
                )

    def _member(self, mspid: str) -> Member | None:
        for member in self._topology.members:
            if member.mspid == mspid:
                return member
        return None

    def _at(self, member: Member) -> tuple[str | int, ...]:
        return ("departments", self._topology.members.index(member))

    def _add(self, where: Marked, problem: str, cure: str, *other: str | int) -> None:
        line = self._project.lines.at(*other)
        self._faults.add(
            where.line, f"{problem} ({shown(self._project.network_file)}:{line}){cure}"
        )


def _members(node: Marked, name: str) -> list[Marked]:
    found = node.get(name)
    return found.items() if found is not None else []


def _relative(path: Path, folder: Path) -> str:
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)
