"""The network as a compose file: readable, hardened, and working on its own.

Nothing in it is secret: keys are files below the state folder, mounted read-only into the one
container that needs them. Every path is relative to the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from weftwork_network import fabric_ca
from weftwork_network.chaincode_operations import operations_port
from weftwork_network.chaincode_servers import MSPID, Unit, container_units, server_file
from weftwork_network.environment import orderer_environment, peer_environment
from weftwork_network.image_names import (
    CA_CONFIG,
    CODE,
    FABRIC_CONFIG,
    HEALTH,
    PACKAGES,
    TOOLS,
    ImageNames,
    Layout,
    tools_name,
)
from weftwork_network.places import CHAINCODE_PORT, MOUNTS, chaincode_host, container_place
from weftwork_network.serving import Serving
from weftwork_network.state import State, read_json
from weftwork_network.topology import HOST, Node, Topology

CODE_MOUNT = "/opt/weftwork/replaced"
CHANNEL = "channel"
AUTHORITIES = "authorities"

# Not oftener: each check is a program that the engine starts in the container.
_HEALTH_EVERY = "30s"

_SCRATCH = "/tmp:mode=1777"  # noqa: S108 - the container's own, in memory

# Containers that only this machine calls: they reach neither each other nor anybody outside.
_APART: dict[str, object] = {
    "driver_opts": {
        "com.docker.network.bridge.enable_icc": "false",
        "com.docker.network.bridge.enable_ip_masquerade": "false",
    }
}

# Containers whom nobody outside can answer: they keep addresses that are known here alone. Not
# `internal`: no port of such a network is published, and metrics are read from this machine.
_NO_WAY_OUT: dict[str, object] = {
    "driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}
}

_HEAD = """\
# Made by `weftwork network up` from network.yaml: edit that instead.
#
# Works without the tool too, for what it has prepared:
#   docker-compose -f compose.yaml up -d       (or: docker compose -f compose.yaml up -d)
#   docker-compose -f compose.yaml down        keeps the ledgers, which are in the named volumes
# The file .env beside it holds the project's name.

x-node: &node
  restart: unless-stopped
  user: "{user}"
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  stop_grace_period: 10s
  logging: {{driver: json-file, options: {{max-size: 20m, max-file: "3"}}}}

"""


@dataclass(frozen=True)
class Limits:
    """What a container may take.

    Attributes:
        memory: as compose writes it.
        processes: threads count.
    """

    memory: str
    processes: int


LIMITS = {
    "ca": Limits("256m", 256),
    "peer": Limits("1g", 1024),
    "orderer": Limits("768m", 512),
    "chaincode": Limits("384m", 128),
}


@dataclass(frozen=True)
class ComposeFile:
    """What a compose file is made from.

    Attributes:
        state: the state folder, which the file lies in.
        topology: the network.
        names: the images.
        project: the project's name, which container names begin with.
        user: who runs in the containers, `uid:gid`.
        serving: by department, what its chaincode processes serve.
    """

    state: State
    topology: Topology
    names: ImageNames
    project: str
    user: str
    serving: Mapping[str, Serving]

    def text(self) -> str:
        """The file's text."""
        services = {node.id: self._authority(node) for node in self.topology.authorities}
        services |= {node.id: self._node(node) for node in self.topology.orderers}
        services |= {node.id: self._node(node) for node in self.topology.peers}
        for node in self.topology.chaincode_servers:
            for unit in container_units(node, self.serving[node.department]):
                services[unit.id] = self._chaincode(unit)
        parts = [_HEAD.format(user=self.user), "services:\n"]
        labelled = {"labels": self._labels()} if self._labels() else {}
        for name, service in services.items():
            service |= labelled
            body = yaml.safe_dump(service, sort_keys=False, width=1000)
            indented = "".join(f"    {line}\n" for line in body.splitlines())
            parts.append(f"  {name}:\n    <<: *node\n{indented}\n")
        # A department's chaincodes have no way out and nobody but its own peers can call them;
        # this machine alone reads their metrics.
        networks: dict[str, dict[str, object]] = {CHANNEL: {}}
        if self.topology.authorities:
            networks[AUTHORITIES] = _APART
        networks |= {m.folder: _NO_WAY_OUT for m in self.topology.members if m.chaincode_nodes}
        nodes = (*self.topology.authorities, *self.topology.orderers, *self.topology.peers)
        volumes: dict[str, dict[str, object]] = {node.id: {} for node in nodes}
        rest: dict[str, object] = {
            "networks": {name: network | labelled for name, network in networks.items()},
            "volumes": {name: volume | labelled for name, volume in volumes.items()},
        }
        parts.append(yaml.safe_dump(rest, sort_keys=False))
        return "".join(parts)

    def _node(self, node: Node) -> dict[str, Any]:
        member = self.topology.member(node.department)
        layout = self.names.layout(node.kind)
        place = container_place(layout)
        own = self._path(self.state.node(node))
        listen = node.ports["listen"]
        service: dict[str, Any] = {
            "image": self.names.of(node.kind),
            "container_name": container_name(self.project, node.id),
            "hostname": node.host,
            "networks": {CHANNEL: {"aliases": [node.host]}},
            "ports": self._ports(node),
            "volumes": [
                f"{node.id}:{layout.data}",
                *(f"{own}/{kind}:{place.node}/{kind}:ro" for kind in ("msp", "tls", "operations")),
                f"{self._path(self.state.tls_roots)}:{place.tls_roots}:ro",
            ],
            "tmpfs": [f"{_SCRATCH},size=256m"],
            **_limited(node.kind),
            "healthcheck": _health(layout.health, "grpc", f"{HOST}:{listen}", f"{place.node}/tls"),
        }
        self._complete(service, layout)
        if node.kind == "orderer":
            environment = orderer_environment(place, member, node)
        else:
            environment = peer_environment(place, member, node, peers=len(self.topology.peers))
            if member.chaincode_nodes:
                service["networks"][member.folder] = {}
            connections = self._path(self.state.connections(node))
            service["volumes"].append(f"{connections}:{place.connections}:ro")
            # Holds the peer's key for its chaincodes as the builder released it: made anew at
            # every start, never on a disk. By its owner and not by its mode: from the second start
            # on the mode is that of the folder in the volume, which is root's.
            owner = "uid={},gid={}".format(*self.user.split(":"))
            service["tmpfs"].append(f"{layout.data}/externalbuilder:{owner},mode=0700,size=64m")
        service["environment"] = {name: _literal(text) for name, text in environment.items()}
        return service

    def _authority(self, node: Node) -> dict[str, Any]:
        member = self.topology.member(node.department)
        layout = self.names.layout(node.kind)
        place = container_place(layout)
        own = self._path(self.state.node(node))
        department = self._path(self.state.department(member))
        # The file holds the first registrar's secret too, and is readable by its user alone.
        configuration = f"{own}/{fabric_ca.REGISTER}/{CA_CONFIG}"
        keys = f"{place.node}/tls", f"{place.node}/operations"
        pages = f"{node.ports['listen']}/cainfo", f"{node.ports['operations']}/healthz"
        service: dict[str, Any] = {
            "image": self.names.ca,
            "container_name": container_name(self.project, node.id),
            "hostname": node.host,
            "networks": {AUTHORITIES: {}},
            "ports": self._ports(node),
            "volumes": [
                f"{node.id}:{layout.data}",
                f"{configuration}:{layout.data}/{CA_CONFIG}:ro",
                f"{department}/ca:{MOUNTS}/ca:ro",
                *(f"{own}/{kind}:{place.node}/{kind}:ro" for kind in ("tls", "operations")),
            ],
            "tmpfs": [f"{_SCRATCH},size=64m"],
            **_limited("ca"),
            "healthcheck": _health(
                layout.health,
                *("https", f"{HOST}:{pages[0]}", keys[0]),
                *("https", f"{HOST}:{pages[1]}", keys[1]),
            ),
        }
        self._complete(service, layout)
        return service

    def _ports(self, node: Node) -> list[str]:
        """On this machine alone, but for what others are to call where an address is published."""
        ports = [f"{HOST}:{port}:{port}" for use, port in node.ports.items() if use != "chaincode"]
        if node.kind != "orderer" and self.topology.publish != HOST:
            listen = node.ports["listen"]
            ports.append(f"{self.topology.publish}:{listen}:{listen}")
        return ports

    def _complete(self, service: dict[str, Any], layout: Layout) -> None:
        """Adds what an image made elsewhere lacks, in place of the volumes that it asks for."""
        if layout.ours:
            return
        service["entrypoint"] = list(layout.entrypoint)
        tools = self._path(self.state.tools / tools_name(self.topology))
        service["volumes"] += [f"{tools}:{TOOLS}:ro", f"{tools}/config:{FABRIC_CONFIG}:ro"]
        service["tmpfs"].append("/var/hyperledger:size=1m")

    def _chaincode(self, unit: Unit) -> dict[str, Any]:
        member = self.topology.member(unit.node.department)
        (package,) = unit.services
        host = chaincode_host(unit.node, package.name, package.version)
        tls = self._path(self.state.node(unit.node)) + "/tls"
        operations = self._path(self.state.node(unit.node)) + "/operations"
        config = self._path(server_file(self.state, unit))
        port = operations_port(self.topology, unit)
        service: dict[str, Any] = {
            "image": self.names.chaincode(package.name, package.code_sha256),
            "container_name": container_name(self.project, unit.id),
            "hostname": host,
            "command": [f"{MOUNTS}/server.json"],
            "networks": {member.folder: {"aliases": [host]}},
            **({"ports": [f"{HOST}:{port}:{port}"]} if port is not None else {}),
            "volumes": [
                f"{config}:{MOUNTS}/server.json:ro",
                *(
                    f"{tls}/{file}:{MOUNTS}/tls/{file}:ro"
                    for file in ("server.crt", "server.key", "ca.crt")
                ),
                f"{operations}:{MOUNTS}/operations:ro",
            ],
            # What it sends dies at the first router, and nobody is asked for names outside.
            "sysctls": {"net.ipv4.ip_default_ttl": "1"},
            "dns": [HOST],
            "tmpfs": [f"{_SCRATCH},size=64m"],
            **_limited("chaincode"),
            "healthcheck": _health(HEALTH, "tls", f"{HOST}:{CHAINCODE_PORT}", f"{MOUNTS}/tls"),
        }
        service["environment"] = {MSPID: member.mspid}
        if package.name in self.serving[member.name].replaced:
            folder = self._path(replacement_folder(self.state, unit))
            service["volumes"].append(f"{folder}:{CODE_MOUNT}:ro")
            service["environment"]["PYTHONPATH"] = f"{CODE_MOUNT}:{CODE}:{PACKAGES}"
        return service

    def _labels(self) -> dict[str, str]:
        """What marks everything as somebody's own, e.g. as that of a session of tests."""
        labels = read_json(self.state.labels, dict[str, str]) or {}
        return {name: _literal(text) for name, text in labels.items()}

    def _path(self, path: Path) -> str:
        return f"./{path.relative_to(self.state.folder)}"


def replacement_folder(state: State, unit: Unit) -> Path:
    """Where the code lies that a unit serves in place of what was approved."""
    return state.folder / "replaced" / unit.id


def container_name(project: str, service: str) -> str:
    """A service's container."""
    return f"{project}-{service}"


def services_of(node: Node, serving: Serving) -> list[str]:
    """The services that a node is: one, or one a package that it serves."""
    if node.kind != "chaincode":
        return [node.id]
    return [unit.id for unit in container_units(node, serving)]


def _limited(kind: str) -> dict[str, Any]:
    limits = LIMITS[kind]
    return {"mem_limit": limits.memory, "pids_limit": limits.processes}


def _health(*command: str) -> dict[str, Any]:
    return {
        "test": ["CMD", *command],
        "interval": _HEALTH_EVERY,
        "timeout": "5s",
        "retries": 3,
        "start_period": "10s",
    }


def _literal(text: str) -> str:
    """Text that compose leaves as it is."""
    return text.replace("$", "$$")
