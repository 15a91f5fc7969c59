"""What the files say of themselves and of each other, and of the ledger on disk."""

from weftwork_network.certificates import CertificateStore
from weftwork_network.creation import write_creation
from weftwork_network.doctor.files import check_configtx, check_ledger, read_project
from weftwork_network.project import Project


def test_a_folder_without_a_fault(folder, idle) -> None:
    assert isinstance(read_project(folder), Project)
    assert check_configtx(idle) == []
    assert list(check_ledger(idle)) == []


def test_every_fault_of_both_files_is_told(folder, change) -> None:
    change("ordering: raft", "ordering: kafka")
    change("authority: Civic", "authority: Civc")
    change("Organizations:", "Organizations: [", file="configtx.yaml")
    found = read_project(folder)
    assert isinstance(found, list)
    assert [finding.check for finding in found] == ["definition", "definition", "configtx"]
    assert found[0].where.endswith("network.yaml:7")
    assert "'kafka' is not known" in found[0].text
    assert "configtx.yaml:" in found[2].where
    assert all(finding.severity == "error" for finding in found)


def test_configtx_that_says_something_else(change, make_site) -> None:
    change("{Host: 127.0.0.1, Port: 24111}", "{Host: 127.0.0.1, Port: 9}", file="configtx.yaml")
    (finding,) = check_configtx(make_site("stopped"))
    assert "anchor peer 127.0.0.1:9 is no peer of Energy" in finding.text
    assert "configtx.yaml:" in finding.where


def test_a_ledger_of_other_addresses(change, make_site, project, state) -> None:
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "3.1.1")
    assert list(check_ledger(make_site())) == []
    change("domain: energy.example", "domain: power.example")
    (state.department(project.topology.member("Civic")) / "ca" / "cert.pem").unlink()
    found = list(check_ledger(make_site()))
    moved = next(finding for finding in found if "power.example" in finding.text)
    assert "network.yaml:" in moved.where
    assert any("cert.pem is missing, and the channel holds it" in each.text for each in found)
