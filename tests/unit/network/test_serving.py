"""What departments serve side by side, what is deployed and what is rolled back, in the state."""

import json
from dataclasses import replace

import pytest

from weftwork_network.certificates import CertificateStore
from weftwork_network.chaincode_servers import (
    container_units,
    node_of_unit,
    process_units,
    server_environment,
    socket_address,
    write_process_config,
)
from weftwork_network.deployed import nothing_to_deploy, read_deployed, remember, wanted_packages
from weftwork_network.packages import make_packages, write_package
from weftwork_network.serving import (
    add_services,
    code_folder,
    drop_services,
    read_serving,
    replace_contracts,
    withdraw_services,
)


@pytest.fixture
def energy(project):
    return project.topology.member("Energy")


@pytest.fixture
def packages(project):
    return make_packages(project.topology, project.folder)


def newer(package, digit="f"):
    """The package of other code."""
    return replace(
        package,
        code_sha256=digit * 64,
        files_sha256=digit * 64,
        id=f"{package.name}_{digit * 12}:1",
    )


def test_new_code_is_served_beside_the_old_until_no_peer_needs_it(state, energy, packages) -> None:
    old = packages[0]
    new = newer(old)
    assert len(add_services(state, energy, packages)) == 4
    assert add_services(state, energy, packages) == []
    (added,) = add_services(state, energy, [new])
    serving = read_serving(state, energy)
    assert [service.package_id for service in serving.of("logistics")] == [old.id, new.id]
    units = process_units(energy.chaincode, serving)
    assert [len(unit.services) for unit in units] == [4, 1]
    assert [unit.slot for unit in units] == [0, 1]
    assert {node_of_unit(unit.id) for unit in units} == {"energy-chaincode"}
    assert len(container_units(energy.chaincode, serving)) == 5
    addresses = {socket_address(energy.chaincode, service) for service in serving.services}
    assert len(addresses) == 5
    # The new one is approved and not committed: peers run the old one.
    assert drop_services(state, energy, {old.id}) == []
    (dropped,) = drop_services(state, energy, {new.id})
    assert dropped.package_id == old.id
    assert added in read_serving(state, energy).services


def test_an_earlier_package_becomes_the_newest_again(state, energy, packages) -> None:
    old, new = packages[0], newer(packages[0])
    add_services(state, energy, [old])
    add_services(state, energy, [new])
    add_services(state, energy, [old])
    found = [service.package_id for service in read_serving(state, energy).services]
    assert found == [new.id, old.id]
    assert [each.package_id for each in drop_services(state, energy, {old.id})] == [new.id]


def test_what_came_to_nothing_is_taken_back(state, energy, packages) -> None:
    add_services(state, energy, packages[:1])
    before = read_serving(state, energy)
    add_services(state, energy, [newer(packages[0])])
    withdraw_services(state, energy, [newer(packages[0]).id])
    assert read_serving(state, energy) == before


def test_a_server_is_told_what_its_department_approved(project, state, energy, packages) -> None:
    CertificateStore(state).ensure(project.topology)
    add_services(state, energy, packages)

    def told() -> dict:
        serving = read_serving(state, energy)
        (unit,) = process_units(energy.chaincode, serving)
        write_process_config(state, energy, unit, serving)
        path = state.node(energy.chaincode) / "units" / f"{unit.id}.json"
        return json.loads(path.read_text())

    found = told()
    assert found["department"] == "Energy"
    assert all(each["address"].startswith("unix:s/") for each in found["chaincodes"])
    assert all(each["code_sha256"] for each in found["chaincodes"])
    assert not found["dev"]
    replace_contracts(state, energy, {"property": "rogue.contract:Property"})
    found = told()
    assert found["dev"]
    assert found["chaincodes"][2]["contract"] == "rogue.contract:Property"
    assert found["chaincodes"][2]["code_sha256"] is None
    assert found["chaincodes"][2]["package_id"] == packages[2].id


def test_code_is_unpacked_once_from_the_package(state, energy, packages) -> None:
    for package in packages:
        write_package(state, package)
    add_services(state, energy, packages)
    folders = {code_folder(state, service) for service in read_serving(state, energy).services}
    (folder,) = folders
    assert (folder / "weftwork_contracts/property/contract.py").read_bytes() == packages[0].files()[
        "weftwork_contracts/property/contract.py"
    ]
    environment = server_environment("EnergyMSP", folder, None)
    assert environment["PYTHONPATH"].startswith(str(folder))
    assert environment["CORE_PEER_LOCALMSPID"] == "EnergyMSP"


def test_a_rollback_stays_until_the_code_changes(project, state, packages) -> None:
    topology = project.topology
    remember(state, topology, packages, packages)
    assert nothing_to_deploy(state, topology, packages)
    edited = [newer(packages[0]), *packages[1:]]
    assert not nothing_to_deploy(state, topology, edited)
    remember(state, topology, edited, edited)
    assert read_deployed(state)["logistics"].before == (packages[0].version,)
    # Back to the first, while the project still holds the second.
    write_package(state, packages[0])
    remember(state, topology, packages[:1], edited)
    assert nothing_to_deploy(state, topology, edited)
    assert wanted_packages(state, edited) == packages
    assert read_deployed(state)["logistics"].before == ()
    again = [newer(packages[0], "e"), *packages[1:]]
    assert not nothing_to_deploy(state, topology, again)
    assert wanted_packages(state, again) == again


def test_a_changed_policy_is_to_be_deployed(project, state, packages, change) -> None:
    from weftwork_network.project import open_project

    remember(state, project.topology, packages, packages)
    folder = change("authority: Civic", "authority: Energy")
    assert not nothing_to_deploy(state, open_project(folder).topology, packages)
