"""The compose file of networks of every kind: CAs, others' images, a published address."""

import re
from typing import Any

import pytest
import yaml

from weftwork_network.compose import ComposeFile
from weftwork_network.fabric_ca import contained, prepare, server_of
from weftwork_network.image_names import TOOLS, image_names
from weftwork_network.packages import make_packages
from weftwork_network.project import open_project
from weftwork_network.serving import add_services, read_serving

HARDENED = {
    "user": "1000:1000",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
# What would take back what the hardening takes away.
LOOSE = {"cap_add", "privileged", "devices", "pid", "ipc", "network_mode", "userns_mode", "extends"}
KINDS = {
    "plain": "",
    "with CAs": "ca: fabric-ca\n",
    "with CAs on others' images": "ca: fabric-ca\nimages: official\n",
    "published": "ca: fabric-ca\npublish: 192.0.2.7\n",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def text(kind: str, change, folder, state) -> str:
    change("base_port: 24000", f"{KINDS[kind]}base_port: 24000")
    topology = open_project(folder).topology
    packages = make_packages(topology, folder)
    for member in topology.members:
        add_services(state, member, packages)
        if member.ca is not None:
            server = server_of(state, member)
            prepare(server, inside=contained(server, "/home"), begun=False)
    return ComposeFile(
        state=state,
        topology=topology,
        names=image_names(topology),
        project="weftwork-test",
        user="1000:1000",
        serving={each.name: read_serving(state, each) for each in topology.members},
    ).text()


@pytest.fixture
def services(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)["services"]


def test_every_service_is_hardened(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert {key: service[key] for key in HARDENED} == HARDENED, name
        assert not LOOSE & set(service), name
        assert re.fullmatch(r"[0-9]+[mg]", service["mem_limit"]), name
        assert 0 < service["pids_limit"] <= 1024, name
        command = service["healthcheck"]["test"]
        assert command[0] == "CMD", name
        assert command[1].endswith("/health"), name
        assert command[2] in ("grpc", "https", "tls"), name


def test_no_secret_and_no_engine_is_in_it(text: str, state) -> None:
    assert "docker.sock" not in text
    assert "adminpw" not in text
    for secret in state.departments.rglob("bootstrap.secret"):
        assert secret.read_text() not in text


def test_what_is_mounted_is_read_only_and_the_departments_own(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for volume in service["volumes"]:
            source, target, *mode = volume.split(":")
            if source == name:
                continue
            assert mode == ["ro"], volume
            own = f"./departments/{name.partition('-')[0]}/"
            assert source.startswith((own, "./channel/tls-roots.pem", "./tools/")), volume
            assert target.startswith(("/etc/hyperledger", "/opt/weftwork")) or "ca" in name, volume


def test_only_what_is_called_from_elsewhere_is_published(
    kind: str, services: dict[str, Any]
) -> None:
    others = {
        name: port
        for name, service in services.items()
        for port in service.get("ports", [])
        if not port.startswith("127.0.0.1:")
    }
    if kind != "published":
        assert others == {}
        return
    departments = ("logistics", "energy", "property", "civic")
    assert set(others) == {f"{each}-{node}" for each in departments for node in ("ca", "peer0")}
    assert others["energy-peer0"] == "192.0.2.7:24111:24111"


def test_others_images_get_what_they_lack_and_no_volume_of_their_own(
    kind: str, services: dict[str, Any]
) -> None:
    for name, service in services.items():
        foreign = service["image"].startswith("hyperledger/")
        assert foreign is ("others" in kind and "chaincode" not in name), name
        tools = [volume for volume in service["volumes"] if f":{TOOLS}:ro" in volume]
        assert len(tools) == foreign, name
        if foreign:
            assert service["entrypoint"], name
            assert "/var/hyperledger:size=1m" in service["tmpfs"], name
            assert service["healthcheck"]["test"][1] == f"{TOOLS}/health", name


def test_released_connections_are_their_users_in_memory(services: dict[str, Any]) -> None:
    """Without an owner no peer starts a second time: the folder below it is root's by then."""
    for name, service in services.items():
        places = [each for each in service["tmpfs"] if "/externalbuilder:" in each]
        assert len(places) == name.partition("-")[2].startswith("peer"), name
        assert all("uid=1000,gid=1000,mode=0700" in each for each in places), name
