"""Every container as its operators would have it."""

import re
from typing import Any

import pytest

from weftwork_network import Network

EACH_DEPARTMENT = 4  # chaincodes


def test_each_chaincode_of_each_department_is_a_container_of_its_own(
    network: Network, containers: list[dict[str, Any]]
) -> None:
    topology = network.topology
    nodes = len(topology.orderers) + len(topology.peers)
    assert len(containers) == nodes + EACH_DEPARTMENT * len(topology.members)


def test_no_privilege_is_left(containers: list[dict[str, Any]]) -> None:
    for each in containers:
        host, name = each["HostConfig"], each["Name"]
        user = each["Config"]["User"].partition(":")[0]
        assert user not in ("", "0", "root"), name
        assert host["ReadonlyRootfs"] is True, name
        assert host["CapDrop"] == ["ALL"], name
        assert not host["CapAdd"], name
        assert host["Privileged"] is False, name
        assert "no-new-privileges:true" in host["SecurityOpt"], name


def test_memory_and_processes_are_limited(containers: list[dict[str, Any]]) -> None:
    for each in containers:
        assert 0 < each["HostConfig"]["Memory"] <= 2**30, each["Name"]
        assert 0 < each["HostConfig"]["PidsLimit"] <= 1024, each["Name"]


def test_ports_are_on_this_machine_alone(containers: list[dict[str, Any]]) -> None:
    published = 0
    for each in containers:
        for bindings in (each["HostConfig"]["PortBindings"] or {}).values():
            published += len(bindings)
            assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}, each["Name"]
        if "chaincode" in each["Name"]:
            assert len(each["HostConfig"]["PortBindings"]) == 1, each["Name"]  # its metrics
    assert published


def test_what_is_mounted_is_read_only_and_the_nodes_own(
    network: Network, containers: list[dict[str, Any]], project: str
) -> None:
    for each in containers:
        own = each["Name"].lstrip("/").removeprefix(f"{project}-").partition("-")[0]
        for mount in each["Mounts"]:
            if mount["Type"] == "volume":
                assert mount["Name"].startswith(project)
                continue
            assert mount["RW"] is False, mount
            assert "docker.sock" not in mount["Source"]
            inside = mount["Source"].removeprefix(f"{network.state.folder}/")
            assert inside.startswith((f"departments/{own}/", "channel/tls-roots.pem")), inside


def test_nothing_secret_stands_in_an_environment_or_the_compose_file(
    network: Network, containers: list[dict[str, Any]]
) -> None:
    key = re.compile(r"PRIVATE KEY|BEGIN CERT|password|[A-Za-z0-9+/]{80}", re.IGNORECASE)
    for each in containers:
        for setting in each["Config"]["Env"]:
            assert not key.search(setting), each["Name"]
    assert not key.search((network.state.folder / "compose.yaml").read_text())


def test_a_chaincode_reaches_nobody_but_its_departments_peers(
    network: Network, containers: list[dict[str, Any]], project: str
) -> None:
    for each in containers:
        networks = set(each["NetworkSettings"]["Networks"])
        service = each["Name"].lstrip("/").removeprefix(f"{project}-")
        department = f"{project}_{service.partition('-')[0]}"
        if "chaincode" in service:
            assert networks == {department}
        elif "peer" in service:
            assert networks == {department, f"{project}_channel"}
        else:
            assert networks == {f"{project}_channel"}


@pytest.mark.parametrize("service", ["energy-peer0", "energy-orderer0"])
def test_the_images_of_nodes_hold_no_shell(engine, project: str, service: str) -> None:
    from weftwork_network.errors import EngineError

    with pytest.raises(EngineError, match="sh"):
        engine.run("container", "exec", f"{project}-{service}", "/bin/sh", "-c", "true")
