"""What follows from a definition: ports, policies in full, collections, a fifth department."""

import pytest

from weftwork_network.policies import PolicyError, authority_policy, parse_policy, principals
from weftwork_network.project import open_project


def test_the_layout_of_ports(project) -> None:
    energy = project.topology.member("Energy")
    assert energy.peers[0].ports == {"listen": 24111, "chaincode": 24112, "operations": 24113}
    assert energy.orderers[0].ports == {"listen": 24151, "admin": 24152, "operations": 24153}
    assert energy.chaincode.ports == {"operations": 24184}


def test_authority_is_the_creator_and_one_of_the_others(project) -> None:
    by_name = {chaincode.name: chaincode for chaincode in project.topology.chaincodes}
    assert by_name["electricity"].policy == (
        "AND('EnergyMSP.peer', OR('LogisticsMSP.peer', 'PropertyMSP.peer', 'CivicMSP.peer'))"
    )


def test_a_collection_for_each_department_only_its_peer_can_write(project) -> None:
    casework = project.topology.chaincodes[3]
    names = [collection.name for collection in casework.collections]
    assert names == [f"consent_{mspid}" for mspid in project.topology.mspids]
    consent = casework.collections[1]
    assert consent.policy == "OR('EnergyMSP.peer')"
    assert (consent.required, consent.maximum) == (0, 0)
    # Clients read with member-only read, and a client is no peer.
    assert consent.member_policy == "OR('EnergyMSP.member')"


def test_a_fifth_department_takes_its_part_everywhere(folder, change) -> None:
    change("# `authority` is", "  - {name: Harbour, peers: 2, orderers: 1}\n\n# `authority` is")
    topology = open_project(folder).topology
    harbour = topology.member("HarbourMSP")
    assert [node.ports["listen"] for node in harbour.nodes] == [24451, 24411, 24421]
    assert "'HarbourMSP.peer'" in topology.chaincodes[0].policy
    assert "consent_HarbourMSP" in [each.name for each in topology.chaincodes[0].collections]
    assert harbour.chaincode in topology.chaincode_servers


def test_policies_are_read_and_written_alike() -> None:
    for text in (
        "AND('A.peer', OutOf(2, 'B.peer', 'C.peer', OR('D.peer', 'E-1.admin')))",
        "OR('A.peer')",
    ):
        assert str(parse_policy(text)) == text
    assert [str(each) for each in principals(parse_policy("and('A.peer', or('B.client'))"))] == [
        "'A.peer'",
        "'B.client'",
    ]
    assert str(authority_policy("A", ["A"])) == "OR('A.peer')"  # Fabric knows no bare principal


@pytest.mark.parametrize(
    "text",
    ["", "AND", "AND()", "AND('A.peer',)", "'A.boss'", "OR('A')", "XOR('A.peer')", "OR('A.peer') x",
     "OutOf('A.peer')", "OutOf(0, 'A.peer')", "OR('A.peer'; 'B.peer')", "'A.peer'"],
)  # fmt: skip
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text)
