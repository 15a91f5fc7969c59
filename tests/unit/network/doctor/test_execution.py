"""The peers' limit on a transaction's run, and what a release does when it is over."""

import pytest

from weftwork_network.doctor import execution
from weftwork_network.programs import Programs


@pytest.fixture
def programs(tmp_path, monkeypatch):
    made = Programs(tmp_path, tmp_path, "3.1.1", "cached")
    monkeypatch.setattr(execution, "programs_here", lambda line, progress: made)
    (tmp_path / "core.yaml").write_text("chaincode:\n  executetimeout: 45s\n")
    return made


@pytest.mark.parametrize(
    ("timeout", "versions", "severity", "said"),
    [
        ("30s", ["3.1.5"], None, ""),
        ("30s", ["2.5.16", "3.1.12"], None, ""),
        ("30s", ["3.1.1"], "warning", "is 30s, and Fabric 3.1.1 can end the whole peer"),
        ("1m30s", ["v3.1.4", "3.1.5"], "warning", "Fabric v3.1.4 can end the whole peer"),
        ("30s", ["2.5.9"], "warning", "bring 2.5.16 or later"),
        ("900ms", ["3.1.5"], "warning", "is 900ms: transactions of a busy network will fail"),
        ("soon", ["3.1.5"], "error", "is 'soon', which is no duration; write 30s"),
    ],
)
def test_what_is_said_of_a_limit(timeout, versions, severity, said) -> None:
    found = list(execution.judge(timeout, "core.yaml", versions))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(said in finding.text for finding in found)


def test_the_limit_of_the_stock_configuration(site, programs) -> None:
    (finding,) = execution.check_execution(site)
    assert "chaincode.executetimeout is 45s" in finding.text
    assert finding.where.endswith("core.yaml")


def test_what_a_peer_is_told_goes_before_it(site, programs, monkeypatch) -> None:
    monkeypatch.setattr(execution, "peer_environment", lambda *_, **__: {execution.VARIABLE: "1s"})
    short, panics = execution.check_execution(site)
    assert "is 1s: transactions" in short.text
    assert short.where == panics.where == "logistics-peer0's environment"


def test_peers_that_run_a_release_where_it_is_mended(make_site, programs) -> None:
    new = {"version": "3.1.5"}
    names = [node.id for node in make_site().topology.nodes]
    assert execution.check_execution(make_site(nodes=dict.fromkeys(names, new))) == []


def test_without_a_stock_configuration_it_is_fabrics_own(site, programs) -> None:
    (programs.config / "core.yaml").unlink()
    assert execution.execute_timeout(site, programs)[0] == "30s"
