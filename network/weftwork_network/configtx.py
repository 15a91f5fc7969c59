"""What configtxgen is given: configtx.yaml when it agrees with network.yaml, completed."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from weftwork_network.agreement import check_agreement
from weftwork_network.consenters import complete_consenters
from weftwork_network.creation import created_by
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults, did_you_mean, shown
from weftwork_network.marks import Marked
from weftwork_network.project import Project, read_file
from weftwork_network.state import State
from weftwork_network.topology import HOST, Channel, Member

# How much of what was added is named; all of it stands in the state's copy.
_NAMED = 6


@dataclass
class EffectiveConfigtx:
    """What configtxgen is given.

    Attributes:
        content: each channel's profile with every path absolute and everything added.
        added: what network.yaml says and configtx.yaml does not, a line each.
        changed: what is not as configtx.yaml says, and why, a line each.
    """

    content: dict[str, Any]
    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])

    def told(self, file: str) -> list[str]:
        """What a person should know of it, a line each.

        Args:
            file: configtx.yaml, as a reader would open it.
        """
        named, more = self.added[:_NAMED], len(self.added) - _NAMED
        told = ", ".join([*named, *([f"{more} more"] if more > 0 else [])])
        added = [f"{file} lacks and is given: {told}"] if self.added else []
        return added + [f"{file}: {change}" for change in self.changed]

    def text(self) -> str:
        """The file's text."""
        return "# Made by `weftwork network up`; edit configtx.yaml instead.\n" + yaml.dump(
            self.content, Dumper=_PlainDumper, sort_keys=False
        )


def effective_configtx(project: Project, state: State) -> EffectiveConfigtx:
    """Checks that the two files agree and completes the channels' file.

    Raises:
        DefinitionError: with every disagreement, each with the lines of both files.
    """
    faults = Faults(shown(project.configtx_file))
    root = read_file(project.configtx_file, faults)
    profiles: dict[str, Marked] = {}
    for channel in project.topology.channels:
        profile = _profile(project, root, channel, faults) if root is not None else None
        if profile is not None:
            profiles[channel.name] = profile
            check_agreement(project, state, channel, profile, faults)
    if faults.found:
        raise DefinitionError(sorted(faults.found))
    whole = EffectiveConfigtx({"Profiles": {}})
    for channel in project.topology.channels:
        profile = cast(dict[str, Any], profiles[channel.name].plain())
        completion = _Completion(project, state, channel, profile)
        whole.content["Profiles"][channel.profile] = completion.done()
        whole.added += [each for each in completion.added if each not in whole.added]
        whole.changed += [each for each in completion.changed if each not in whole.changed]
    return whole


def _profile(project: Project, root: Marked, channel: Channel, faults: Faults) -> Marked | None:
    """A channel's profile; where there is none that is a fault."""
    profile = root.get("Profiles", channel.profile)
    if profile is None:
        profiles = root.get("Profiles")
        known = profiles.value if profiles and isinstance(profiles.value, dict) else {}
        line = project.lines.at(*project.channel_place(channel.name), "profile")
        faults.add(
            profiles.line if profiles else 0,
            f"no profile '{channel.profile}', which {shown(project.network_file)}:{line} "
            f"asks for{did_you_mean(channel.profile, known)}",
        )
    return profile


class _Completion:
    """A channel's profile with absolute paths and what only network.yaml says."""

    def __init__(
        self, project: Project, state: State, channel: Channel, profile: dict[str, Any]
    ) -> None:
        self._project = project
        self._topology = project.topology
        self._channel = channel
        self._state = state
        # Anchors share one object between places; each must be free to change alone.
        self._profile = copy.deepcopy(profile)
        self.added: list[str] = []
        self.changed: list[str] = []

    def done(self) -> dict[str, Any]:
        application: dict[str, Any] = self._profile["Application"]
        orderer: dict[str, Any] = self._profile["Orderer"]
        everybody = self._channel.members
        # A department without an orderer has no place in the orderer group: with V3_0 each
        # organisation there must name an endpoint of its own.
        ordering = self._channel.ordering
        application["Organizations"] = self._group(
            application, everybody, self._application_organization
        )
        orderer["Organizations"] = self._group(orderer, ordering, self._orderer_organization)
        for member in everybody:
            self._anchors(_named(application["Organizations"], member.mspid), member)
        for member in ordering:
            self._endpoints(_named(orderer["Organizations"], member.mspid), member)
        self.added += complete_consenters(self._project, self._state, self._channel, orderer)
        self._capabilities()
        return self._profile

    def _capabilities(self) -> None:
        """A channel that Fabric 2.5 made, or will make, asks for nothing that it does not know."""
        capabilities = cast(dict[str, bool], self._profile.get("Capabilities") or {})
        if created_by(self._state, self._topology) == "2.5" and capabilities.pop("V3_0", False):
            self._profile["Capabilities"] = {**capabilities, "V2_0": True}
            self.changed.append("the channel's capability is V2_0, since Fabric 2.5 has no V3_0")

    def _group(
        self,
        group: dict[str, Any],
        members: Iterable[Member],
        make: Callable[[Member], dict[str, Any]],
    ) -> list[dict[str, Any]]:
        listed = cast(list[dict[str, Any]], group.get("Organizations") or [])
        written = [copy.deepcopy(organization) for organization in listed]
        for member in members:
            if not any(organization["ID"] == member.mspid for organization in written):
                written.append(make(member))
        for organization in written:
            member = self._topology.member(organization["ID"])
            organization["MSPDir"] = str(self._state.department(member) / "msp")
        return written

    def _application_organization(self, member: Member) -> dict[str, Any]:
        self.added.append(f"department {member.name}")
        mspid = member.mspid
        return {
            "Name": mspid,
            "ID": mspid,
            "Policies": {
                "Readers": _signature(mspid, "admin", "peer", "client"),
                "Writers": _signature(mspid, "admin", "client"),
                "Admins": _signature(mspid, "admin"),
                "Endorsement": _signature(mspid, "peer"),
            },
        }

    def _orderer_organization(self, member: Member) -> dict[str, Any]:
        mspid = member.mspid
        return {
            "Name": mspid,
            "ID": mspid,
            "Policies": {
                "Readers": _signature(mspid, "orderer"),
                "Writers": _signature(mspid, "orderer"),
                "Admins": _signature(mspid, "admin"),
            },
        }

    def _anchors(self, organization: dict[str, Any], member: Member) -> None:
        """One is enough to meet a department by, and everybody dials every anchor."""
        if member.peers and not organization.get("AnchorPeers"):
            node = member.peers[0]
            organization["AnchorPeers"] = [{"Host": HOST, "Port": node.ports["listen"]}]
            self.added.append(f"anchor peer {node.id}")

    def _endpoints(self, organization: dict[str, Any], member: Member) -> None:
        written = list(organization.get("OrdererEndpoints") or [])
        for node in member.orderers:
            if node.address not in written:
                written.append(node.address)
                self.added.append(f"orderer endpoint {node.id}")
        organization["OrdererEndpoints"] = written


class _PlainDumper(yaml.SafeDumper):
    """Writes shared values out in full: a reader should not have to follow references."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _named(organizations: list[dict[str, Any]], mspid: str) -> dict[str, Any]:
    return next(each for each in organizations if each["ID"] == mspid)


def _signature(mspid: str, *roles: str) -> dict[str, str]:
    rule = ", ".join(f"'{mspid}.{role}'" for role in roles)
    return {"Type": "Signature", "Rule": f"OR({rule})"}


def by_name(configtx: EffectiveConfigtx, names: Mapping[str, str]) -> EffectiveConfigtx:
    """The same channel where nodes call each other by name.

    Args:
        configtx: as the two files say, with nodes at addresses of this machine.
        names: what each address is called instead, both `host:port`.
    """

    def renamed(value: object) -> object:
        if isinstance(value, str):
            return names.get(value, value)
        if isinstance(value, list):
            return [renamed(each) for each in cast(list[object], value)]
        if isinstance(value, dict):
            mapping = cast(dict[str, object], value)
            if "Host" in mapping and "Port" in mapping:
                name = names.get(f"{mapping['Host']}:{mapping['Port']}")
                if name is not None:
                    return mapping | {"Host": name.rpartition(":")[0]}
            return {key: renamed(each) for key, each in mapping.items()}
        return value

    content = cast(dict[str, Any], renamed(configtx.content))
    return EffectiveConfigtx(content, configtx.added, configtx.changed)
