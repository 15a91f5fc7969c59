"""Ports, the loopback, programs and the disk of this machine."""

import shutil
import socket
from types import SimpleNamespace

import pytest

from weftwork_network import preflight
from weftwork_network.doctor import machine
from weftwork_network.programs import Programs
from weftwork_network.releases import RELEASES

GIGABYTES = 2**30


@pytest.fixture
def free(monkeypatch):
    def set_free(size: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=size))

    return set_free


@pytest.fixture(autouse=True)
def programs(monkeypatch, tmp_path):
    found: list[Programs | None] = [Programs(tmp_path, tmp_path, "3.1.1", "cached")]
    monkeypatch.setattr(machine, "programs_here", lambda line, progress: found[0])
    return found


def test_a_port_that_another_program_has(make_site, monkeypatch) -> None:
    monkeypatch.setattr(preflight, "port_free", lambda port: port != 24011)
    (finding,) = machine.check_ports(make_site("stopped"))
    assert finding.severity == "error"
    assert "port 24011 is in use, and logistics-peer0 needs it (listen)" in finding.text
    # The port of a node that runs is its own.
    assert machine.check_ports(make_site("running")) == []


def test_the_loopback(idle, monkeypatch) -> None:
    assert list(machine.check_hosts(idle)) == []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("192.0.2.7", 0)), (0, 0, 0, "", ("::1",))]
    )
    (finding,) = machine.check_hosts(idle)
    assert finding.severity == "warning"
    assert "localhost is 192.0.2.7, ::1; write `127.0.0.1 localhost` there" in finding.text
    monkeypatch.setattr(machine, "port_free", lambda port: False)
    assert "bring the loopback up" in next(iter(machine.check_hosts(idle))).text


def test_localhost_without_an_address(idle, monkeypatch) -> None:
    def nothing(*_: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    (finding,) = machine.check_hosts(idle)
    assert "localhost has no address" in finding.text


def test_programs_that_agree(site) -> None:
    assert list(machine.check_programs(site)) == []


def test_a_node_of_another_release(make_site) -> None:
    site = make_site(nodes={"energy-peer0": {"version": "2.5.9"}})
    wrong, apart = machine.check_programs(site)
    assert (wrong.severity, wrong.where) == ("error", "energy-peer0")
    assert "runs Fabric 2.5.9" in wrong.text
    assert "asks for 3.1" in wrong.text
    assert apart.severity == "warning"
    assert "energy-peer0 2.5.9" in apart.text


def test_programs_that_are_to_be_built(idle, programs) -> None:
    programs[0] = None
    (finding,) = machine.check_programs(idle)
    assert finding.severity == "warning"
    assert f"{RELEASES['3.1']} is not on this machine; the next `up` builds it" in finding.text


def test_a_ca_that_is_to_be_built(change, make_site, monkeypatch, tmp_path) -> None:
    change("ordering: raft", "ordering: raft\nca: fabric-ca")
    monkeypatch.setattr(machine, "ca_server_here", lambda progress: None)
    ca = {"energy-ca": {"version": "1.5.21"}}  # of another line than the peers, and rightly so
    (finding,) = machine.check_programs(make_site(nodes=ca))
    assert finding.severity == "warning"
    assert "fabric-ca 1.5.21 is not on this machine; the next `up` builds it" in finding.text
    assert finding.where.endswith("network.yaml:8")
    monkeypatch.setattr(machine, "ca_server_here", lambda progress: tmp_path)
    assert list(machine.check_programs(make_site())) == []


def test_programs_newer_than_what_runs(site, programs, tmp_path) -> None:
    programs[0] = Programs(tmp_path, tmp_path, "3.1.5", "PATH")
    (finding,) = machine.check_programs(site)
    assert "the programs are 3.1.5, the peers run 3.1.1" in finding.text


def test_fabric_bin_that_holds_nothing(idle, monkeypatch, tmp_path) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("FABRIC_BIN", str(tmp_path))
    (finding,) = machine.check_programs(idle)
    assert (finding.severity, finding.where) == ("error", "FABRIC_BIN")
    assert "no peer, orderer, configtxgen there" in finding.text


def test_the_disk(idle, free) -> None:
    free(10 * GIGABYTES)
    assert list(machine.check_disk(idle)) == []
    free(GIGABYTES)
    (finding,) = machine.check_disk(idle)
    assert finding.severity == "warning"
    free(100 * 2**20)
    (finding,) = machine.check_disk(idle)
    assert finding.severity == "error"
    # Three orderers of 128 MB, and 16 for each of the seven nodes.
    assert "100 MB free, 496 MB needed (3 orderers take 128 MB each at once)" in finding.text


def test_orderers_that_have_their_room_need_it_no_more(idle, free) -> None:
    for node in (*idle.topology.orderers, *idle.topology.peers):
        idle.state.data(node).mkdir(parents=True)
    free(2 * GIGABYTES)
    assert list(machine.check_disk(idle)) == []
