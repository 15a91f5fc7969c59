"""What nodes and chaincode processes are told, and what their metrics tell."""

import json
from pathlib import Path

import pytest

from weftwork_network.environment import inherited, orderer_environment, peer_environment
from weftwork_network.errors import ProgramError
from weftwork_network.image_names import Layout
from weftwork_network.operations import Metrics
from weftwork_network.places import container_place, process_place
from weftwork_network.preflight import address_findings, port_findings
from weftwork_network.programs import Programs, find_programs
from weftwork_network.progress import Silent
from weftwork_network.releases import PROGRAMS, RELEASES

PROGRAMS_HERE = Programs(Path("/opt/bin"), Path("/opt/config"), "3.1.1", "cached")


def test_every_listener_of_a_node_is_under_tls_and_asks_who_comes(project, state) -> None:
    energy = project.topology.member("Energy")
    orderer = orderer_environment(_place(state, energy.orderers[0]), energy, energy.orderers[0])
    peer = peer_environment(_place(state, energy.peers[0]), energy, energy.peers[0], peers=4)
    for name in ("GENERAL_TLS_ENABLED", "ADMIN_TLS_ENABLED", "ADMIN_TLS_CLIENTAUTHREQUIRED",
                 "OPERATIONS_TLS_ENABLED", "OPERATIONS_TLS_CLIENTAUTHREQUIRED"):  # fmt: skip
        assert orderer[f"ORDERER_{name}"] == "true"
    for name in ("PEER_TLS_ENABLED", "OPERATIONS_TLS_ENABLED", "OPERATIONS_TLS_CLIENTAUTHREQUIRED"):
        assert peer[f"CORE_{name}"] == "true"
    # what reads metrics may ask operations endpoints; channels are the operators' alone
    assert peer["CORE_OPERATIONS_TLS_CLIENTROOTCAS_FILES"].endswith("operations/clients.crt")
    assert orderer["ORDERER_OPERATIONS_TLS_CLIENTROOTCAS"].endswith("operations/clients.crt]")
    assert orderer["ORDERER_ADMIN_TLS_CLIENTROOTCAS"].endswith("operations/ca.crt]")
    assert peer["CORE_VM_ENDPOINT"] == ""
    listeners = [value for name, value in {**orderer, **peer}.items() if "LISTENADDRESS" in name]
    assert listeners
    assert all(value.startswith("127.0.0.1") for value in listeners)


def test_in_a_container_a_node_listens_for_its_networks_and_is_called_by_its_name(project) -> None:
    energy = project.topology.member("Energy")
    peer = peer_environment(container_place(Layout()), energy, energy.peers[0], peers=4)
    for name in ("PEER_ADDRESS", "PEER_GOSSIP_ENDPOINT", "PEER_GOSSIP_EXTERNALENDPOINT"):
        host, _, port = peer[f"CORE_{name}"].partition(":")
        assert host == "peer0.energy.example"
        assert port == str(energy.peers[0].ports["listen"])
    assert peer["CORE_PEER_LISTENADDRESS"].startswith("0.0.0.0:")
    assert not {name for name in peer if not name.startswith(("CORE_", "FABRIC_", "WEFTWORK_"))}


def test_the_users_own_settings_do_not_reach_a_node(project, state, monkeypatch) -> None:
    monkeypatch.setenv("CORE_PEER_LOCALMSPID", "Stranger")
    monkeypatch.setenv("CORE_LEDGER_STATE_STATEDATABASE", "CouchDB")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    energy = project.topology.member("Energy")
    peer = peer_environment(_place(state, energy.peers[0]), energy, energy.peers[0], peers=4)
    assert peer["CORE_PEER_LOCALMSPID"] == "EnergyMSP"
    assert "HTTPS_PROXY" not in peer
    assert "CORE_LEDGER_STATE_STATEDATABASE" not in peer


METRICS = """\
# HELP consensus_etcdraft_is_leader The leadership status
consensus_etcdraft_is_leader{channel="crosswork"} 1
fabric_version{version="3.1.1"} 1
gossip_membership_total_peers_known{channel="crosswork"} 3
ledger_blockchain_height{channel="crosswork"} 12
ledger_blockchain_height{channel="other"} 99
ledger_blockchain_height_other 7
"""


def test_metrics() -> None:
    metrics = Metrics(METRICS)
    assert metrics.height("crosswork") == 12
    assert metrics.height("none") is None
    assert metrics.leads("crosswork")
    assert not metrics.leads("other")
    assert metrics.peers_known("crosswork") == 3
    assert metrics.version() == "3.1.1"


def test_who_leads_under_bft() -> None:
    metrics = Metrics(
        'consensus_BFT_is_leader{channel="a"} 1\nconsensus_BFT_is_leader{channel="b"} 0\n'
    )
    assert metrics.leads("a")
    assert not metrics.leads("b")


def test_a_port_in_use_names_port_node_and_line(project) -> None:
    import socket

    node = project.topology.node("energy-peer0")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", node.ports["listen"]))
        listener.listen()
        (finding,) = port_findings(project, [node])
    assert finding.startswith("port 24111 is in use, and energy-peer0 needs it (listen)")
    assert "network.yaml:12" in finding
    assert list(port_findings(project, [node])) == []


def fake_programs(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "config").mkdir()
    for name in PROGRAMS:
        path = folder / "bin" / name
        path.write_text(f"#!/bin/sh\necho '{name}:'; echo ' Version: {version}'\n")
        path.chmod(0o755)
    for name in ("core.yaml", "orderer.yaml"):
        (folder / "config" / name).write_text("")
    return folder / "bin"


def test_programs_that_are_named_or_on_the_path(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    newer = fake_programs(tmp_path / "newer", "v3.1.5")
    monkeypatch.setenv("FABRIC_BIN", str(newer))
    found = find_programs("3.1", Silent())
    assert (found.version, found.origin, found.folder) == ("3.1.5", "FABRIC_BIN", newer)
    monkeypatch.delenv("FABRIC_BIN")
    monkeypatch.setenv("PATH", f"{newer}:/usr/bin:/bin")
    assert find_programs("3.1", Silent()).origin == "PATH"


def test_programs_of_another_line_are_refused_in_words(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FABRIC_BIN", str(fake_programs(tmp_path / "old", "2.5.9")))
    with pytest.raises(ProgramError, match=r"peer is version 2\.5\.9, not 3\.1\.x; point it at"):
        find_programs("3.1", Silent())
    monkeypatch.setenv("FABRIC_BIN", str(tmp_path / "nothing"))
    with pytest.raises(ProgramError, match="no peer, orderer, configtxgen there"):
        find_programs("3.1", Silent())


def test_the_cache_is_believed_only_when_whole(tmp_path, monkeypatch) -> None:
    from weftwork_network import programs

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("FABRIC_BIN", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    cache = RELEASES["3.1"].cache
    fake_programs(cache, "3.1.1")
    sizes = {name: (cache / "bin" / name).stat().st_size for name in PROGRAMS}
    (cache / "manifest.json").write_text(json.dumps({"version": "3.1.1", "sizes": sizes}))
    assert find_programs("3.1", Silent()).origin == "cached"
    (cache / "bin" / "peer").write_text("half")

    def building(*_: object) -> Path:
        raise ProgramError("would build")

    monkeypatch.setattr(programs, "build", building)
    with pytest.raises(ProgramError, match="would build"):
        find_programs("3.1", Silent())


def _place(state, node):
    return process_place(state, PROGRAMS_HERE, node, inherited())


@pytest.mark.parametrize(("address", "told"), [("127.0.0.2", True), ("192.0.2.7", False)])
def test_a_machine_with_its_cable_out_is_told(tmp_path, address: str, told: bool) -> None:
    """Fabric's peers want an address besides the loopback's, and say so in a stack trace."""
    table = tmp_path / "fib_trie"
    table.write_text(
        f"Main:\n  |-- 127.0.0.1\n    /32 host LOCAL\n  |-- {address}\n"
        "    /32 host LOCAL\n  |-- 203.0.113.0\n    /24 link UNICAST\n"
    )
    found = list(address_findings(table))
    assert bool(found) is told
    assert not list(address_findings(tmp_path / "elsewhere"))
