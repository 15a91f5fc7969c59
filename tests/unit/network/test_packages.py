"""Packages that carry their code: the same for everybody, checked by whoever gets one."""

import pytest

from weftwork_chaincode.digest import code_digest
from weftwork_network.errors import DeployError
from weftwork_network.packages import (
    define,
    kept_package,
    kept_versions,
    make_packages,
    read_package,
    write_package,
)
from weftwork_network.project import open_project


@pytest.fixture
def tiny(folder, change):
    """A project with a contract of its own, in a module beside its files."""
    (folder / "tiny_contract.py").write_text("class Tiny: ...\n")
    change("weftwork_contracts.casework.contract:Casework", "tiny_contract:Tiny")
    return open_project(folder)


def test_one_package_for_all_departments(project) -> None:
    packages = make_packages(project.topology, project.folder)
    assert packages == make_packages(project.topology, project.folder)
    for package, chaincode in zip(packages, project.topology.chaincodes, strict=True):
        assert package.id.startswith(f"{package.name}_{package.code_sha256[:12]}:")
        definition = define(chaincode, package.version, 3)
        assert definition.version == package.code_sha256[:12]
        assert definition.endorsement_policy == chaincode.policy
    # One code, four classes: one process may serve them all.
    assert len({package.files_sha256 for package in packages}) == 1
    assert len({package.code_sha256 for package in packages}) == 4


def test_the_code_is_in_the_package_and_its_digest_can_be_recomputed(project) -> None:
    package = make_packages(project.topology, project.folder)[0]
    files = package.files()
    assert "weftwork_contracts/logistics/contract.py" in files
    assert "weftwork_chaincode/server.py" in files
    assert not any("/testing/" in path or "__pycache__" in path for path in files)
    assert code_digest(package.contract, files) == package.code_sha256
    # And it is what an import finds here, from a checkout as from a wheel.
    assert code_digest(package.contract) == package.code_sha256


def test_a_contract_of_the_projects_own_folder(tiny, folder) -> None:
    before = make_packages(tiny.topology, folder)[3]
    assert before.files()["tiny_contract.py"] == b"class Tiny: ...\n"
    (folder / "tiny_contract.py").write_text("class Tiny: 'changed'\n")
    after = make_packages(tiny.topology, folder)[3]
    assert after.id != before.id
    assert after.version != before.version


def test_another_class_of_the_same_code_is_another_version(tiny, folder, change) -> None:
    before = make_packages(tiny.topology, folder)[3]
    change("tiny_contract:Tiny", "tiny_contract:Other")
    after = make_packages(open_project(folder).topology, folder)[3]
    assert (after.files_sha256, after.version != before.version) == (before.files_sha256, True)


def test_a_package_travels_as_a_file(project, state, tmp_path) -> None:
    package = make_packages(project.topology, project.folder)[2]
    path = write_package(state, package)
    assert read_package(path) == package
    assert kept_package(state, package.name, package.version) == package
    assert kept_versions(state, package.name) == [package.version]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content.replace(b"class Tiny", b"class TINY"), "it was changed after"),
        (lambda content: content[:-100], "is not whole"),
        (lambda content: content[:-9000], "is no package"),
        (lambda _: b"", "is no package"),
        (lambda content: content.replace(b'"contract":', b'"contrast":'), "is no package"),
    ],
)
def test_a_package_that_is_not_what_it_says_is_refused(tiny, tmp_path, damage, said) -> None:
    package = make_packages(tiny.topology, tiny.folder)[3]
    path = tmp_path / package.file_name
    path.write_bytes(damage(package.content))
    with pytest.raises(DeployError, match=said):
        read_package(path)


def test_a_package_that_is_gone_is_named(state) -> None:
    with pytest.raises(DeployError, match="casework_0123456789ab"):
        kept_package(state, "casework", "0123456789ab")
