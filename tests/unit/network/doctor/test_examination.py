"""All checks together, and the command that shows what they find."""

import json

import pytest

from weftwork.cli import main
from weftwork_network import preflight
from weftwork_network.doctor import Finding, Report, examine
from weftwork_network.doctor.examination import CHECKS
from weftwork_network.schema import schema_text


@pytest.fixture(autouse=True)
def _ports_are_free(monkeypatch) -> None:
    """Whatever else runs on this machine meanwhile."""
    monkeypatch.setattr(preflight, "port_free", lambda port: True)


def command(monkeypatch, capsys, *words: str) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["weftwork", "network", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().out


def test_a_network_before_its_first_start(folder) -> None:
    report = examine(folder)
    assert report.errors == 0
    assert report.waiting == ("the channel and its chaincodes: no peer runs",)
    assert any("only copy" in finding.text for finding in report.findings)
    assert not (folder / ".weftwork").exists()  # it changes nothing


def test_faults_of_different_kinds_are_told_at_once(folder, change) -> None:
    change("OrdererType: etcdraft", "OrdererType: solo", file="configtx.yaml")
    change("weftwork_contracts.casework.contract:Casework", "nowhere_at_all.contract:Casework")
    report = examine(folder)
    checks = {finding.check for finding in report.findings}
    assert checks >= {"configtx", "chaincodes", "private data"}
    kinds = [finding.severity for finding in report.findings]
    assert kinds == sorted(kinds)  # errors first


def test_a_definition_that_cannot_be_read(folder, change) -> None:
    change("ordering: raft", "ordering: kafka")
    report = examine(folder)
    assert report.errors == 1
    assert report.waiting


def test_every_check_is_made() -> None:
    names = {check.__name__ for check in CHECKS}
    assert {"check_ports", "check_disk", "check_clock", "check_days", "check_nodes"} <= names
    assert len(names) == len(CHECKS)


def test_the_report_for_programs() -> None:
    report = Report((Finding("error", "disk", "here", "full"), Finding("warning", "x", "y", "z")))
    assert report.to_json() == {
        "healthy": False,
        "errors": 1,
        "warnings": 1,
        "findings": [
            {"severity": "error", "check": "disk", "where": "here", "text": "full"},
            {"severity": "warning", "check": "x", "where": "y", "text": "z"},
        ],
        "waiting": [],
    }


def test_the_command_says_it_in_words_and_by_its_exit(monkeypatch, capsys, folder, change) -> None:
    code, out = command(monkeypatch, capsys, "doctor", "-C", str(folder))
    assert code == 0
    assert "warning " in out
    assert "not checked: the channel and its chaincodes: no peer runs" in out
    change("ordering: raft", "ordering: kafka")
    code, out = command(monkeypatch, capsys, "doctor", "-C", str(folder))
    assert code == 1
    assert "network.yaml:7: 'kafka'" in out or "network.yaml:7: ordering: 'kafka'" in out
    assert out.rstrip().endswith("1 error")
    code, out = command(monkeypatch, capsys, "doctor", "--json", "-C", str(folder))
    assert code == 1
    assert json.loads(out)["errors"] == 1


def test_the_command_prints_the_schema(monkeypatch, capsys) -> None:
    assert command(monkeypatch, capsys, "schema") == (0, schema_text())
