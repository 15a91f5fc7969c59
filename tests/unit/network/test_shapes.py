# ruff: noqa: E501 - tables of cases read best with a case a line
"""Any shape: channels, who holds and orders them, who runs what; and every rule that binds them."""

import copy
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from weftwork_network import Network, topology
from weftwork_network.configtx import effective_configtx
from weftwork_network.definition import Definition
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults
from weftwork_network.gossip import gossip_timers
from weftwork_network.marks import read_marked
from weftwork_network.operations import Operations
from weftwork_network.planning import plan
from weftwork_network.project import check_text
from weftwork_network.reading import read_model

ODD: dict[str, Any] = {
    "base_port": 24000,
    "chaincode_processes": "peer",
    "channels": [
        {"name": "trade", "profile": "Trade", "departments": ["Harbour", "Rail", "Customs"]},
        {"name": "meters", "profile": "Meters", "departments": ["Rail", "Power", "Keeper"], "orderers": ["Keeper"]},
    ],
    "departments": [
        {"name": "Keeper", "peers": 0, "orderers": 1},
        {"name": "Harbour", "peers": 2},
        {"name": "Rail", "peers": 2, "orderers": 1},
        {"name": "Customs"},
        {"name": "Power"},
    ],
    "chaincodes": [
        {"name": "cargo", "contract": "cargo:Cargo", "authority": "Harbour",
         "collections": [{"name": "consent", "each": "department"}]},
        {"name": "notes", "contract": "notes:Notes", "authority": "Rail", "channels": ["trade", "meters"],
         "departments": ["Rail", "Power", "Harbour"],
         "collections": [{"name": "own", "each": "department"}, {"name": "shared", "members": ["Rail"], "required": 1}]},
    ],
}  # fmt: skip


def planned(written: Mapping[str, Any]) -> topology.Topology:
    text = yaml.safe_dump(dict(written))
    check_text(text, "network.yaml")
    root = read_marked(text, Faults(""))
    assert root is not None
    definition, _ = read_model(root, Definition, Faults(""))
    assert definition is not None
    return plan(definition)


def refused(written: Mapping[str, Any]) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        check_text(yaml.safe_dump(dict(written)), "network.yaml")
    return [fault.text for fault in caught.value.faults]


def changed(path: str, value: object) -> dict[str, Any]:
    """The odd shape with one value changed, at a path such as `channels.1.orderers`."""
    made = copy.deepcopy(ODD)
    here: Any = made
    *steps, last = path.split(".")
    for step in steps:
        here = here[int(step) if isinstance(here, list) else step]
    here[int(last) if isinstance(here, list) else last] = value
    return made


def test_each_channel_has_its_own_departments_orderers_and_chaincodes() -> None:
    trade, meters = planned(ODD).channels
    assert trade.mspids == ("HarbourMSP", "RailMSP", "CustomsMSP")
    assert [node.id for node in trade.orderers] == ["keeper-orderer0", "rail-orderer0"]
    assert [node.id for node in meters.orderers] == ["keeper-orderer0"]
    assert [node.id for node in meters.peers] == ["rail-peer0", "rail-peer1", "power-peer0"]
    assert [each.name for each in trade.chaincodes] == ["cargo", "notes"]
    assert [each.name for each in meters.chaincodes] == ["notes"]
    assert [each.name for each in meters.with_peers] == ["Rail", "Power"]


def test_a_chaincode_on_two_channels_has_the_policy_and_collections_of_each() -> None:
    found = planned(ODD)
    on_trade, on_meters = (channel.chaincodes[-1] for channel in found.channels)
    assert on_trade.policy == "AND('RailMSP.peer', OR('HarbourMSP.peer'))"
    assert on_meters.policy == "AND('RailMSP.peer', OR('PowerMSP.peer'))"
    assert [each.name for each in on_trade.collections] == [
        "own_HarbourMSP",
        "own_RailMSP",
        "shared",
    ]
    assert [each.name for each in on_meters.collections] == [
        "own_RailMSP",
        "own_PowerMSP",
        "shared",
    ]
    # One code, one package: it is listed once.
    assert [each.name for each in found.chaincodes] == ["cargo", "notes"]


def test_who_does_not_run_a_chaincode_approves_it_only() -> None:
    found = planned(ODD)
    runs = {m.name: [each.name for each in found.chaincodes_of(m)] for m in found.members}
    assert runs == {
        "Keeper": [], "Harbour": ["cargo", "notes"], "Rail": ["cargo", "notes"],
        "Customs": ["cargo"], "Power": ["notes"],
    }  # fmt: skip
    assert found.channels[0].chaincodes[1].runners == ("Harbour", "Rail")


def test_a_chaincode_process_a_peer_or_a_department() -> None:
    found = planned(ODD)
    rail = found.member("Rail")
    assert [node.id for node in rail.chaincode_nodes] == [
        "rail-peer0-chaincode",
        "rail-peer1-chaincode",
    ]
    assert rail.chaincode_node_of(rail.peers[1]).serves == ("peer1",)
    assert found.member("Keeper").chaincode_nodes == ()
    shared = planned(changed("chaincode_processes", "department")).member("Rail")
    assert [node.id for node in shared.chaincode_nodes] == ["rail-chaincode"]
    assert shared.chaincode_node_of(shared.peers[1]).serves == ("peer0", "peer1")


def test_private_data_goes_to_all_of_a_departments_peers() -> None:
    own = planned(ODD).channels[0].chaincodes[1].collections
    assert {each.name: (each.required, each.maximum) for each in own} == {
        "own_HarbourMSP": (0, 1), "own_RailMSP": (0, 1), "shared": (1, 1),
    }  # fmt: skip


def test_orderers_and_profile_by_the_ordering() -> None:
    names = ["A", "B", "C", "D"]
    written = {
        "channel": {"name": "c", "profile": {"raft": "Raft", "bft": "BFT"}},
        "departments": [
            {"name": name, "orderers": {"raft": int(name == "A"), "bft": 1}} for name in names
        ],
        "chaincodes": [],
    }
    (raft,) = planned(written).channels
    (bft,) = planned(written | {"ordering": "bft"}).channels
    assert (raft.profile, len(raft.orderers)) == ("Raft", 1)
    assert (bft.profile, len(bft.orderers)) == ("BFT", 4)


REFUSED = [
    ("channels.1.name", "trade", "two channels 'trade'; rename one"),
    ("channels.1.name", "Meters", "channel name 'Meters' is not allowed"),
    ("channels.1.departments", ["Rail", "Powr"], "no department 'Powr'; did you mean 'Power'?"),
    ("channels.1.departments", ["Rail", "Rail"], "department 'Rail' stands here twice"),
    ("channels.1.departments", ["Keeper"], "no peer holds channel 'meters'"),
    ("channels.1.orderers", ["Power"], "Power runs no orderer; write `orderers: 1` there"),
    ("channels.1.orderers", ["Nobody"], "no department 'Nobody'"),
    ("channels.1.profile", "Trade", "channels 'trade' and 'meters' have one profile and not the same departments"),
    ("channel", {"name": "c", "profile": "C"}, "`channel` and `channels` both stand here; keep one"),
    ("channels", [], "no channel; write `channel: {name: …, profile: …}`"),
    ("fabric", "2.5", None),
    ("ordering", "bft", "2 orderers under BFT bear no faulty one; write 4 or more"),
    ("departments.1.peers", 5, "departments[1].peers: 5 is out of range; write 0 to 4"),
    ("departments.0.orderers", 5, "departments[0].orderers: 5 is out of range"),
    ("departments.0.orderers", {"raft": 1, "pbft": 1}, "unknown field 'pbft'"),
    ("departments.0.orderers", {"bft": 1}, "Keeper runs no orderer"),
    ("departments.1.peers", [{"name": "peer0-chaincode"}], "'peer0-chaincode' names a chaincode process"),
    ("departments.1.users", [{"name": "Admin"}], "'Admin' is always there and needs no line"),
    ("departments.1.users", [{"name": "peer"}], "'peer' is a role in Fabric's policies; name who acts"),
    ("departments.1.users", [{"name": "clerk"}, {"name": "Clerk"}], "Harbour has two users 'Clerk'"),
    ("departments.1.users", [{"name": "clerk", "attributes": {"hf.Revoker": "true"}}], "attribute 'hf.Revoker' is a Fabric CA's own"),
    ("departments.1.users", [{"name": "clerk", "attributes": {"role": "clerk"}}, {"name": "chief"}], None),
    ("departments.1.peers", [{"name": "ca"}], "'ca' names the department's CA"),
    ("departments.4.peers", 0, "1 of 3 departments on channel 'meters' run a peer, no majority"),
    ("departments.2.peers", 1, "required 1, but Rail have 0 peers besides the one that endorses"),
    ("chaincodes.0.authority", "Power", "authority Power does not run cargo on channel 'trade'"),
    ("chaincodes.0.departments", ["Harbour", "Power"], "Power has no peer on channel 'trade' to run cargo"),
    ("chaincodes.1.departments", ["Harbour"], "no department runs notes on channel 'meters'"),
    ("chaincodes.1.channels", ["trade", "metres"], "no channel 'metres'; did you mean 'meters'?"),
    ("chaincodes.1.channels", ["trade", "trade"], "channel 'trade' stands here twice"),
    ("chaincodes.1.collections.1.members", ["Customs", "Rail"], "Customs is not on channel 'meters' and cannot hold 'shared'"),
    ("chaincodes.1.collections.1.members", ["Keeper"], "no peer of Keeper can hold 'shared'"),
    ("chaincodes.1.collections.0.policy", "AND('RailMSP.peer', 'PowerMSP.peer')", "policy asks for more than those who run notes on channel 'trade' can give"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "said"), REFUSED, ids=[f"{case[0]}={case[1]}"[:50] for case in REFUSED]
)
def test_what_makes_no_shape_is_refused(path: str, value: object, said: str | None) -> None:
    written = changed(path, value)
    if said is None:
        planned(written)
        return
    told = refused(written)
    assert any(said in text for text in told), told


def test_a_policy_that_those_who_run_it_cannot_meet() -> None:
    written = changed("chaincodes.0.authority", None)
    del written["chaincodes"][0]["authority"]
    written["chaincodes"][0]["policy"] = "AND('HarbourMSP.peer', 'PowerMSP.peer')"
    assert (
        "those who run cargo on channel 'trade' can give: Harbour, Rail, Customs"
        in refused(written)[0]
    )
    written["chaincodes"][0]["policy"] = "OR('HarbourMSP.peer', 'PowerMSP.peer')"
    planned(written)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ([1, 1, 1], "3 orderers under BFT bear no faulty one"),
        ([2, 1, 1], "A runs 2 of 4 orderers, which bear 1 faulty under BFT"),
        ([2, 2, 2, 1], ""),
        ([1, 1, 1, 1], ""),
    ],
)
def test_under_bft_nobody_alone_is_more_than_the_faulty_that_are_borne(
    shares: list[int], said: str
) -> None:
    written = {
        "ordering": "bft",
        "channel": {"name": "c", "profile": "P"},
        "departments": [{"name": "ABCD"[at], "orderers": count} for at, count in enumerate(shares)],
        "chaincodes": [],
    }
    if said:
        assert said in refused(written)[0]
    else:
        planned(written)


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """Any network that the file can name, as far as counts go."""
    departments = [
        {"name": f"Dept{n}", "peers": draw(st.integers(0, 4)), "orderers": draw(st.integers(0, 4))}
        for n in range(draw(st.integers(2, 12)))
    ]
    departments[0] |= {"peers": draw(st.integers(1, 4)), "orderers": draw(st.integers(1, 4))}
    for department in departments:  # a majority that can approve
        department["peers"] = department["peers"] or draw(st.integers(1, 4))
    return {
        "base_port": draw(st.integers(1024, 60000)),
        "ca": draw(st.sampled_from(["embedded", "fabric-ca"])),
        "chaincode_processes": draw(st.sampled_from(["department", "peer"])),
        "channels": [
            {"name": "all", "profile": "All"},
            {"name": "some", "profile": "Some", "departments": draw(some(departments))},
        ],
        "departments": departments,
        "chaincodes": [
            {"name": "one", "contract": "one:One", "authority": "Dept0",
             "channels": draw(st.sampled_from([["all"], ["all", "some"]]))},
        ],
    }  # fmt: skip


def some(departments: list[dict[str, Any]]) -> st.SearchStrategy[list[str]]:
    others = [department["name"] for department in departments[1:]]
    return st.lists(st.sampled_from(others), unique=True).map(lambda more: ["Dept0", *more])


@settings(deadline=None, max_examples=40)
@given(shapes())
def test_no_two_listeners_share_a_port_and_every_node_has_its_place(
    written: dict[str, Any],
) -> None:
    found = planned(written)
    ports = [port for node in found.nodes for port in node.ports.values()]
    assert len(ports) == len(set(ports))
    first, last = written["base_port"], written["base_port"] + 100 * len(found.members)
    assert all(first <= port < last for port in ports)
    ids = [node.id for node in found.nodes]
    assert len(ids) == len(set(ids))
    for node in found.nodes:
        assert found.node(node.id) is node
        assert node.department in {member.name for member in found.members}
    for member in found.members:
        for peer in member.peers:
            assert peer.name in member.chaincode_node_of(peer).serves
            assert found.channels[0] in found.channels_of(peer)
    for channel in found.channels:
        assert channel.orderers
        assert set(ids) >= {node.id for node in channel.nodes}


def test_the_work_of_gossip_does_not_grow_with_the_square_of_the_peers() -> None:
    def milliseconds(peers: int) -> dict[str, float]:
        return {name: float(text.removesuffix("ms")) for name, text in gossip_timers(peers).items()}

    for many in (8, 24, 48):
        for name in ("REQUESTSTATEINFOINTERVAL", "ALIVETIMEINTERVAL", "RECONNECTINTERVAL"):
            each = many / milliseconds(many)[name]  # what one peer has to verify in a millisecond
            assert each <= 8 / milliseconds(8)[name] * 1.01, name


def test_a_profile_without_organisations_is_completed_for_each_channel(tmp_path) -> None:
    network = Network.create(tmp_path, definition=ODD)
    content = effective_configtx(network.project, network.state).content["Profiles"]
    trade, meters = content["Trade"], content["Meters"]
    assert [each["ID"] for each in trade["Application"]["Organizations"]] == [
        "HarbourMSP",
        "RailMSP",
        "CustomsMSP",
    ]
    assert [each["ID"] for each in meters["Orderer"]["Organizations"]] == ["KeeperMSP"]
    # One anchor a department, however many peers.
    anchors = [each.get("AnchorPeers", []) for each in trade["Application"]["Organizations"]]
    assert [len(each) for each in anchors] == [1, 1, 1]


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("Application", "PowerMSP is not on channel 'trade'"),
        ("Orderer", "PowerMSP stands in the orderer group but runs no orderer"),
    ],
)
def test_a_profile_that_lists_who_is_not_on_the_channel(tmp_path, group: str, said: str) -> None:
    network = Network.create(tmp_path, definition=ODD)
    file = network.project.configtx_file
    power = "{Name: PowerMSP, ID: PowerMSP, MSPDir: .weftwork/departments/power/msp}"
    lines = file.read_text().split("  Trade:\n")
    own = {
        "Application": ("    Application: *ApplicationDefaults\n", f"    Application:\n      <<: *ApplicationDefaults\n      Organizations: [{power}]\n"),
        "Orderer": ("      OrdererType: etcdraft\n", f"      OrdererType: etcdraft\n      Organizations: [{power}]\n"),
    }[group]  # fmt: skip
    file.write_text(lines[0] + "  Trade:\n" + lines[1].replace(*own, 1))
    with pytest.raises(DefinitionError, match=said):
        effective_configtx(network.project, network.state)


def test_the_shape_in_the_docs_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs" / "shapes.md").read_text()
    written = text.partition("```yaml\n")[2].partition("```")[0]
    found = planned(yaml.safe_load(written))
    assert [channel.name for channel in found.channels] == ["trade", "meters"]
    assert len(found.peers) == 6


def test_a_node_is_asked_one_question_at_a_time(project, state, monkeypatch) -> None:
    """Waits for two channels ask one node at the same moment, over its one connection."""
    inside: list[int] = []

    def read(self, member, port) -> None:
        inside.append(port)
        time.sleep(0.05)
        assert inside == [port]
        inside.clear()

    monkeypatch.setattr(Operations, "_read", read)
    member = project.topology.member("Energy")
    operations = Operations(state)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: operations.read(member, member.peers[0]), range(3)))
