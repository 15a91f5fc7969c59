"""The compose file as a reader and as compose see it; what the channel says of containers."""

import pytest
import yaml

from weftwork_network.compose import ComposeFile, services_of
from weftwork_network.configtx import by_name, effective_configtx
from weftwork_network.image_names import image_names
from weftwork_network.packages import make_packages
from weftwork_network.places import names_of
from weftwork_network.serving import add_services, read_serving
from weftwork_network.state import write_json


@pytest.fixture
def compose(project, state):
    return written(project, state)


def written(project, state):
    packages = make_packages(project.topology, project.folder)
    for member in project.topology.members:
        add_services(state, member, packages)
    text = ComposeFile(
        state=state,
        topology=project.topology,
        names=image_names(project.topology),
        project="weftwork-test",
        user="1000:1000",
        serving={each.name: read_serving(state, each) for each in project.topology.members},
    ).text()
    return yaml.safe_load(text)


def test_every_node_is_a_service_and_each_package_of_a_department(project, state, compose) -> None:
    serving = read_serving(state, project.topology.member("Energy"))
    wanted = {each for node in project.topology.nodes for each in services_of(node, serving)}
    assert len([each for each in wanted if each.startswith("energy-chaincode.logistics_")]) == 1
    assert set(compose["services"]) == wanted


def test_every_service_is_hardened(compose) -> None:
    for name, service in compose["services"].items():
        assert service["user"] == "1000:1000", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["healthcheck"]["test"][0] == "CMD", name


def test_paths_are_relative_and_read_only_and_ports_on_this_machine(compose) -> None:
    for name, service in compose["services"].items():
        for volume in service["volumes"]:
            source, _, rest = volume.partition(":")
            if source != name:
                assert source.startswith("./"), volume
                assert rest.endswith(":ro"), volume
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), port


def test_a_chaincode_is_in_its_departments_network_alone(compose) -> None:
    for name, service in compose["services"].items():
        department = name.partition("-")[0]
        if "-chaincode." in name:
            assert list(service["networks"]) == [department]
            assert service["dns"] == ["127.0.0.1"]
            assert service["sysctls"] == {"net.ipv4.ip_default_ttl": "1"}
    assert compose["networks"]["channel"] == {}
    options = compose["networks"]["energy"]["driver_opts"]
    assert options == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_a_chaincode_is_told_whose_peers_it_serves(project, compose) -> None:
    for name, service in compose["services"].items():
        if "-chaincode." in name:
            member = project.topology.member(name.partition("-")[0])
            assert service["environment"]["CORE_PEER_LOCALMSPID"] == member.mspid


def test_each_chaincode_container_has_a_port_for_its_metrics_alone(compose) -> None:
    found = [
        port
        for name, service in compose["services"].items()
        if "-chaincode." in name
        for port in service["ports"]
    ]
    assert found
    assert len(set(found)) == len(found)


def test_a_dollar_is_left_as_it_is(project, state, compose) -> None:
    for service in compose["services"].values():
        for value in service.get("environment", {}).values():
            assert isinstance(value, str)
            assert "$" not in value.replace("$$", "")


def test_the_channel_names_nodes_as_their_certificates_do(project, state) -> None:
    plain = effective_configtx(project, state)
    named = by_name(plain, names_of(project.topology))
    assert "127.0.0.1" in plain.text()
    assert "127.0.0.1" not in named.text()
    profile = named.content["Profiles"][project.topology.channels[0].profile]
    hosts = {node.host for node in project.topology.orderers}
    assert {each["Host"] for each in profile["Orderer"]["EtcdRaft"]["Consenters"]} == hosts
    endpoints = {
        endpoint.partition(":")[0]
        for organization in profile["Orderer"]["Organizations"]
        for endpoint in organization["OrdererEndpoints"]
    }
    assert endpoints == hosts
    anchors = {
        anchor["Host"]
        for organization in profile["Application"]["Organizations"]
        for anchor in organization["AnchorPeers"]
    }
    assert anchors == {node.host for node in project.topology.peers}


def test_labels_of_the_state_mark_everything(project, state) -> None:
    """What cleans up by labels, as testcontainers' reaper does, finds all of it."""
    write_json(state.labels, {"org.testcontainers.session-id": "$7"})
    compose = written(project, state)
    for kind in ("services", "networks", "volumes"):
        for name, each in compose[kind].items():
            assert each["labels"] == {"org.testcontainers.session-id": "$$7"}, name
    assert "driver_opts" in compose["networks"]["energy"]
