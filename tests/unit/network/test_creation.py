# ruff: noqa: E501 - tables of cases read best with a case a line
"""A ledger on disk and a definition that has moved on: told before anything starts."""

import pytest

from weftwork_network.authorities import new_authority
from weftwork_network.certificates import CertificateStore
from weftwork_network.creation import creation_findings, write_creation
from weftwork_network.project import open_project
from weftwork_network.state import write_file


@pytest.fixture
def created(project, state):
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "3.1.1")
    return state


def test_the_same_definition_continues(project, created) -> None:
    assert creation_findings(project, created) == []


def test_users_and_chaincodes_may_change(folder, created, change) -> None:
    change("name: registrar", "name: recorder")
    change("    authority: Civic\n", "    policy: OR('CivicMSP.peer')\n")
    assert creation_findings(open_project(folder), created) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# `authority` is", "  - name: Harbour\n\n# `authority` is", "department Harbour is not in the ledgers on disk"),
        ("name: crosswork", "name: other", "channel other is not in the ledgers on disk"),
        ("base_port: 24000", "base_port: 25000", "node energy-peer0 is 127.0.0.1:25111 but was 127.0.0.1:24111"),
        ("domain: energy.example", "domain: power.example", "EnergyMSP at power.example but was EnergyMSP at energy.example"),
        ("    orderers: 1\n", "", "node logistics-orderer0 is in the ledgers on disk and not here"),
    ],
)  # fmt: skip
def test_what_the_first_block_holds_may_not(folder, created, change, old, new, said) -> None:
    change(old, new)
    findings = creation_findings(open_project(folder), created)
    assert any(said in finding for finding in findings), findings
    assert all("weftwork network clean" in finding for finding in findings)


def test_another_ca_is_noticed(project, created) -> None:
    path = created.department(project.topology.member("Civic")) / "ca" / "cert.pem"
    path.write_bytes(new_authority("ca.civic.example", "Civic").certificate_pem)
    (finding,) = creation_findings(project, created)
    assert "is not the certificate that the ledger was created with" in finding


def test_a_ledger_without_its_record(project, state) -> None:
    assert creation_findings(project, state) == []
    data = state.data(project.topology.node("energy-peer0"))
    write_file(data / "ledgersData" / "fileLock" / "x", "")
    assert creation_findings(project, state) == []  # a peer that never joined has no ledger
    write_file(data / "ledgersData/chains/chains/crosswork/blockfile_000000", "")
    (finding,) = creation_findings(project, state)
    assert "holds ledgers but not the record of their creation" in finding
