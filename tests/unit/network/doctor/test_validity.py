"""Certificates on disk whose names, days or beginning are wrong."""

import datetime

import pytest

from weftwork_network.authorities import issue_tls, load_credentials
from weftwork_network.certificates import CertificateStore
from weftwork_network.creation import write_creation
from weftwork_network.doctor.validity import certificate_files, check_days, check_names, check_there

DAY = datetime.timedelta(days=1)


@pytest.fixture
def issued(project, state):
    CertificateStore(state).ensure(project.topology)
    return state


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def test_fresh_certificates(site, issued) -> None:
    assert list(check_names(site)) == []
    assert list(check_days(site)) == []


def test_before_there_are_any(site) -> None:
    assert list(check_names(site)) == []
    assert list(check_days(site)) == []


def test_what_is_missing_where_the_channel_exists(site, issued, project) -> None:
    orderer = issued.node(project.topology.node("energy-orderer0")) / "tls" / "server.crt"
    peer = issued.node(project.topology.node("civic-peer0")) / "operations" / "server.crt"
    operator = issued.operator(project.topology.member("Energy")) / "client.crt"
    write_creation(issued, project.topology, "3.1.1")
    assert list(check_there(site)) == []
    for path in (orderer, peer, operator):
        path.unlink()
    first, second, third = check_there(site)
    assert "energy-orderer0 needs it; restore it from a copy; the channel holds it" in first.text
    assert "civic-peer0 needs it; `weftwork network restart` makes a new one" in second.text
    assert "without it no node of Energy can be asked" in third.text
    issued.created.unlink()
    assert list(check_there(site)) == []  # the next `up` makes them all


def test_ledgers_are_not_searched(site, issued) -> None:
    data = site.state.data(site.topology.node("energy-peer0"))
    data.mkdir()
    (data / "x.crt").write_text("")
    files = certificate_files(site.state.departments)
    assert data / "x.crt" not in files
    assert len(files) == len(set(files)) > 30


def test_a_cas_own_certificate(change, make_site, state) -> None:
    change("ordering: raft", "ordering: raft\nca: fabric-ca")
    site = make_site()
    CertificateStore(state).ensure(site.topology)
    assert list(check_names(site)) == []
    (ca, *_) = site.topology.authorities
    wrong = state.node(site.topology.orderers[0]) / "tls" / "server.crt"
    (state.node(ca) / "tls" / "server.crt").write_bytes(wrong.read_bytes())
    (finding,) = check_names(site)
    assert f"does not carry {ca.host}, by which others call logistics-ca" in finding.text


@pytest.mark.parametrize(
    ("node", "cure"), [("energy-peer0", "restart"), ("energy-orderer0", "config update")]
)
def test_a_name_that_is_missing(site, issued, project, node, cure) -> None:
    write_creation(issued, project.topology, "3.1.1")
    folder = issued.department(project.topology.member("Energy")) / "tlsca"
    authority = load_credentials(
        (folder / "cert.pem").read_bytes(), (folder / "key.pem").read_bytes()
    )
    path = issued.node(project.topology.node(node)) / "tls" / "server.crt"
    path.write_bytes(issue_tls(authority, "other", ("other.example",)).certificate_pem)
    (finding,) = check_names(site)
    assert finding.severity == "error"
    host = project.topology.node(node).host
    assert f"does not carry {host} and 127.0.0.1, by which others call {node}" in finding.text
    assert cure in finding.text


def test_days_that_run_out(site, issued) -> None:
    leaf = 730
    soon = list(check_days(site, now() + (leaf - 20) * DAY))
    assert {finding.severity for finding in soon} == {"warning"}
    assert all("19 days left; `weftwork network restart`" in finding.text for finding in soon)
    over = list(check_days(site, now() + (leaf + 1) * DAY))
    assert {finding.severity for finding in over} == {"error"}
    assert all("ended on " in finding.text for finding in over)


def test_an_orderer_of_a_channel_needs_a_config_update(site, issued, project) -> None:
    write_creation(issued, project.topology, "3.1.1")
    found = list(check_days(site, now() + 720 * DAY))
    frozen = {each.where.split("/departments/")[1] for each in found if "update" in each.text}
    assert frozen == {
        f"{d}/nodes/orderer0/tls/server.crt" for d in ("logistics", "energy", "civic")
    }
    authorities = check_days(site, now() + 3649 * DAY)
    assert sum("update" in each.text for each in authorities if "/ca/" in each.where) == 4


def test_a_clock_before_they_begin(site, issued) -> None:
    found = list(check_days(site, now() - DAY))
    assert found
    assert all("set this machine's clock right" in finding.text for finding in found)


def test_a_broken_file(site, issued, project) -> None:
    path = issued.node(project.topology.node("civic-peer0")) / "tls" / "server.crt"
    path.write_text("broken")
    (finding,) = check_days(site)
    assert "is no certificate" in finding.text
    assert finding.where.endswith("civic/nodes/peer0/tls/server.crt")
    assert list(check_names(site)) == []  # told once
