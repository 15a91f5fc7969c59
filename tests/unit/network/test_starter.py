"""What `init` writes, in its variants: the two files always agree."""

import pytest
import yaml

from weftwork_network import Network, NetworkError
from weftwork_network.configtx import effective_configtx
from weftwork_network.skeleton import shape_of


def profile(network: Network) -> dict:
    return effective_configtx(network.project, network.state).content["Profiles"]["Crosswork"]


@pytest.mark.parametrize("base", [1024, 7000, 7100, 13000, 64000])
def test_ports_move_together(tmp_path, base) -> None:
    network = Network.create(tmp_path, base_port=base)
    assert effective_configtx(network.project, network.state).added == []
    assert network.topology.node("civic-orderer0").ports["listen"] == base + 351


def test_the_product_itself_is_what_init_writes(tmp_path) -> None:
    from weftwork_network.releases import data_folder

    Network.create(tmp_path)
    for name in ("network.yaml", "configtx.yaml"):
        assert (tmp_path / name).read_text() == (data_folder() / name).read_text()


def test_batches_are_set_in_configtx(tmp_path) -> None:
    network = Network.create(tmp_path, batch_timeout="2s", max_message_count=25)
    orderer = profile(network)["Orderer"]
    assert orderer["BatchTimeout"] == "2s"
    assert orderer["BatchSize"]["MaxMessageCount"] == 25


def test_further_departments(tmp_path) -> None:
    network = Network.create(
        tmp_path,
        base_port=8000,
        departments=[
            {"name": "Harbour", "peers": 2, "orderers": 1, "users": [{"name": "clerk"}]},
            {"name": "Rail"},
        ],
    )
    assert [member.name for member in network.topology.members][4:] == ["Harbour", "Rail"]
    assert len(profile(network)["Orderer"]["EtcdRaft"]["Consenters"]) == 4
    text = (tmp_path / "network.yaml").read_text()
    assert "# `authority` is" in text  # what a person wrote beside it stays
    assert yaml.safe_load(text)["departments"][4]["peers"] == 2


def test_nothing_is_overwritten(tmp_path) -> None:
    Network.create(tmp_path)
    before = (tmp_path / "network.yaml").read_bytes()
    with pytest.raises(NetworkError, match="is there already; choose another folder"):
        Network.create(tmp_path, base_port=9000)
    assert (tmp_path / "network.yaml").read_bytes() == before


def test_a_wrong_department_is_a_fault_of_the_file(tmp_path) -> None:
    with pytest.raises(NetworkError, match="two departments with department 'Civic'"):
        Network.create(tmp_path, departments=[{"name": "Civic"}])


def test_departments_of_ones_own(tmp_path) -> None:
    """As `init --departments Harbour,Rail,Customs,Port --peers 2` asks for them."""
    shape = shape_of(["Harbour", "Rail", "Customs", "Port"], peers=2, channel="trade")
    network = Network.create(tmp_path, base_port=8000, definition=shape, batch_timeout="1s")
    assert [member.name for member in network.topology.members][3:] == ["Port"]
    assert [node.id for node in network.topology.orderers] == [
        "harbour-orderer0", "rail-orderer0", "customs-orderer0",
    ]  # fmt: skip
    assert network.channel == "trade"
    content = effective_configtx(network.project, network.state).content["Profiles"]["Raft"]
    assert content["Orderer"]["BatchTimeout"] == "1s"
    assert len(content["Application"]["Organizations"]) == 4
    bft = Network.open(tmp_path, ordering="bft")
    assert len(bft.topology.orderers) == 4
    orderer = effective_configtx(bft.project, bft.state).content["Profiles"]["BFT"]["Orderer"]
    assert len(orderer["ConsenterMapping"]) == 4
    assert orderer["SmartBFT"]["RequestBatchMaxInterval"] == "1s"


def test_a_shape_that_makes_no_network_leaves_nothing_behind(tmp_path) -> None:
    with pytest.raises(NetworkError, match="3 orderers under BFT bear no faulty one"):
        Network.create(tmp_path / "new", definition=shape_of(["A", "B", "C"]), ordering="bft")
    with pytest.raises(NetworkError, match="two departments with department 'rail'"):
        Network.create(tmp_path / "new", definition=shape_of(["Rail", "rail"]))
    assert not (tmp_path / "new").exists()
