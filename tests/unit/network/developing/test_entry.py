"""A chaincode written into network.yaml: everything else in the file stays as it was."""

import dataclasses

import pytest
import yaml

from weftwork_network.errors import DefinitionError, NetworkError
from weftwork_network.project import open_project
from weftwork_network.scaffold.entry import add_entry, entry_of, has_entry, take_back, with_entry
from weftwork_network.scaffold.folders import find_folder, find_network, read_folder
from weftwork_network.scaffold.making import make_chaincode

ENTRY = {"name": "parcels", "contract": "parcels.contract:Parcels", "folder": "parcels"}


@pytest.fixture
def parcels(folder):
    make_chaincode("parcels", folder)
    return read_folder(folder / "parcels")


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nchaincodes: []\nb: 2\n",
        "a: 1\nchaincodes: []  # none yet\nb: 2\n",
        "chaincodes:\n  []\n",
        "a: 1\n# first\nchaincodes:\n- {name: x, contract: y}\n\n# what follows\nb: 3\n",
        "chaincodes:\n  - name: x  # why\n    collections:\n      - {a: b}\n    # its end\n",
        "chaincodes:\n  - name: x\n    contract: y",
        "chaincodes: [{name: x, contract: y}]\n# end\n",
    ],
)
def test_appended_and_nothing_else_changed(text: str) -> None:
    after = with_entry(text, ENTRY)
    assert after is not None
    before = yaml.safe_load(text)
    assert yaml.safe_load(after) == before | {"chaincodes": [*before["chaincodes"], ENTRY]}
    for line in text.splitlines():
        if "#" in line:
            assert line.partition("#")[2] in after


@pytest.mark.parametrize("text", ["a: 1\n", "chaincodes: x\n", "[]", "chaincodes: {a: b}\n", ""])
def test_what_cannot_be_appended_to(text: str) -> None:
    assert with_entry(text, ENTRY) is None


def test_a_majority_endorses_by_itself(folder, project, parcels) -> None:
    entry = entry_of(project, parcels)
    assert entry["policy"].startswith("OutOf(3, 'LogisticsMSP.peer', 'EnergyMSP.peer', ")
    assert not has_entry(project, parcels)
    before = (folder / "network.yaml").read_text()
    assert add_entry(project, entry) == before
    after = open_project(folder)
    assert has_entry(after, parcels)
    assert after.topology.chaincodes[-1].folder == "parcels"
    take_back(after, before, entry)
    assert (folder / "network.yaml").read_text() == before


def test_what_was_edited_since_is_not_taken_back(folder, project, parcels) -> None:
    entry = entry_of(project, parcels)
    before = add_entry(project, entry)
    edited = (folder / "network.yaml").read_text() + "# mine\n"
    (folder / "network.yaml").write_text(edited)
    take_back(project, before, entry)
    assert (folder / "network.yaml").read_text() == edited


def says(folder, line: str):
    file = folder / "parcels" / "pyproject.toml"
    text = file.read_text().replace("[tool.pytest", f"{line}\n\n[tool.pytest")
    file.write_text(text)
    return read_folder(folder / "parcels")


def test_who_endorses_is_what_the_folder_says(folder, project, parcels) -> None:
    said = says(folder, 'authority = "Energy"')
    assert entry_of(project, said)["authority"] == "Energy"
    with pytest.raises(NetworkError, match="no department 'Enrgy'; did you mean 'Energy'"):
        entry_of(project, dataclasses.replace(said, authority="Enrgy"))


def test_a_policy_that_makes_no_network_is_not_written(folder, project, parcels) -> None:
    said = says(folder, "policy = \"OR('NobodyMSP.peer')\"")
    before = (folder / "network.yaml").read_text()
    with pytest.raises(DefinitionError, match="no MSP 'NobodyMSP'"):
        add_entry(project, entry_of(project, said))
    assert (folder / "network.yaml").read_text() == before


def test_another_chaincode_of_the_name(folder, project, parcels, tmp_path) -> None:
    add_entry(project, entry_of(project, parcels))
    make_chaincode("parcels", tmp_path / "elsewhere")
    other = read_folder(tmp_path / "elsewhere" / "parcels")
    with pytest.raises(NetworkError, match="has a chaincode 'parcels' that is"):
        has_entry(open_project(folder), other)


def test_found_from_inside(folder, parcels) -> None:
    inside = folder / "parcels" / "parcels"
    found = find_folder(inside)
    assert found is not None
    assert (found.name, found.folder) == ("parcels", folder.resolve() / "parcels")
    assert find_network(inside) == folder.resolve()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[tool.weftwork.chaincode]\nname = 'x'", "has no contract"),
        ("[tool.weftwork.chaincode]\nname = 1\ncontract = 'a:B'", "name is no text"),
        ("[tool.weftwork.chaincode]\nnam = 'x'", "nam is not known; write name, contract"),
        ("[tool.weftwork]\nchaincode = 1", "is no table"),
        ("[tool", "pyproject.toml: "),
    ],
)
def test_a_wrong_pyproject_is_told_in_one_line(tmp_path, text: str, why: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(NetworkError) as caught:
        read_folder(tmp_path)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pyproject_of_something_else(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    assert read_folder(tmp_path) is None


def test_a_comment_on_what_follows_stays_with_it() -> None:
    text = "chaincodes:\n- {name: x, contract: y}\n\n# what follows\nb: 3\n"
    added = "\n- name: parcels\n  contract: parcels.contract:Parcels\n  folder: parcels\n"
    head, tail = text[: text.index("\n\n#") + 1], text[text.index("\n\n#") + 1 :]
    assert with_entry(text, ENTRY) == head + added + tail
