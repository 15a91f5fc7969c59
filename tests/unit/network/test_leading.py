"""Who leads, where an orderer that was away still takes itself for the leader."""

import pytest

from weftwork_network.leading import leading
from weftwork_network.operations import Metrics


def bft(leader: int, own: int) -> Metrics:
    return Metrics(
        f'consensus_BFT_leader_id{{channel="crosswork"}} {leader}\n'
        f'consensus_BFT_is_leader{{channel="crosswork"}} {int(leader == own)}\n'
    )


def raft(leads: bool) -> Metrics:
    return Metrics(f'consensus_etcdraft_is_leader{{channel="crosswork"}} {int(leads)}\n')


@pytest.fixture
def orderers(project) -> list[str]:
    return [node.id for node in project.topology.orderers]


@pytest.mark.parametrize(
    ("named", "leader"),
    [
        ((1, 1, 1), 0),
        ((1, 2, 2), 1),  # the first was killed and has come back
        ((3, 3), None),  # the third is gone, the others have yet to elect
        ((1, 2), None),  # nobody is named by most
        ((1,), 0),
        ((), None),
    ],
)
def test_under_bft_it_is_whom_most_name(project, orderers, named, leader) -> None:
    told = {
        node: bft(number, own)
        for own, (node, number) in enumerate(zip(orderers, named, strict=False), start=1)
    }
    expected = {} if leader is None else {orderers[leader]: ("crosswork",)}
    assert leading(project.topology, told) == expected


def test_under_raft_it_knows_itself(project, orderers) -> None:
    told = {node: raft(at == 1) for at, node in enumerate(orderers)}
    assert leading(project.topology, told) == {orderers[1]: ("crosswork",)}


def test_what_is_no_orderer_leads_nothing(project) -> None:
    assert leading(project.topology, {"energy-peer0": Metrics("")}) == {}
