"""The project of a test network: what was asked for, without the ports of where it is from."""

import sys
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.configtx import effective_configtx
from weftwork_network.errors import DefinitionError, NetworkError
from weftwork_network.testing import FabricNetwork
from weftwork_network.testing.folder import ProjectFolder, Shape

PARCELS = """\
from weftwork_chaincode import Context, Contract, evaluate


class Parcels(Contract, name="parcels"):
    @evaluate
    async def read(self, ctx: Context) -> str:
        return ""
"""


def opened(shape: Shape, folder: Path) -> Network:
    """The network of a shape, its two files held against each other."""
    folder.mkdir(exist_ok=True)
    ProjectFolder(shape).write(folder, 15000)
    return Network.open(folder)


def ports(network: Network) -> set[int]:
    return {port for node in network.topology.nodes for port in node.ports.values()}


def test_all_of_the_package_by_itself(tmp_path: Path) -> None:
    network = opened(Shape(), tmp_path)
    assert [member.name for member in network.topology.members] == [
        *("Logistics", "Energy", "Property", "Civic")
    ]
    assert all(15000 < port < 15400 for port in ports(network))
    (made,) = effective(network)
    assert "127.0.0.1:7" not in made


def test_some_departments_and_some_contracts(tmp_path: Path) -> None:
    harbour = {"name": "Harbour", "peers": 2}
    shape = Shape(
        departments=["Energy", harbour],
        contracts=["logistics"],
        batch_timeout="1s",
        max_message_count=1,
    )
    # The chaincode's own words name Logistics, which is not there.
    with pytest.raises(DefinitionError, match="Logistics"):
        opened(shape, tmp_path / "refused")
    shape = Shape(departments=["Logistics", harbour], contracts=["logistics"], batch_timeout="1s")
    network = opened(shape, tmp_path)
    assert [member.name for member in network.topology.members] == ["Logistics", "Harbour"]
    assert [each.name for each in network.topology.chaincodes] == ["logistics"]
    (made,) = effective(network)
    assert "BatchTimeout: 1s" in made
    assert "EnergyMSP" not in made


def test_departments_without_an_orderer_get_one(tmp_path: Path) -> None:
    departments = [{"name": "A", "peers": 1}, {"name": "B", "peers": 1}]
    network = opened(Shape(departments=departments, contracts=[]), tmp_path)
    assert [node.id for node in network.topology.orderers] == ["a-orderer0"]


def test_a_class_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code is put beside the files, where chaincode processes look for it."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "freight.py").write_text(PARCELS)
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
    from freight import Parcels  # type: ignore[import-not-found]

    words = {"contract": Parcels, "name": "more", "policy": "OR('EnergyMSP.peer')"}
    network = opened(Shape(contracts=[Parcels, words]), tmp_path / "net")
    first, second = network.topology.chaincodes
    assert (first.name, first.contract) == ("parcels", "freight:Parcels")
    assert (second.name, second.policy) == ("more", "OR('EnergyMSP.peer')")
    assert (tmp_path / "net" / "freight.py").read_text() == PARCELS


def test_a_project_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "source"
    written = Network.create(source, base_port=9000).project.network_file
    text = written.read_text().replace("    peers: 1\n", OWN_PORTS, 1)
    written.write_text(text + "\n  - {name: parcels, contract: 'parcels:P', authority: Energy}\n")
    (source / "parcels.py").write_text(PARCELS)
    network = opened(Shape(project=source), tmp_path / "net")
    assert all(15000 < port < 15400 for port in ports(network))
    assert (tmp_path / "net" / "parcels.py").resolve() == source / "parcels.py"
    assert not (source / ".weftwork").exists()
    assert effective(network)


OWN_PORTS = """\
    peers:
      - name: peer0
        ports: {listen: 9901, chaincode: 9902, operations: 9903}
"""


def test_under_bft_who_orders_is_another_matter(tmp_path: Path) -> None:
    network = opened(Shape(ordering="bft"), tmp_path)
    assert len(network.topology.orderers) == 4
    assert network.topology.ordering == "bft"
    assert effective(network)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (Shape(departments=["Enegry"]), "no department Enegry; did you mean 'Energy'"),
        (Shape(contracts=["logistic"]), "no chaincode logistic; did you mean 'logistics'"),
        (Shape(project=Path("/nowhere")), "no network.yaml here"),
    ],
)
def test_what_the_project_does_not_have_is_told(shape: Shape, told: str) -> None:
    with pytest.raises(DefinitionError, match=told) as refused:
        ProjectFolder(shape)
    assert "\n" not in str(refused.value)


def test_a_class_inside_a_test_cannot_be_served() -> None:
    from weftwork_chaincode import Contract

    class Inner(Contract):
        pass

    with pytest.raises(DefinitionError, match="a module of its own"):
        ProjectFolder(Shape(contracts=[Inner]))


def test_a_back_end_that_is_none_and_a_network_that_does_not_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKEND", "cloud")
    network = FabricNetwork()
    with pytest.raises(NetworkError, match="cloud is no back end"):
        network.start()
    with pytest.raises(NetworkError, match="does not run"):
        network.profile("Energy")
    network.stop()


def test_without_the_extra_processes_work_and_containers_say_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "testcontainers.compose", None)
    monkeypatch.delitem(sys.modules, "weftwork_network.testing.containers", raising=False)
    with pytest.raises(ImportError) as missing:
        FabricNetwork(backend="container").start()
    assert str(missing.value) == (
        "a test network of containers needs an extra: pip install 'weftwork[testing]'"
    )


def effective(network: Network) -> list[str]:
    made = effective_configtx(network.project, network.state)
    every = made if isinstance(made, list | tuple) else [made]
    return [each.text() for each in every]
