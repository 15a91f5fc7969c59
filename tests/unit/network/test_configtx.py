# ruff: noqa: E501 - tables of cases read best with a case a line
"""The two files: each disagreement with the lines of both, and what is added to the copy."""

from pathlib import Path

import pytest
import yaml

from weftwork_network.configtx import effective_configtx
from weftwork_network.errors import DefinitionError
from weftwork_network.project import open_project


def disagreements(folder: Path, state) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        effective_configtx(open_project(folder), state)
    return [f"{Path(fault.file).name}:{fault.line}: {fault.text}" for fault in caught.value.faults]


def line_of(folder: Path, text: str) -> int:
    lines = (folder / "configtx.yaml").read_text().splitlines()
    return next(at for at, line in enumerate(lines, start=1) if text in line)


def test_the_files_that_come_with_the_package_agree_and_lack_nothing(project, state) -> None:
    assert effective_configtx(project, state).added == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ID: EnergyMSP", "ID: EnergiMSP", "organisation 'EnergiMSP' is no department"),
        ("Name: EnergyMSP", "Name: Energy", "organisation 'Energy' must have its ID for a name"),
        ("departments/energy/msp", "departments/civic/msp", "MSPDir of EnergyMSP is not where Energy's"),
        ("Port: 24111}", "Port: 24112}", "anchor peer 127.0.0.1:24112 is no peer of Energy"),
        ("- 127.0.0.1:24151", "- 127.0.0.1:24152", "orderer endpoint 127.0.0.1:24152 is no orderer of Energy"),
        ("Port: 24151\n", "Port: 24152\n", "consenter 127.0.0.1:24152 is no orderer"),
        ("OrdererType: etcdraft", "OrdererType: BFT", "OrdererType BFT is not ordering: raft"),
        ("OR('EnergyMSP.peer')", "OR('EnergiMSP.peer')", "policy names nobody: no MSP 'EnergiMSP'"),
        ("OR('EnergyMSP.peer')", "OR('EnergyMSP.peer'", "policy not understood: expected ')'"),
        ("energy/nodes/orderer0/tls", "civic/nodes/orderer0/tls", "ClientTLSCert of energy-orderer0"),
    ],
)  # fmt: skip
def test_a_disagreement_names_the_lines_of_both_files(
    folder, state, change, old, new, said
) -> None:
    change(old, new, file="configtx.yaml")
    told = [line for line in disagreements(folder, state) if said in line]
    assert told
    # A consenter is a mapping: its line is where it begins, one above its port.
    line = line_of(folder, new.strip()) - new.startswith("Port: 24152\n")
    assert told[0].startswith(f"configtx.yaml:{line}: ")
    if "policy not understood" not in said:
        assert "network.yaml:" in told[0]


def test_every_disagreement_at_once(folder, state, change) -> None:
    change("base_port: 24000", "base_port: 25000")
    told = disagreements(folder, state)
    # four anchor peers, three endpoints, three consenters
    assert len(told) == 10


def test_an_unknown_profile_names_those_there_are(folder, state, change) -> None:
    change("profile: Crosswork", "profile: Croswork")
    (told,) = disagreements(folder, state)
    assert "no profile 'Croswork'" in told
    assert "did you mean 'Crosswork'?" in told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    AnchorPeers:\n      - {Host: 127.0.0.1, Port: 24111}", "    AnchorPeers: 7"),
        ("      Organizations: [*LogisticsOrdering, *EnergyOrdering, *CivicOrdering]", "      Organizations: none"),
        ("    Application:\n      <<: *ApplicationDefaults\n      Organizations: [*Logistics, *Energy, *Property, *Civic]", "    Application: 5"),
    ],
)  # fmt: skip
def test_a_shape_that_is_not_configtx_is_a_fault_and_no_traceback(
    folder, state, change, old, new
) -> None:
    change(old, new, file="configtx.yaml")
    assert disagreements(folder, state)


def test_what_only_network_yaml_says_is_added_and_told(folder, state, change) -> None:
    change("# `authority` is", "  - {name: Harbour, orderers: 1}\n\n# `authority` is")
    effective = effective_configtx(open_project(folder), state)
    assert effective.added == [
        "department Harbour",
        "anchor peer harbour-peer0",
        "orderer endpoint harbour-orderer0",
        "consenter harbour-orderer0",
    ]
    profile = yaml.safe_load(effective.text())["Profiles"]["Crosswork"]
    assert profile["Application"]["Organizations"][4]["AnchorPeers"] == [
        {"Host": "127.0.0.1", "Port": 24411}
    ]
    assert profile["Orderer"]["EtcdRaft"]["Consenters"][3]["Port"] == 24451


def test_the_copy_has_absolute_paths_and_no_references(project, state) -> None:
    text = effective_configtx(project, state).text()
    assert "&id" not in text
    profile = yaml.safe_load(text)["Profiles"]["Crosswork"]
    for organization in profile["Application"]["Organizations"]:
        assert Path(organization["MSPDir"]).is_absolute()
    for consenter in profile["Orderer"]["EtcdRaft"]["Consenters"]:
        assert Path(consenter["ServerTLSCert"]).is_absolute()


def test_in_the_orderer_group_readers_and_writers_are_orderers_alone(folder, state, change) -> None:
    change("# `authority` is", "  - {name: Harbour, orderers: 1}\n\n# `authority` is")
    profile = effective_configtx(open_project(folder), state).content["Profiles"]["Crosswork"]
    organizations = profile["Orderer"]["Organizations"]
    assert [each["ID"] for each in organizations] == [
        "LogisticsMSP", "EnergyMSP", "CivicMSP", "HarbourMSP",
    ]  # fmt: skip
    for each in organizations:
        for name in ("Readers", "Writers"):
            assert each["Policies"][name]["Rule"] == f"OR('{each['ID']}.orderer')"
