"""configtx.yaml held against network.yaml: what both say must agree; the rest is added to a copy."""

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults, did_you_mean, shown
from weftwork_network.marks import Marked
from weftwork_network.policies import PolicyError, parse_policy, principals
from weftwork_network.project import Project, read_file
from weftwork_network.state import State
from weftwork_network.topology import HOST, Member, Node

ORDERER_TYPES = {"raft": "etcdraft"}


@dataclass
class EffectiveConfigtx:
    """What configtxgen is given.

    Attributes:
        content: the profile with every path absolute and everything added.
        added: what network.yaml says and configtx.yaml does not, a line each.
    """

    content: dict[str, Any]
    added: list[str] = field(default_factory=list[str])

    def text(self) -> str:
        """The file's text."""
        return "# Made by `weftwork network up`; edit configtx.yaml instead.\n" + yaml.dump(
            self.content, Dumper=_PlainDumper, sort_keys=False
        )


def effective_configtx(project: Project, state: State) -> EffectiveConfigtx:
    """Checks that the two files agree and completes the channel's file.

    Raises:
        DefinitionError: with every disagreement, each with the lines of both files.
    """
    faults = Faults(shown(project.configtx_file))
    root = read_file(project.configtx_file, faults)
    profile = root.get("Profiles", project.topology.profile) if root is not None else None
    if root is not None and profile is None:
        profiles = root.get("Profiles")
        known = profiles.value if profiles and isinstance(profiles.value, dict) else {}
        line = project.lines.at("channel", "profile")
        faults.add(
            profiles.line if profiles else 0,
            f"no profile '{project.topology.profile}', which {shown(project.network_file)}:{line} "
            f"asks for{did_you_mean(project.topology.profile, known)}",
        )
    if profile is None:
        raise DefinitionError(sorted(faults.found))
    _Agreement(project, state, profile, faults).all()
    if faults.found:
        raise DefinitionError(sorted(faults.found))
    return _Completion(project, state, cast(dict[str, Any], profile.plain())).done()


class _Agreement:
    """Everything that both files say, compared."""

    def __init__(self, project: Project, state: State, profile: Marked, faults: Faults) -> None:
        self._project = project
        self._topology = project.topology
        self._state = state
        self._profile = profile
        self._faults = faults
        self._orderers = {node.address: node for node in project.topology.orderers}

    def all(self) -> None:
        for group in ("Application", "Orderer"):
            section = self._profile.get(group)
            if section is None:
                self._faults.add(self._profile.line, f"the profile has no {group}; add it")
                continue
            for organization in _members(section, "Organizations"):
                self._organization(organization, group)
        self._ordering()
        self._policies(self._profile, set())

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
            self._anchors(organization, member)
        else:
            self._endpoints(organization, member)

    def _anchors(self, organization: Marked, member: Member) -> None:
        peers = {node.address for node in member.peers}
        for anchor in _members(organization, "AnchorPeers"):
            address = _address(anchor)
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
                f"{member.mspid} stands in the orderer group but runs no orderer by the lines",
                "; take it out there, or write `orderers: 1` here",
                *self._at(member),
            )
            return
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
        if orderer is None:
            return
        written = orderer.get("OrdererType")
        wanted = ORDERER_TYPES[self._topology.ordering]
        if written is not None and written.value != wanted:
            self._add(
                written,
                f"OrdererType {written.value} is not ordering '{self._topology.ordering}'",
                f"; write {wanted}",
                "ordering",
            )
        for consenter in _members(orderer.get("EtcdRaft") or orderer, "Consenters"):
            node = self._orderers.get(_address(consenter))
            if node is None:
                self._add(
                    consenter,
                    f"consenter {_address(consenter)} is no orderer",
                    f"; the orderers: {', '.join(sorted(self._orderers))}",
                    "departments",
                )
                continue
            self._consenter_certificates(consenter, node)

    def _consenter_certificates(self, consenter: Marked, node: Node) -> None:
        wanted = self._state.node(node) / "tls" / "server.crt"
        for name in ("ClientTLSCert", "ServerTLSCert"):
            written = consenter.text(name)
            if (self._project.configtx_file.parent / written).resolve() != wanted.resolve():
                self._add(
                    consenter.get(name) or consenter,
                    f"{name} of {node.id} is not where its certificate is made",
                    f"; write {_relative(wanted, self._project.configtx_file.parent)}",
                    *self._at(self._topology.member(node.department)),
                    "orderers",
                )

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
            where.line, f"{problem} of {shown(self._project.network_file)}:{line}{cure}"
        )


class _Completion:
    """The profile with absolute paths and what only network.yaml says."""

    def __init__(self, project: Project, state: State, profile: dict[str, Any]) -> None:
        self._project = project
        self._topology = project.topology
        self._state = state
        # Anchors share one object between places; each must be free to change alone.
        self._profile = copy.deepcopy(profile)
        self._added: list[str] = []

    def done(self) -> EffectiveConfigtx:
        application: dict[str, Any] = self._profile["Application"]
        orderer: dict[str, Any] = self._profile["Orderer"]
        everybody = self._topology.members
        # A department without an orderer has no place in the orderer group: with V3_0 each
        # organisation there must name an endpoint of its own.
        ordering = [member for member in everybody if member.orderers]
        application["Organizations"] = self._group(
            application, everybody, self._application_organization
        )
        orderer["Organizations"] = self._group(orderer, ordering, self._orderer_organization)
        for member in everybody:
            self._anchors(_named(application["Organizations"], member.mspid), member)
        for member in ordering:
            self._endpoints(_named(orderer["Organizations"], member.mspid), member)
        self._ordering(orderer)
        content = {"Profiles": {self._topology.profile: self._profile}}
        return EffectiveConfigtx(content, self._added)

    def _group(
        self,
        group: dict[str, Any],
        members: Iterable[Member],
        make: Callable[[Member], dict[str, Any]],
    ) -> list[dict[str, Any]]:
        written = [copy.deepcopy(organization) for organization in group.get("Organizations") or []]
        for member in members:
            if not any(organization["ID"] == member.mspid for organization in written):
                written.append(make(member))
        for organization in written:
            member = self._topology.member(organization["ID"])
            organization["MSPDir"] = str(self._state.department(member) / "msp")
        return written

    def _application_organization(self, member: Member) -> dict[str, Any]:
        self._added.append(f"department {member.name}")
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
        written = list(organization.get("AnchorPeers") or [])
        have = {f"{anchor['Host']}:{anchor['Port']}" for anchor in written}
        for node in member.peers:
            if node.address not in have:
                written.append({"Host": HOST, "Port": node.ports["listen"]})
                self._added.append(f"anchor peer {node.id}")
        organization["AnchorPeers"] = written

    def _endpoints(self, organization: dict[str, Any], member: Member) -> None:
        written = list(organization.get("OrdererEndpoints") or [])
        for node in member.orderers:
            if node.address not in written:
                written.append(node.address)
                self._added.append(f"orderer endpoint {node.id}")
        organization["OrdererEndpoints"] = written

    def _ordering(self, orderer: dict[str, Any]) -> None:
        orderer["OrdererType"] = ORDERER_TYPES[self._topology.ordering]
        raft: dict[str, Any] = dict(orderer.get("EtcdRaft") or {})
        written: dict[str, dict[str, Any]] = {
            f"{consenter['Host']}:{consenter['Port']}": dict(consenter)
            for consenter in raft.get("Consenters") or []
        }
        for node in self._topology.orderers:
            if node.address not in written:
                self._added.append(f"consenter {node.id}")
                written[node.address] = {"Host": HOST, "Port": node.ports["listen"]}
            certificate = str(self._state.node(node) / "tls" / "server.crt")
            written[node.address]["ClientTLSCert"] = certificate
            written[node.address]["ServerTLSCert"] = certificate
        raft["Consenters"] = list(written.values())
        orderer["EtcdRaft"] = raft


class _PlainDumper(yaml.SafeDumper):
    """Writes shared values out in full: a reader should not have to follow references."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def batch_timeout(content: dict[str, Any], profile: str) -> float:
    """A profile's BatchTimeout in seconds; 2 when it is absent or not understood."""
    written = str(content["Profiles"][profile]["Orderer"].get("BatchTimeout", ""))
    found = re.fullmatch(r"([0-9.]+)(ms|s|m)", written)
    if found is None:
        return 2.0
    return float(found[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[found[2]]


def _members(node: Marked, name: str) -> list[Marked]:
    found = node.get(name)
    return found.items() if found is not None else []


def _address(node: Marked) -> str:
    host, port = node.get("Host"), node.get("Port")
    return f"{host.value if host else '?'}:{port.value if port else '?'}"


def _named(organizations: list[dict[str, Any]], mspid: str) -> dict[str, Any]:
    return next(each for each in organizations if each["ID"] == mspid)


def _signature(mspid: str, *roles: str) -> dict[str, str]:
    rule = ", ".join(f"'{mspid}.{role}'" for role in roles)
    return {"Type": "Signature", "Rule": f"OR({rule})"}


def _relative(path: Path, folder: Path) -> str:
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)
