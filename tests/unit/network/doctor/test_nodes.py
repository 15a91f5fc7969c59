"""Nodes that should run, ledgers that lag."""

import pytest

from weftwork_network.doctor.nodes import check_heights, check_nodes


def test_a_network_that_runs_and_one_that_is_down(site, idle) -> None:
    for either in (site, idle):
        assert list(check_nodes(either)) == []
        assert list(check_heights(either)) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("stopped", "does not run; `weftwork network up` starts it"),
        ("died", "was started and has ended; see `weftwork network logs energy-peer0`"),
        ("silent", "runs and does not answer; see `weftwork network logs energy-peer0`"),
    ],
)
def test_one_that_does_not(make_site, state, said) -> None:
    (finding,) = check_nodes(make_site(nodes={"energy-peer0": {"state": state}}))
    assert (finding.severity, finding.where) == ("error", "energy-peer0")
    assert said in finding.text


def test_a_ledger_far_behind(make_site) -> None:
    near = {
        "energy-peer0": {"heights": {"crosswork": 100}},
        "civic-peer0": {"heights": {"crosswork": 90}},
    }
    far = {"energy-peer0": {"heights": {"crosswork": 100}}}
    others = make_site(nodes=far).status.nodes
    findings = list(check_heights(make_site(nodes=far)))
    assert len(findings) == sum(1 for row in others if row.height == 9)
    assert "holds 9 blocks of crosswork where another holds 100" in findings[0].text
    assert all(each.where != "civic-peer0" for each in check_heights(make_site(nodes=near)))
