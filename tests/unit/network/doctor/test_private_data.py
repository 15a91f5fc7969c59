"""Private data of which there is one copy."""

from weftwork_network.doctor.private_data import check_copies


def test_a_department_with_one_peer_holds_the_only_copy(idle) -> None:
    findings = list(check_copies(idle))
    assert {finding.severity for finding in findings} == {"warning"}
    assert len(findings) == 4
    energy = next(finding for finding in findings if "energy-peer0" in finding.text)
    assert "holds the only copy of logistics/consent_EnergyMSP, " in energy.text
    assert "run a second peer of Energy" in energy.text
    assert not any("electricity/bills" in finding.text for finding in findings)  # two members
    line = int(energy.where.rpartition(":")[2])
    written = idle.project.network_file.read_text().splitlines()
    assert written[line - 1].strip() == "peers: 1"


def test_two_peers_hold_two(change, make_site) -> None:
    change("peers: 1\n", "peers: 2\n", count=9)
    assert list(check_copies(make_site("stopped"))) == []
