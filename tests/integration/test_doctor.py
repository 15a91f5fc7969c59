"""The doctor on a real network: nothing wrong with one that is well, each fault found in another.

What the tests change of the shared network they put back.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.doctor import Finding, Report, examine


def errors(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity == "error"]


@pytest.fixture
def edited(network: Network) -> Callable[..., object]:
    """Edits one of the network's files for the length of a block."""

    @contextmanager
    def edit(name: str, *changes: tuple[str, str]) -> Iterator[None]:
        path = network.project.folder / name
        before = path.read_text()
        text = before
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path.write_text(text)
        try:
            yield
        finally:
            path.write_text(before)

    return edit


def test_a_healthy_network_has_no_errors(network: Network) -> None:
    report = examine(network.project.folder)
    assert errors(report) == []
    assert report.waiting == ()
    copies = [each for each in report.findings if each.check == "private data"]
    assert len(copies) == len(network.topology.members)  # a peer each: one copy each


def test_the_command_for_monitors(network: Network) -> None:
    words = [sys.executable, "-m", "weftwork", "network", "doctor", "--json"]
    done = subprocess.run(
        words, cwd=network.project.folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["healthy"]
    assert told["warnings"] == len(told["findings"])


def test_settings_changed_in_configtx(network: Network, edited: Callable[..., object]) -> None:
    timeout = ("BatchTimeout: 200ms", "BatchTimeout: 2s")
    count = ("MaxMessageCount: 100", "MaxMessageCount: 10")
    policy = ("OR('EnergyMSP.peer')", "OR('EnergyMSP.member')")
    with edited("configtx.yaml", timeout, count, policy):  # type: ignore[attr-defined]
        found = errors(examine(network.project.folder))
        text = Path(network.project.folder / "configtx.yaml").read_text().splitlines()
    assert [finding.check for finding in found] == ["channel"] * 3
    told = {finding.text.split(" on ")[0]: finding.where for finding in found}
    assert "Orderer.BatchTimeout is 2s here and 200ms" in told
    assert "Orderer.BatchSize.MaxMessageCount is 10 here and 100" in told
    assert (
        "Application.Organizations.EnergyMSP.Policies.Endorsement is OR('EnergyMSP.member') here "
        "and OR('EnergyMSP.peer')"
    ) in told
    line = int(told["Orderer.BatchTimeout is 2s here and 200ms"].rpartition(":")[2])
    assert "BatchTimeout: 2s" in text[line - 1]


def test_a_collection_taken_out_and_a_policy_changed(
    network: Network, edited: Callable[..., object]
) -> None:
    readings = (
        "      - name: readings\n"
        "        members: [Energy, Civic]\n"
        "        required: 0\n"
        "        policy: AND('EnergyMSP.peer', 'CivicMSP.peer')\n"
    )
    policy = ("    authority: Civic\n", "    policy: OR('CivicMSP.peer')\n")
    with edited("network.yaml", (readings, ""), policy):  # type: ignore[attr-defined]
        collection, endorsement = errors(examine(network.project.folder))
    assert "electricity keeps collection readings on the channel (sequence 1)" in collection.text
    assert "casework's policy is OR('CivicMSP.peer') here and AND('Civic" in endorsement.text
    assert "network.yaml:" in collection.where


def test_a_department_that_the_channel_does_not_know(
    network: Network, edited: Callable[..., object]
) -> None:
    harbour = ("# `authority` is", "  - name: Harbour\n    peers: 1\n\n# `authority` is")
    with edited("network.yaml", harbour):  # type: ignore[attr-defined]
        found = errors(examine(network.project.folder))
    told = [finding.text for finding in found]
    assert any("department Harbour is not in the ledgers on disk" in each for each in told)
    assert any("HarbourMSP is no member of the application of crosswork" in each for each in told)
    assert any("harbour-peer0" in finding.where for finding in found)  # it does not run


def test_a_peer_stopped_and_a_peer_killed(own_network: Callable[..., Network]) -> None:
    """The gateway of the first department being down, another is asked of the channel."""
    network = own_network()
    before = examine(network.project.folder)
    assert errors(before) == []
    assert before.waiting  # nothing runs to be asked
    network.up()
    network.stop_node("logistics-peer0")
    network.kill_node("civic-orderer0")
    found = errors(examine(network.project.folder))
    assert {finding.where for finding in found} == {"logistics-peer0", "civic-orderer0"}
    assert all(finding.check == "nodes" for finding in found)
    network.up()
    assert errors(examine(network.project.folder)) == []
    network.down()
    assert errors(examine(network.project.folder)) == []
