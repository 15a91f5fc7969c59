"""A new chaincode's folder: made whole or not at all, under a name that will do."""

import subprocess
import sys

import pytest

from weftwork_network.errors import NetworkError
from weftwork_network.scaffold.making import make_chaincode
from weftwork_network.scaffold.names import check_name, class_name


@pytest.mark.parametrize("name", ["power_meter", "item"])
def test_its_own_test_passes_and_its_code_is_in_order(tmp_path, name: str) -> None:
    written = make_chaincode(name, tmp_path)
    assert all(path.is_file() for path in written)
    folder = tmp_path / name
    assert len((folder / "README.md").read_text().splitlines()) <= 10
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error::Warning"]
    # The plug-in for asynchronous tests warns of an option of its own that is not set.
    words += ["-p", "no:asyncio"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    for check in (["check", "--isolated", "--select", "E,F,I,D1,UP", "--line-length", "100"],):
        ruff = [sys.executable, "-m", "ruff", *check, "--ignore", "D103", "."]
        found = subprocess.run(ruff, cwd=folder, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is no name for a chaincode"),
        ("2parcels", "is no name for a chaincode"),
        ("Parcels", "is no name for a chaincode"),
        ("par-cels", "is no name for a chaincode"),
        ("par cels", "is no name for a chaincode"),
        ("_parcels", "is no name for a chaincode"),
        ("par__cels", "is no name for a chaincode"),
        ("../parcels", "is no name for a chaincode"),
        ("parcels\n", "is no name for a chaincode"),
        ("p" * 64, "is no name for a chaincode"),
        ("päckchen", "is no name for a chaincode"),
        ("class", "is a word of Python's own"),
        ("match", "is a word of Python's own"),
        ("qscc", "is a chaincode of Fabric's own"),
        ("logistics", "network.yaml has a chaincode of that name"),
        ("json", "a Python package of that name is here already"),
        ("msgspec", "a Python package of that name is here already"),
        ("tests", "a Python package of that name is here already"),
    ],
)
def test_a_name_that_will_not_do_is_told_in_one_line(tmp_path, name: str, why: str) -> None:
    with pytest.raises(NetworkError) as caught:
        make_chaincode(name, tmp_path, taken=["logistics"])
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_stays(tmp_path) -> None:
    (tmp_path / "parcels").mkdir()
    (tmp_path / "parcels" / "kept").write_text("mine")
    (tmp_path / "meters").write_text("mine")
    (tmp_path / "flats").symlink_to(tmp_path / "parcels")
    for name in ("parcels", "meters", "flats"):
        with pytest.raises(NetworkError, match=r"choose another name"):
            make_chaincode(name, tmp_path)
    assert [path.name for path in (tmp_path / "parcels").iterdir()] == ["kept"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flats", "meters", "parcels"]


def test_an_empty_folder_is_used(tmp_path) -> None:
    (tmp_path / "parcels").mkdir()
    make_chaincode("parcels", tmp_path)
    assert (tmp_path / "parcels" / "parcels" / "contract.py").is_file()


def test_names_of_classes() -> None:
    assert class_name("power_meter") == "PowerMeter"
    assert class_name("item") == "ItemChaincode"
    check_name("p" * 63)
