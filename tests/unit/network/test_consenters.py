# ruff: noqa: E501 - tables of cases read best with a case a line
"""BFT: how many orderers bear how many faulty, and what configtx.yaml says of those who order."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weftwork_network import durations
from weftwork_network.configtx import by_name, effective_configtx
from weftwork_network.errors import DefinitionError
from weftwork_network.places import names_of
from weftwork_network.project import open_project
from weftwork_network.smartbft import TUNED, check_options
from weftwork_network.starter import write_project
from weftwork_network.state import State
from weftwork_network.variants import Asked

BFT = Asked(ordering="bft")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The repository's own two files."""
    write_project(tmp_path / "own", base_port=24000)
    return tmp_path / "own"


def state_of(folder: Path) -> State:
    return State(folder.resolve() / ".weftwork")


def changed(folder: Path, old: str, new: str, file: str = "configtx.yaml") -> None:
    path = folder / file
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new, 1))


def told(folder: Path) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        effective_configtx(open_project(folder, BFT), state_of(folder))
    return [f"{Path(fault.file).name}:{fault.line}: {fault.text}" for fault in caught.value.faults]


def orderer_of(folder: Path) -> dict:
    content = effective_configtx(open_project(folder, BFT), state_of(folder)).content
    return content["Profiles"]["CrossworkBFT"]["Orderer"]


def test_the_files_agree_and_lack_nothing_under_either_ordering(own) -> None:
    for asked in (Asked(ordering="raft"), BFT):
        assert effective_configtx(open_project(own, asked), state_of(own)).added == []


def test_what_configtxgen_is_given(own) -> None:
    orderer = orderer_of(own)
    assert orderer["OrdererType"] == "BFT"
    assert "EtcdRaft" not in orderer
    assert [each["ID"] for each in orderer["ConsenterMapping"]] == [1, 2, 3, 4]
    for consenter in orderer["ConsenterMapping"]:
        for name in ("Identity", "ClientTLSCert", "ServerTLSCert"):
            assert Path(consenter[name]).is_absolute()
    assert orderer["SmartBFT"] == {**TUNED}
    raft = effective_configtx(open_project(own, Asked(ordering="raft")), state_of(own)).content
    assert "ConsenterMapping" not in raft["Profiles"]["Crosswork"]["Orderer"]


def test_in_containers_consenters_have_names(own) -> None:
    project = open_project(own, BFT)
    named = by_name(effective_configtx(project, state_of(own)), names_of(project.topology))
    mapping = named.content["Profiles"]["CrossworkBFT"]["Orderer"]["ConsenterMapping"]
    assert mapping[0]["Host"] == "orderer0.logistics.example"
    assert mapping[0]["Port"] == 24051


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("OrdererType: BFT", "OrdererType: etcdraft", "OrdererType etcdraft is not ordering: bft"),
        ("MSPID: EnergyMSP", "MSPID: CivicMSP", "MSPID of consenter energy-orderer0 is CivicMSP"),
        ("          MSPID: EnergyMSP\n", "", "MSPID of consenter energy-orderer0 is not given"),
        ("energy/nodes/orderer0/msp", "civic/nodes/orderer0/msp", "Identity of energy-orderer0 is not where"),
        ("Port: 24251\n          MSPID", "Port: 24252\n          MSPID", "consenter 127.0.0.1:24252 is no orderer"),
        ("Port: 24251\n          MSPID", "Port: 24151\n          MSPID", "two consenters at 127.0.0.1:24151"),
    ],
)  # fmt: skip
def test_a_disagreement_names_the_lines_of_both_files(own, old, new, said) -> None:
    changed(own, old, new)
    found = [line for line in told(own) if said in line]
    assert found
    assert found[0].startswith("configtx.yaml:")
    if "two consenters" not in said:
        assert "network.yaml:" in found[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- ID: 2\n", "- ID: 1\n", "ID 1 is also the consenter's at line"),
        ("- ID: 2\n", "- ID: 0\n", "a consenter's ID is '0'; write 1, 2, 3"),
        ("- ID: 2\n          Host", "- Host", "a consenter has no ID"),
        ("RequestForwardTimeout: 500ms", "RequestForwardTimeout: soon", "RequestForwardTimeout is 'soon', which is no duration"),
        ("RequestForwardTimeout: 500ms", "RequestForwardTimeout: 3s", "RequestForwardTimeout is longer than RequestComplainTimeout"),
        ("ViewChangeResendInterval: 1s", "ViewChangeResendInterval: 9s", "ViewChangeResendInterval is longer than ViewChangeTimeout"),
        ("LeaderHeartbeatCount: 10", "LeaderHeartbeatCount: 0", "LeaderHeartbeatCount is '0', which is no number"),
        ("CollectTimeout: 1s", "ColectTimeout: 1s", "SmartBFT has no option 'ColectTimeout'; did you mean 'CollectTimeout'?"),
    ],
)  # fmt: skip
def test_what_an_orderer_would_refuse_is_told_with_its_line(own, old, new, said) -> None:
    changed(own, old, new)
    assert any(said in line and line.startswith("configtx.yaml:") for line in told(own)), told(own)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      SmartBFT:\n", "      SmartBFT: quick\n      Others:\n"),
        ("      ConsenterMapping:\n", "      ConsenterMapping: 4\n      Others:\n"),
        ("        - ID: 1\n", "        - 7\n        - ID: 1\n"),
    ],
)
def test_a_shape_that_is_not_configtx_is_a_fault_and_no_traceback(own, old, new) -> None:
    changed(own, old, new)
    assert told(own)


def test_what_only_network_yaml_says_is_added_and_told(own) -> None:
    text = (own / "configtx.yaml").read_text()
    at = text.index("      ConsenterMapping:\n")
    end = text.index("      Organizations:", at)
    text = text[:at] + text[end:]
    (own / "configtx.yaml").write_text(text.replace("        CollectTimeout: 1s\n", ""))
    effective = effective_configtx(open_project(own, BFT), state_of(own))
    assert effective.added == [
        "consenter logistics-orderer0", "consenter energy-orderer0",
        "consenter property-orderer0", "consenter civic-orderer0",
        "SmartBFT CollectTimeout: 1s",
    ]  # fmt: skip
    mapping = effective.content["Profiles"]["CrossworkBFT"]["Orderer"]["ConsenterMapping"]
    assert [(each["ID"], each["MSPID"]) for each in mapping] == [
        (1, "LogisticsMSP"), (2, "EnergyMSP"), (3, "PropertyMSP"), (4, "CivicMSP"),
    ]  # fmt: skip


def test_an_added_consenter_takes_a_number_that_is_free(own) -> None:
    changed(own, "- ID: 2\n", "- ID: 5\n")
    changed(
        own,
        "# `authority` is",
        "  - {name: Harbour, orderers: {raft: 0, bft: 1}}\n\n# `authority` is",
        "network.yaml",
    )
    mapping = orderer_of(own)["ConsenterMapping"]
    assert [each["ID"] for each in mapping] == [1, 5, 3, 4, 2]


ORDERERS = st.lists(st.integers(0, 4), min_size=2, max_size=12)


@given(ORDERERS)
def test_no_department_alone_is_more_than_the_faulty_that_are_borne(tmp_path_factory, each) -> None:
    """Under any spread of orderers: accepted exactly where 3f+1 bear the largest department."""
    folder = tmp_path_factory.mktemp("shape")
    (folder / "network.yaml").write_text(
        yaml.safe_dump(
            {
                "fabric": "3.1",
                "ordering": "bft",
                "base_port": 20000,
                "channel": {"name": "crosswork", "profile": "CrossworkBFT"},
                "departments": [
                    {"name": f"D{at}", "peers": 1, "orderers": count}
                    for at, count in enumerate(each)
                ],
                "chaincodes": [],
            }
        )
    )
    count = sum(each)
    # A quorum is any set of which two share an honest orderer, whichever department is faulty.
    quorum = -(-(count + (count - 1) // 3 + 1) // 2) if count else 0
    sound = count >= 4 and all(2 * quorum - count > own and count - own >= quorum for own in each)
    try:
        open_project(folder, Asked())
        accepted = True
    except DefinitionError:
        accepted = False
    assert accepted == sound


@given(st.integers(1, 10**6))
def test_one_duration_has_one_form(milliseconds: int) -> None:
    text = f"{milliseconds}ms"
    assert durations.seconds(durations.plain(text)) == pytest.approx(milliseconds / 1000, rel=1e-5)
    assert durations.plain(durations.plain(text)) == durations.plain(text)


def test_the_tuned_options_are_sound() -> None:
    from weftwork_network.faults import Faults
    from weftwork_network.marks import read_marked

    faults = Faults("configtx.yaml")
    options = read_marked(yaml.safe_dump(dict(TUNED)), faults)
    assert options is not None
    check_options(options, faults)
    assert faults.found == []
