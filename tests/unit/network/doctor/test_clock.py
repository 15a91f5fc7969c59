"""Clocks that are apart."""

import datetime

import pytest

from weftwork_network.certificates import CertificateStore
from weftwork_network.creation import write_creation
from weftwork_network.doctor import clock

SECOND = datetime.timedelta(seconds=1)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def test_a_clock_behind_the_channels_creation(site, project, state) -> None:
    assert list(clock.check_clock(site)) == []
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "3.1.1")
    assert list(clock.check_clock(site)) == []
    (finding,) = clock.check_clock(site, now() - datetime.timedelta(days=2))
    assert finding.severity == "error"
    assert "the channel was created on" in finding.text


@pytest.mark.parametrize(
    ("seconds", "severity", "said"),
    [
        (2, None, ""),
        (-60, "warning", "its clock is 60 s behind this one"),
        (900, "error", "its clock is 900 s ahead of this one: it refuses every proposal"),
        (-1000, "error", "1000 s behind"),
    ],
)
def test_a_node_whose_clock_is_apart(site, monkeypatch, seconds, severity, said) -> None:
    def told(state, member, node):
        if node.id == "energy-peer0":
            return now() + (seconds + 0.2) * SECOND
        return None if node.id == "civic-peer0" else now()  # one does not answer

    monkeypatch.setattr(clock, "node_time", told)
    found = list(clock.check_node_clocks(site))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(finding.where == "energy-peer0" and said in finding.text for finding in found)


def test_nodes_that_do_not_run_are_not_asked(idle, monkeypatch) -> None:
    monkeypatch.setattr(clock, "node_time", lambda *_: pytest.fail("asked"))
    assert list(clock.check_node_clocks(idle)) == []


def test_a_node_without_keys_gives_no_time(site) -> None:
    node = site.topology.peers[0]
    assert clock.node_time(site.state, site.topology.member(node.department), node) is None
