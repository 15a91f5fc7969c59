"""What a Prometheus and a Grafana need to watch a network: files below the state folder.

    monitoring/prometheus.yml     where every node is and how it is asked
    monitoring/targets/*.json     a department's nodes; read again by Prometheus when they change
    monitoring/rules.yml          alerts, and records that the dashboard shows
    monitoring/certificates.yml   when each certificate ends, which no node tells
    monitoring/dashboard.json     for Grafana

Each department's nodes are asked with a certificate of that department that opens operations
endpoints alone. Paths are relative, so that the folder may be moved with the state.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from weftwork_network.certificate_ends import certificate_ends
from weftwork_network.chaincode_operations import operations_port
from weftwork_network.chaincode_servers import container_units, process_units
from weftwork_network.serving import read_serving
from weftwork_network.state import State, write_file
from weftwork_network.topology import HOST, Member, Node, Topology

DATA = Path(__file__).parent / "data" / "monitoring"
RULES, CERTIFICATES, DASHBOARD = "rules.yml", "certificates.yml", "dashboard.json"
CONFIGURATION = "prometheus.yml"
_TARGETS = "targets"
_INTERVAL = "5s"
EXPIRY = "weftwork:certificate_expires_timestamp_seconds"


@dataclass(frozen=True)
class Target:
    """Something to be scraped.

    Attributes:
        node: the node that it is, or is a part of.
        unit: which part, where a chaincode node consists of several; empty otherwise.
        port: of its operations endpoint.
    """

    node: Node
    unit: str
    port: int


def folder_of(state: State) -> Path:
    """Where the files are."""
    return state.folder / "monitoring"


def targets(state: State, topology: Topology, *, contained: bool) -> list[Target]:
    """Everything that tells of itself.

    Args:
        state: where it is known what departments serve.
        topology: the network.
        contained: whether it runs in containers.
    """
    nodes = (*topology.authorities, *topology.orderers, *topology.peers)
    found = [Target(node, "", node.ports["operations"]) for node in nodes]
    for node in topology.chaincode_servers:
        serving = read_serving(state, topology.member(node.department))
        units = container_units(node, serving) if contained else process_units(node, serving)
        for unit in units:
            port = operations_port(topology, unit)
            if port is not None:
                found.append(Target(node, unit.id.removeprefix(f"{node.id}."), port))
    return found


def write_monitoring(
    state: State, topology: Topology, members: Sequence[Member], *, contained: bool
) -> list[Path]:
    """Writes everything for some departments' nodes.

    Args:
        state: where.
        topology: the network.
        members: whose nodes are to be watched: a department that watches its own names itself.
        contained: whether nodes run in containers.

    Returns:
        The files.
    """
    folder = folder_of(state)
    shutil.rmtree(folder / _TARGETS, ignore_errors=True)
    jobs = [_job(member) for member in members]
    configuration = {
        "global": {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL},
        "rule_files": [RULES, CERTIFICATES],
        "scrape_configs": jobs,
    }
    head = "# Made by `weftwork network metrics`: run that again after network.yaml has changed.\n"
    text = yaml.safe_dump(configuration, sort_keys=False)
    write_file(folder / CONFIGURATION, head + text)
    for name in (RULES, DASHBOARD):
        write_file(folder / name, (DATA / name).read_bytes())
    written = [folder / name for name in (CONFIGURATION, RULES, DASHBOARD)]
    return written + _write_changing(state, topology, members, contained=contained)


def refresh_monitoring(state: State, topology: Topology, *, contained: bool) -> None:
    """Writes again what changes as the network does, for the departments that are watched.

    Nothing where `write_monitoring` has not been called.
    """
    watched = {path.stem for path in (folder_of(state) / _TARGETS).glob("*.json")}
    members = [member for member in topology.members if member.folder in watched]
    if members:
        _write_changing(state, topology, members, contained=contained)


def _write_changing(
    state: State, topology: Topology, members: Sequence[Member], *, contained: bool
) -> list[Path]:
    folder = folder_of(state)
    every = targets(state, topology, contained=contained)
    names = {member.name for member in members}
    written = [folder / CERTIFICATES]
    for member in members:
        own = [_scraped(each) for each in every if each.node.department == member.name]
        path = folder / _TARGETS / f"{member.folder}.json"
        write_file(path, json.dumps(own, indent=1) + "\n")
        written.append(path)
    rules = [
        {
            "record": EXPIRY,
            "labels": {
                "department": node.department,
                "node": node.id,
                "kind": node.kind,
                "certificate": name,
            },
            "expr": f"vector({end.timestamp():.0f})",
        }
        for node in topology.nodes
        if node.department in names
        for name, end in certificate_ends(state, node).items()
    ]
    groups = {"groups": [{"name": "weftwork-certificates", "rules": rules}]}
    write_file(folder / CERTIFICATES, yaml.safe_dump(groups, sort_keys=False))
    return written


def _job(member: Member) -> dict[str, object]:
    keys = f"../departments/{member.folder}/monitor"
    return {
        "job_name": f"weftwork-{member.folder}",
        "scheme": "https",
        "tls_config": {
            "ca_file": f"{keys}/nodes-ca.crt",
            "cert_file": f"{keys}/client.crt",
            "key_file": f"{keys}/client.key",
        },
        "file_sd_configs": [{"files": [f"{_TARGETS}/{member.folder}.json"]}],
    }


def _scraped(target: Target) -> dict[str, object]:
    node = target.node
    labels = {"department": node.department, "node": node.id, "kind": node.kind}
    if target.unit:
        labels["unit"] = target.unit
    return {"targets": [f"{HOST}:{target.port}"], "labels": labels}
