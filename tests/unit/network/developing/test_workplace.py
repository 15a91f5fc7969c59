"""Where a command works: the network found, a new chaincode written into it and out of it again."""

import pytest

from weftwork_network.errors import DeployError, NetworkError
from weftwork_network.project import open_project
from weftwork_network.scaffold import workplace
from weftwork_network.scaffold.making import make_chaincode
from weftwork_network.scaffold.workplace import find_chaincode, find_workplace, opened


@pytest.fixture
def parcels(folder, monkeypatch):
    """A chaincode's folder below a network's, which is the working folder."""
    make_chaincode("parcels", folder)
    monkeypatch.setattr(workplace, "running_backend", lambda _: None)
    monkeypatch.chdir(folder / "parcels")
    return folder / "parcels"


def test_a_chaincode_in_its_own_folder(folder, parcels) -> None:
    place = find_workplace([])
    assert place == find_workplace(["parcels"])
    assert (place.network_folder, place.names) == (folder.resolve(), ("parcels",))
    assert find_chaincode(None).name == find_chaincode("parcels").name == "parcels"
    assert opened(None).project.folder == folder.resolve()


def test_a_folder_beside_the_definition_by_its_name(folder, parcels, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    place = find_workplace(["parcels"])
    assert [each.name for each in place.folders] == ["parcels"]
    assert find_workplace([]).names == ()
    assert find_workplace(["casework"]).folders == ()
    with pytest.raises(NetworkError, match="no chaincode 'parcel'; did you mean 'parcels'"):
        find_workplace(["parcels", "parcel"])


def test_a_network_in_no_folder_above(folder, tmp_path, monkeypatch) -> None:
    make_chaincode("parcels", tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere" / "parcels")
    with pytest.raises(NetworkError, match="--folder names one"):
        find_workplace([])
    assert find_workplace([], folder).network_folder == folder
    file = tmp_path / "elsewhere" / "parcels" / "pyproject.toml"
    said = f'contract = "parcels.contract:Parcels"\nnetwork = "../../{folder.name}"'
    file.write_text(file.read_text().replace('contract = "parcels.contract:Parcels"', said))
    assert find_workplace([]).network_folder.resolve() == folder.resolve()


def test_what_was_not_deployed_is_taken_out_again(folder, parcels) -> None:
    before = (folder / "network.yaml").read_text()
    told: list[str] = []
    place = find_workplace([])
    with pytest.raises(DeployError), place.joined(told.append):  # noqa: PT012 - it is what raises
        assert "name: parcels" in (folder / "network.yaml").read_text()
        raise DeployError("no majority")
    assert (folder / "network.yaml").read_text() == before
    assert told[0].startswith("added parcels to ")
    assert told[1].startswith("took parcels out of ")


def test_what_was_deployed_stays(folder, parcels) -> None:
    with find_workplace([]).joined(lambda _: None):
        pass
    assert open_project(folder).topology.chaincodes[-1].folder == "parcels"
    told: list[str] = []
    with find_workplace([]).joined(told.append):
        pass
    assert told == []
