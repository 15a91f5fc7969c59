"""The checks under BFT, on Fabric 2.5, and of a network in containers."""

import copy
import dataclasses
import datetime
import shutil
from pathlib import Path

import pytest

from tests.unit.network.doctor.config_blocks import config_block
from weftwork_network.certificates import CertificateStore
from weftwork_network.configtx import effective_configtx
from weftwork_network.creation import creation_findings, write_creation
from weftwork_network.doctor import clock, execution
from weftwork_network.doctor.channel import compare
from weftwork_network.doctor.config_words import of_block, of_profile
from weftwork_network.doctor.private_data import check_copies
from weftwork_network.doctor.validity import check_days
from weftwork_network.kept import Kept, keep
from weftwork_network.project import Project, open_project
from weftwork_network.starter import write_project
from weftwork_network.state import State
from weftwork_network.topology import Topology
from weftwork_network.variants import Asked

DAY = datetime.timedelta(days=1)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The repository's own two files."""
    write_project(tmp_path / "own", base_port=24000)
    return tmp_path / "own"


def opened(folder: Path, **asked: str) -> tuple[Project, State]:
    project = open_project(folder, Asked(**asked))
    return project, State(project.state_folder)


@pytest.fixture
def profile(own: Path):
    content = effective_configtx(*opened(own, ordering="bft")).content
    return copy.deepcopy(content["Profiles"]["CrossworkBFT"])


def test_both_sides_come_to_the_same_words(profile) -> None:
    words = of_profile(profile)
    assert of_block(config_block(profile)) == words
    assert words["Orderer", "SmartBFT", "RequestAutoRemoveTimeout"] == "180s"
    assert words["Orderer", "SmartBFT", "RequestPoolSize"] == "100000"
    assert words["Orderer", "ConsenterMapping"].startswith("1 LogisticsMSP 127.0.0.1:24051, 2 ")
    assert ("Orderer", "Policies", "BlockValidation") not in words  # configtxgen's own


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda orderer: orderer["SmartBFT"].update(LeaderHeartbeatTimeout="1m"),
            "Orderer.SmartBFT.LeaderHeartbeatTimeout is 3s here and 60s on crosswork",
        ),
        (
            lambda orderer: orderer["SmartBFT"].update(RequestPoolSize=400),
            "Orderer.SmartBFT.RequestPoolSize is 100000 here and 400 on crosswork",
        ),
        (
            lambda orderer: orderer["ConsenterMapping"].pop(),
            "Orderer.ConsenterMapping is 1 LogisticsMSP 127.0.0.1:24051, 2 EnergyMSP",
        ),
    ],
)
def test_a_channel_that_runs_otherwise(profile, change, said) -> None:
    running = copy.deepcopy(profile)
    change(running["Orderer"])
    found = of_block(config_block(running))
    (finding,) = compare(found, of_profile(profile), None, "configtx.yaml", "crosswork")
    assert said in finding.text


def bft_with_certificates(folder: Path) -> tuple[Project, State, Topology]:
    project, state = opened(folder, ordering="bft")
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "3.1.1")
    return project, state, project.topology


def test_what_bft_orderers_sign_with_is_the_channels(own) -> None:
    """It is never replaced by itself, and another one is told before anything starts."""
    project, state, topology = bft_with_certificates(own)
    assert creation_findings(project, state) == []
    signing = state.node(topology.node("property-orderer0")) / "msp" / "signcerts" / "cert.pem"
    other = state.node(topology.node("energy-orderer0")) / "msp" / "signcerts" / "cert.pem"
    shutil.copy(other, signing)
    (finding,) = creation_findings(project, state)
    assert "is not the certificate that the ledger was created with" in finding
    signing.unlink()
    store = CertificateStore(state)
    store.ensure(topology)
    assert store.issued == []


def test_one_that_ends_is_not_renewed_by_a_restart(own, make_site) -> None:
    project, state, _ = bft_with_certificates(own)
    site = dataclasses.replace(make_site("stopped"), project=project, state=state)
    later = datetime.datetime.now(datetime.UTC) + 3650 * DAY
    told = {Path(each.where).parts[-6:]: each.text for each in check_days(site, later)}
    orderer = ("energy", "nodes", "orderer0", "msp", "signcerts", "cert.pem")
    peer = ("energy", "nodes", "peer0", "msp", "signcerts", "cert.pem")
    assert "bring a new one into the channel by a config update first" in told[orderer]
    assert "`weftwork network restart` makes a new one" in told[peer]


def test_a_channel_of_2_5_asks_for_nothing_that_it_does_not_know(own) -> None:
    """Not after 3.1 has taken over either: the channel is still the one that 2.5 made."""
    project, state = opened(own, fabric="2.5")
    old = effective_configtx(project, state)
    assert old.content["Profiles"]["Crosswork"]["Capabilities"] == {"V2_0": True}
    assert old.told("configtx.yaml") == [
        "configtx.yaml: the channel's capability is V2_0, since Fabric 2.5 has no V3_0"
    ]
    assert effective_configtx(*opened(own)).told("configtx.yaml") == []
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "2.5.9")
    newer, state = opened(own, fabric="3.1")
    channel = effective_configtx(newer, state).content["Profiles"]["Crosswork"]
    assert channel["Capabilities"] == {"V2_0": True}
    assert creation_findings(newer, state) == []


def test_a_file_that_goes_back_to_an_older_fabric(own) -> None:
    """The ledgers' own making is older still: what has opened them since counts."""
    project, state = opened(own, fabric="2.5")
    CertificateStore(state).ensure(project.topology)
    write_creation(state, project.topology, "2.5.9")
    keep(state, Kept("process", ordering="raft", fabric="3.1"))
    path = own / "network.yaml"
    path.write_text(path.read_text().replace('fabric: "3.1"', 'fabric: "2.5"'))
    (finding,) = creation_findings(open_project(own), state)
    assert "fabric is 2.5, and 3.1 has opened the ledgers; write 3.1" in finding
    assert "network.yaml:" in finding


def test_a_clock_that_is_apart_on_2_5() -> None:
    """No peer of it refuses a time: what is wrong with one is told all the same."""
    (finding,) = clock.judge("energy-peer0", datetime.timedelta(hours=1), "2.5")
    assert finding.severity == "warning"
    assert "Fabric 2.5 takes any time" in finding.text
    (finding,) = clock.judge("energy-peer0", datetime.timedelta(hours=1), "3.1")
    assert finding.severity == "error"


def test_containers_hold_their_data_in_volumes(site) -> None:
    in_containers = dataclasses.replace(site, containers=True)
    assert all("copy its volume until then" in each.text for each in check_copies(in_containers))
    assert all("copy its data folder" in each.text for each in check_copies(site))


def test_the_limit_of_peers_in_containers_is_their_images(site, monkeypatch) -> None:
    monkeypatch.setattr(execution, "programs_here", lambda line, progress: None)
    assert execution.check_execution(site) == []
    (finding,) = execution.check_execution(dataclasses.replace(site, containers=True))
    assert finding.where == "core.yaml in the peers' image"
    assert "Fabric 3.1.1 can end the whole peer" in finding.text
