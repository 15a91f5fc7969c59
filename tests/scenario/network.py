"""The network that fabric-gateway's scenarios are written for, made by our own network tool.

Three organisations, five peers, three Raft orderers of a fourth, a chaincode process a peer; the
collections are those of the checkout's own collections_config.json.

The features call peers by the addresses of the suite's containers, `peer0.org1.example.com:7051`
and so on. Here every node listens on 127.0.0.1, on ports that are free, and that is what Fabric
says of it. `PEERS` names each address once and each of our peers once, so nothing is lost by the
translation; that a peer is the one so named is not taken on trust: `check_names` asks it for its
certificate. Hosts by these names would have to be written into the machine's /etc/hosts, or need
root for a namespace of their own: neither is for a test to do.
"""

import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509

import weftwork
from weftwork.admin import ChaincodeDefinition, Collection, Lifecycle
from weftwork_network import Network
from weftwork_network.serving import read_serving
from weftwork_network.topology import Node

CHANNEL = "mychannel"
CHAINCODES = ("basic", "private", "errors")
COLLECTIONS = "scenario/fixtures/chaincode/golang/{name}/collections_config.json"
LIBRARY = "scenario_chaincodes"

PEERS = {
    "peer0.org1.example.com:7051": "org1-peer0",
    "peer1.org1.example.com:9051": "org1-peer1",
    "peer0.org2.example.com:8051": "org2-peer0",
    "peer1.org2.example.com:10051": "org2-peer1",
    "peer0.org3.example.com:11051": "org3-peer0",
}
"""A peer's address in the features, and the node of ours that it stands for."""

_CALL = weftwork.CallOptions(timeout=30, wait_for_ready=True)
_PATIENT = weftwork.Options(evaluate=_CALL, endorse=_CALL, submit=_CALL, commit_status=_CALL)
_READY = 60.0
_PAUSE = 0.1


def definition() -> dict[str, object]:
    """What network.yaml says of it.

    The policies are placeholders: a scenario deploys with its own. The tool itself takes none that
    any client of an organisation satisfies, such as the scenarios' `Org1MSP.member`.
    """
    organizations = {"Org1": 2, "Org2": 2, "Org3": 1}
    return {
        "channel": {
            "name": CHANNEL,
            "profile": "Scenario",
            "departments": list(organizations),
            "orderers": ["Ordering"],
        },
        "ordering": "raft",
        "chaincode_processes": "peer",
        "departments": [
            *(
                {
                    "name": name,
                    "domain": f"{name.lower()}.example.com",
                    "peers": peers,
                    "users": [{"name": "User1"}],
                }
                for name, peers in organizations.items()
            ),
            {
                "name": "Ordering",
                "mspid": "OrdererMSP",
                "domain": "example.com",
                "peers": 0,
                "orderers": [{"name": f"orderer{n}"} for n in (1, 2, 3)],
            },
        ],
        "chaincodes": [
            {
                "name": name,
                "contract": f"{LIBRARY}:{name.capitalize()}",
                "policy": "OR('Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')",
            }
            for name in CHAINCODES
        ],
    }


def collections_of(checkout: Path, chaincode: str) -> tuple[Collection, ...]:
    """A chaincode's private data collections as the checkout's fixtures say, if they say any."""
    file = checkout / COLLECTIONS.format(name=chaincode)
    if not file.exists():
        return ()
    return tuple(
        Collection(
            name=each["name"],
            members=each["policy"],
            required_peers=each["requiredPeerCount"],
            maximum_peers=each["maxPeerCount"],
            block_to_live=each["blockToLive"],
            member_only_read=each["memberOnlyRead"],
            member_only_write=each["memberOnlyWrite"],
            endorsement_policy=each.get("endorsementPolicy", {}).get("signaturePolicy", ""),
        )
        for each in json.loads(file.read_text(encoding="utf-8"))
    )


class Stage:
    """The running network as the steps use it."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.network = Network.open(folder)
        self._checkout = checkout
        self._gateways: dict[str, weftwork.Gateway] = {}
        self._deployed: dict[str, ChaincodeDefinition] = {}

    def close(self) -> None:
        """Closes what was opened for deployments."""
        for gateway in self._gateways.values():
            gateway.close()

    # --- nodes

    def node(self, host: str) -> Node:
        """The peer that a feature names by its host."""
        return next(self._node(address) for address in PEERS if address.split(":")[0] == host)

    def address(self, featured: str) -> str:
        """Where the peer of an address in the features really listens."""
        return self._node(featured).address

    def check_names(self) -> None:
        """Every peer shows a certificate of the name by which the features call it."""
        for featured in PEERS:
            host = featured.split(":")[0]
            shown = _names_shown(self.address(featured))
            if host not in shown:
                raise AssertionError(f"{self.address(featured)} is {shown}, not {host}")

    def check_channels(self) -> None:
        """Every peer and orderer holds the channel."""
        rows = {row.node: row for row in self.network.status().nodes}
        for node in self.network.topology.channels[0].nodes:
            if CHANNEL not in rows[node.id].heights:
                raise AssertionError(f"{node.id} has not joined {CHANNEL}: {rows[node.id]}")

    def start_all(self) -> None:
        """Starts again what does not run: peers that were stopped, chaincode that has crashed."""
        backend = self.network.backend
        stopped = [node for node in self.network.topology.nodes if backend.running(node.id) is None]
        for node in stopped:
            self.network.start_node(node.id)
        if stopped:
            _until(
                lambda: all(
                    node.kind != "chaincode" or self.network.backend.chaincode_listens(node)
                    for node in stopped
                ),
                f"{', '.join(node.id for node in stopped)} to listen",
            )
            self.wait_endorsers()

    def stop(self, host: str) -> None:
        """Stops a peer."""
        self.network.stop_node(self.node(host).id)

    def start(self, host: str) -> None:
        """Starts a peer, and waits until it endorses."""
        self.network.start_node(self.node(host).id)
        self.wait_endorsers()

    # --- chaincodes

    def deploy(self, name: str, version: str, channel: str, policy: str) -> None:
        """Has every organisation approve a definition, and one commit it, if it is another.

        The package is the one that the network tool has installed and serves.
        """
        before = self._deployed.get(name)
        if before is not None and (before.version, before.endorsement_policy) == (version, policy):
            return
        lifecycles = {
            member.mspid: Lifecycle(self._admin(member.name).network(channel), mspid=member.mspid)
            for member in self.network.topology.channels[0].with_peers
        }
        first = next(iter(lifecycles.values()))
        committed = first.committed(name)
        wanted = ChaincodeDefinition(
            name=name,
            version=version,
            sequence=committed.sequence + 1 if committed else 1,
            endorsement_policy=policy,
            collections=collections_of(self._checkout, name),
        )
        if committed is None or not committed.matches(wanted):
            for mspid, lifecycle in lifecycles.items():
                lifecycle.approve(wanted, self._package(mspid, name))
            first.commit(wanted, endorsing_organizations=list(lifecycles))
        self._deployed[name] = wanted
        self.wait_endorsers()

    def wait_endorsers(self) -> None:
        """Waits until each peer's gateway finds endorsers for every chaincode deployed so far.

        Nothing is written: the transactions are endorsed and then thrown away.
        """
        for name, wanted in self._deployed.items():
            mspids = re.findall(r"(\w+)\.member", wanted.endorsement_policy)
            asked = mspids if wanted.endorsement_policy.startswith("AND") else None
            for featured in PEERS:
                self._wait_endorsed(self._node(featured), name, wanted.sequence, asked)

    def _wait_endorsed(
        self, peer: Node, chaincode: str, sequence: int, mspids: Sequence[str] | None
    ) -> None:
        contract = self._admin(peer.department, peer).network(CHANNEL).contract(chaincode)
        lifecycle = Lifecycle(
            self._admin(peer.department, peer).network(CHANNEL),
            mspid=self.network.topology.member(peer.department).mspid,
        )

        def answers() -> bool:
            committed = lifecycle.committed(chaincode)
            if committed is None or committed.sequence != sequence:
                return False
            try:
                contract.proposal("org.hyperledger.fabric:GetMetadata").endorse(timeout=10)
            except weftwork.EndorseError:
                return False
            return True

        who = f"{peer.id} to find the endorsers {', '.join(mspids or ())} of {chaincode}"
        _until(answers, who)

    def _package(self, mspid: str, chaincode: str) -> str:
        serving = read_serving(self.network.state, self.network.topology.member(mspid))
        return serving.of(chaincode)[-1].package_id

    def _node(self, featured: str) -> Node:
        return self.network.topology.node(PEERS[featured])

    def _admin(self, department: str, peer: Node | None = None) -> weftwork.Gateway:
        name = peer.host if peer is not None else ""
        key = f"{department} {name}"
        if key not in self._gateways:
            self._gateways[key] = weftwork.connect(
                self.network.profile(department), "admin", peer=name or None, options=_PATIENT
            )
        return self._gateways[key]


def _until(done: Callable[[], bool], what: str) -> None:
    """Waits for something, in seconds."""
    end = time.monotonic() + _READY
    while True:
        failure: Exception | None = None
        try:
            if done():
                return
        except weftwork.GatewayError as error:
            failure = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {_READY:.0f} s for {what}: {failure}") from failure
        time.sleep(_PAUSE)


def _names_shown(address: str) -> list[str]:
    """The DNS names of the certificate that a server shows."""
    host, port = address.rsplit(":", 1)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    certificate = x509.load_der_x509_certificate(shown or b"")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return names.value.get_values_for_type(x509.DNSName)
