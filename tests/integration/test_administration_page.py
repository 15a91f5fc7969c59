"""docs/administration.md: its blocks run as they stand there, on a network of four departments."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import weftwork
from tests.integration.documents import shown
from weftwork import admin
from weftwork.admin import ChaincodePackage, CommittedDefinition, ConfigUpdate, PeerAdmin, Readiness
from weftwork.profile import Endpoint, load_profile
from weftwork.wallet import FileWallet
from weftwork_network import Network
from weftwork_protos import configtx_pb2, orderer_pb2

PAGE = "docs/administration.md"
DEPARTMENTS = ("Logistics", "Energy", "Property", "Civic")
INDEX = {"index": {"fields": ["owner"]}, "ddoc": "owner", "name": "owner", "type": "json"}


def run(name: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(shown(PAGE, name), PAGE, "exec"), names)
    return names


def shipping(folder: Path, network: Network) -> None:
    """A service's folder, and where each department's peers reach it on this machine."""
    code = folder / "shipping"
    (code / "META-INF/statedb/couchdb/indexes").mkdir(parents=True)
    (code / "META-INF/statedb/couchdb/indexes/owner.json").write_text(json.dumps(INDEX))
    connection = {"address": "127.0.0.1:9", "dial_timeout": "1s", "tls_required": False}
    (code / "connection.json").write_text(json.dumps(connection))
    for node in network.topology.peers:
        known = network.state.connections(node)
        (known / "shipping_1.0.json").write_text(json.dumps(connection))


def update(network: Network, peer: PeerAdmin) -> bytes:
    """A change that `configtxlator` might have made."""
    before = peer.config_bytes(network.channel)
    config = configtx_pb2.Config.FromString(before)
    value = config.channel_group.groups["Orderer"].values["BatchTimeout"]
    value.value = orderer_pb2.BatchTimeout(timeout="3s").SerializeToString()
    return ConfigUpdate.between(network.channel, before, config.SerializeToString()).update


def test_the_page(
    own_network: Callable[..., Network],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = own_network()
    network.up()
    names: dict[str, Any] = {"weftwork": weftwork, "Path": Path}
    names |= {name: getattr(admin, name) for name in admin.__all__}
    monkeypatch.chdir(tmp_path)
    shipping(tmp_path, network)
    run("package", names)
    package: ChaincodePackage = admin.read_package(Path("shipping.tgz").read_bytes())
    for department in DEPARTMENTS:
        monkeypatch.chdir(network.profile(department).parent)
        Path("shipping.tgz").write_bytes((tmp_path / "shipping.tgz").read_bytes())
        run("approve", names)
        assert names["package_id"] == package.id
    capsys.readouterr()
    run("commit", names)
    readiness: Readiness = names["readiness"]
    assert readiness.unanimous
    assert "approved by CivicMSP, EnergyMSP, LogisticsMSP, PropertyMSP" in capsys.readouterr().out
    committed: CommittedDefinition = names["committed"]
    assert committed.matches(names["definition"])
    assert committed.approvals == dict.fromkeys(readiness.approved, True)

    profile = load_profile(network.profile("Logistics"))
    boss = FileWallet(network.profile("Logistics").parent / "wallet").get("admin")
    node = network.topology.orderers[0]
    roots = profile.peer().roots
    with PeerAdmin(profile.peer(), boss.identity, boss.signer()) as peer:
        assert package.id in [found.package_id for found in peer.installed()]
        Path("update.bin").write_bytes(update(network, peer))
        names["profile"], names["admin"] = profile, boss
        names["administrators"] = [
            FileWallet(network.profile(department).parent / "wallet").get("admin")
            for department in DEPARTMENTS
        ]
        listen = node.ports["listen"]
        names["orderer"] = Endpoint(node.host, "127.0.0.1", listen, roots, node.host)
        run("config", names)
        until = time.monotonic() + 10
        while peer.config(network.channel).sequence != 1:
            assert time.monotonic() < until, "the change is in no block"
            time.sleep(0.05)
    run("discovery", names)
    assert len(names["peers"]) == 4
    assert frozenset({"LogisticsMSP", "PropertyMSP"}) in names["enough"]
