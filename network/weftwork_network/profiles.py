"""What a department's programs connect with: its connection profile and its wallet."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from weftwork_network.certificates import ADMIN
from weftwork_network.places import named_address
from weftwork_network.state import State, write_file
from weftwork_network.topology import HOST, Member, Node, Topology


def write_profiles(state: State, topology: Topology) -> None:
    """Writes every department's profile (YAML and JSON) and wallet, where they have changed."""

    def published(node: Node) -> str:
        # A CA answers this machine alone.
        host = HOST if node.kind == "ca" else topology.publish
        return f"{host}:{node.ports['listen']}"

    for member in topology.members:
        if not member.peers:
            continue
        folder = state.department(member)
        profile = _profile(state, topology, member, published)
        head = f"# How {member.name} reaches the network; made by `weftwork network up`.\n"
        text = head + yaml.safe_dump(profile, sort_keys=False)
        _write(folder / "profile.yaml", text)
        _write(folder / "profile.json", json.dumps(profile, indent=1) + "\n")
        for user in (ADMIN, *(user.name for user in member.users)):
            _write(folder / "wallet" / f"{user}.id", _entry(state, member, user), secret=True)


def write_inside_profile(state: State, topology: Topology, member: Member) -> Path:
    """Writes a department's profile for clients in containers, who call peers by name.

    Returns:
        The file, beside the department's own profile.
    """
    path = state.department(member) / "profile-inside.yaml"
    profile = _profile(state, topology, member, named_address)
    head = f"# How {member.name} reaches the network from a container on it.\n"
    _write(path, head + yaml.safe_dump(profile, sort_keys=False))
    return path


def _profile(
    state: State,
    topology: Topology,
    member: Member,
    address: Callable[[Node], str],
) -> dict[str, object]:
    roots = (state.department(member) / "tlsca" / "cert.pem").read_text()
    names = [node.host for node in member.peers]
    channels = [channel.name for channel in topology.channels if member in channel.members]

    def dialled(nodes: Iterable[Node]) -> dict[str, object]:
        return {
            node.host: {
                "url": f"grpcs://{address(node)}",
                "tlsCACerts": {"pem": roots},
                "grpcOptions": {"ssl-target-name-override": node.host},
            }
            for node in nodes
        }

    authorities = {
        node.host: {
            "url": f"https://{address(node)}",
            "caName": node.host,
            "tlsCACerts": {"pem": roots},
        }
        for node in filter(None, [member.ca])
    }
    organization = {"mspid": member.mspid, "peers": names, "certificateAuthorities": [*authorities]}
    return {
        "name": "-".join([*channels[:1], member.folder]),
        "version": "1.0.0",
        "client": {"organization": member.name},
        "channels": {channel: {"peers": {name: {} for name in names}} for channel in channels},
        "organizations": {member.name: organization},
        "orderers": dialled(member.orderers),
        "peers": dialled(member.peers),
        "certificateAuthorities": authorities,
        "x-weftwork": {"wallet": "./wallet"},
    }


def _entry(state: State, member: Member, user: str) -> str:
    folder = state.user(member, user) / "msp"
    entry = {
        "credentials": {
            "certificate": (folder / "signcerts" / "cert.pem").read_text(),
            "privateKey": (folder / "keystore" / "key.pem").read_text(),
        },
        "mspId": member.mspid,
        "type": "X.509",
        "version": 1,
    }
    return json.dumps(entry, indent=1) + "\n"


def _write(path: Path, content: str, *, secret: bool = False) -> None:
    if not path.exists() or path.read_text() != content:
        write_file(path, content, secret=secret)
