"""What each of Fabric's nodes is told at its start: its environment, by the settings of its config.

Stock core.yaml and orderer.yaml are read as they are; everything of ours is here.
"""

import json
import os
from pathlib import Path

from weftwork_network.gossip import gossip_timers
from weftwork_network.places import OPERATIONS_CLIENTS, Place
from weftwork_network.topology import HOST, Member, Node

# What a node inherits from whoever starts it. Not everything: a CORE_… of the user's own shell
# would change a node, and a proxy would stand between nodes on one machine.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")

_GOSSIP = {
    # A department that cheats can order an invalid transaction with private data for another
    # department and keep the data to itself: with the defaults the other's peer asks for it for a
    # minute before it commits the block.
    "PVTDATA_SKIPPULLINGINVALIDTRANSACTIONSDURINGCOMMIT": "true",
    "PVTDATA_PULLRETRYTHRESHOLD": "2s",
}

# Where a peer's builder finds how to reach each chaincode; named again in the release script.
CONNECTIONS_VARIABLE = "WEFTWORK_CHAINCODE_CONNECTIONS"

# Fabric's gateway pings its peers and orderers every ten seconds, which their stock servers punish
# by hanging up every half minute (it sets no interval, and gRPC's least is ten seconds).
_PING_INTERVAL = "5s"

# The transport tells of every connection it opens and closes: two thousand lines a start.
_LOGGING = "info:grpc=warn"

# A chaincode's transactions all come through here; Fabric's own 500 is too few for a load test.
_GATEWAY_CONCURRENCY = "5000"


def inherited() -> dict[str, str]:
    """The part of this process's environment that its nodes get."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def orderer_environment(place: Place, member: Member, node: Node) -> dict[str, str]:
    """An orderer's environment."""
    data = place.data
    tls, operations = place.node / "tls", place.node / "operations"
    settings: dict[str, str | Path | int] = {
        "GENERAL_LISTENADDRESS": place.listens,
        "GENERAL_LISTENPORT": node.ports["listen"],
        "GENERAL_LOCALMSPID": member.mspid,
        "GENERAL_LOCALMSPDIR": place.node / "msp",
        "GENERAL_BOOTSTRAPMETHOD": "none",
        "GENERAL_TLS_ENABLED": "true",
        "GENERAL_TLS_CERTIFICATE": tls / "server.crt",
        "GENERAL_TLS_PRIVATEKEY": tls / "server.key",
        "GENERAL_TLS_ROOTCAS": f"[{place.tls_roots}]",
        "GENERAL_CLUSTER_CLIENTCERTIFICATE": tls / "server.crt",
        "GENERAL_CLUSTER_CLIENTPRIVATEKEY": tls / "server.key",
        "GENERAL_CLUSTER_ROOTCAS": f"[{place.tls_roots}]",
        "GENERAL_KEEPALIVE_SERVERMININTERVAL": _PING_INTERVAL,
        "FILELEDGER_LOCATION": data,
        "CONSENSUS_WALDIR": data / "etcdraft" / "wal",
        "CONSENSUS_SNAPDIR": data / "etcdraft" / "snapshot",
        "CHANNELPARTICIPATION_ENABLED": "true",
        "METRICS_PROVIDER": "prometheus",
    }
    # What reads metrics may ask the one and not change channels by the other.
    for endpoint, clients in (("ADMIN", "ca.crt"), ("OPERATIONS", OPERATIONS_CLIENTS)):
        settings |= {
            f"{endpoint}_LISTENADDRESS": place.listen(node.ports[endpoint.lower()]),
            f"{endpoint}_TLS_ENABLED": "true",
            f"{endpoint}_TLS_CERTIFICATE": operations / "server.crt",
            f"{endpoint}_TLS_PRIVATEKEY": operations / "server.key",
            f"{endpoint}_TLS_CLIENTAUTHREQUIRED": "true",
            f"{endpoint}_TLS_CLIENTROOTCAS": f"[{operations / clients}]",
        }
    return _environment("ORDERER", settings, place)


def peer_environment(place: Place, member: Member, node: Node, *, peers: int) -> dict[str, str]:
    """A peer's environment.

    Args:
        place: its surroundings.
        member: the department that runs it.
        node: the peer.
        peers: how many peers the network has.
    """
    data, address = place.data, place.address(node)
    tls, operations = place.node / "tls", place.node / "operations"
    # Chaincode runs as services, which the peer calls: nobody calls back here.
    chaincode = f"{HOST}:{node.ports['chaincode']}"
    settings: dict[str, str | Path | int] = {
        "PEER_ID": node.host,
        "PEER_LOCALMSPID": member.mspid,
        "PEER_MSPCONFIGPATH": place.node / "msp",
        "PEER_ADDRESS": address,
        "PEER_LISTENADDRESS": place.listen(node.ports["listen"]),
        "PEER_CHAINCODEADDRESS": chaincode,
        "PEER_CHAINCODELISTENADDRESS": chaincode,
        "PEER_GOSSIP_BOOTSTRAP": " ".join(_bootstrap(place, member, node)),
        "PEER_GOSSIP_ENDPOINT": address,
        "PEER_GOSSIP_EXTERNALENDPOINT": address,
        "PEER_TLS_ENABLED": "true",
        "PEER_TLS_CERT_FILE": tls / "server.crt",
        "PEER_TLS_KEY_FILE": tls / "server.key",
        # All departments' roots: a peer dials the others before the channel has told it theirs.
        "PEER_TLS_ROOTCERT_FILE": place.tls_roots,
        "PEER_FILESYSTEMPATH": data,
        "PEER_KEEPALIVE_MININTERVAL": _PING_INTERVAL,
        "PEER_LIMITS_CONCURRENCY_GATEWAYSERVICE": _GATEWAY_CONCURRENCY,
        "LEDGER_SNAPSHOTS_ROOTDIR": data / "snapshots",
        "OPERATIONS_LISTENADDRESS": place.listen(node.ports["operations"]),
        "OPERATIONS_TLS_ENABLED": "true",
        "OPERATIONS_TLS_CERT_FILE": operations / "server.crt",
        "OPERATIONS_TLS_KEY_FILE": operations / "server.key",
        "OPERATIONS_TLS_CLIENTAUTHREQUIRED": "true",
        "OPERATIONS_TLS_CLIENTROOTCAS_FILES": operations / OPERATIONS_CLIENTS,
        "METRICS_PROVIDER": "prometheus",
        # Always empty: a peer pings whatever container engine answers at the stock address.
        "VM_ENDPOINT": "",
        # A service registers within milliseconds or never; the stock five minutes are for images
        # that are built first, and no block is committed while a transaction waits for them.
        "CHAINCODE_STARTUPTIMEOUT": "5s",
        "CHAINCODE_EXTERNALBUILDERS": json.dumps([_builder(place)]),
    }
    gossip = _GOSSIP | gossip_timers(peers)
    settings |= {f"PEER_GOSSIP_{name}": value for name, value in gossip.items()}
    environment = _environment("CORE", settings, place)
    environment[CONNECTIONS_VARIABLE] = str(place.connections)
    return environment


def _bootstrap(place: Place, member: Member, node: Node) -> list[str]:
    others = [place.address(peer) for peer in member.peers if peer is not node]
    return others or [place.address(node)]


def _builder(place: Place) -> dict[str, object]:
    return {
        "name": "weftwork_ccaas",
        "path": str(place.builder),
        "propagateEnvironment": [CONNECTIONS_VARIABLE],
    }


def _environment(
    prefix: str, settings: dict[str, str | Path | int], place: Place
) -> dict[str, str]:
    return {
        **place.inherited,
        "FABRIC_CFG_PATH": str(place.config),
        "FABRIC_LOGGING_SPEC": _LOGGING,
        **{f"{prefix}_{name}": str(value) for name, value in settings.items()},
    }
