"""What a first start that was cut short has left is deleted; a ledger never is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.fresh import answered, begin
from weftwork_network.process_backend import ProcessBackend
from weftwork_network.state import State
from weftwork_network.topology import Node


class Site:
    """A project's orderers and peers, and a start that is made of its first steps alone."""

    def __init__(self, folder: Path) -> None:
        network = Network.create(folder, base_port=7000)
        self.state: State = network.state
        self.nodes: Sequence[Node] = (*network.topology.orderers, *network.topology.peers)
        self.backend = ProcessBackend(network.state, network.topology, folder)

    def start(self) -> None:
        begin(self.state, self.backend, self.nodes)
        for node in self.nodes:
            self.state.data(node).mkdir(exist_ok=True)

    def kept(self) -> set[str]:
        return {node.id for node in self.nodes if (self.state.data(node) / "database").exists()}

    def write(self) -> None:
        for node in self.nodes:
            (self.state.data(node) / "database").write_text("half of one")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def test_a_first_start_cut_short(site: Site) -> None:
    """Whatever the first start has left is gone at the next, and at the one after that."""
    for _ in range(3):
        site.start()
        assert site.kept() == set()
        site.write()


def test_a_node_that_has_answered(site: Site) -> None:
    """It keeps what it has, however often it is started; the others lose theirs."""
    site.start()
    site.write()
    answered(site.state, site.nodes[0])
    for _ in range(2):
        site.start()
        assert site.kept() == {site.nodes[0].id}


def test_a_ledger_without_marks(site: Site) -> None:
    """Data that no start has marked is somebody's ledger."""
    for node in site.nodes:
        site.state.data(node).mkdir(parents=True)
    site.write()
    site.start()
    assert site.kept() == {node.id for node in site.nodes}
