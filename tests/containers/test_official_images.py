"""The official images, by stand-ins: no registry need answer here.

What stands in for each has the official image's layout: a distribution with a shell, the program in
/usr/local/bin, its configuration and `VOLUME`s where the official Dockerfile has them, root as its
user. The names are those of a registry's that there cannot be, so that nothing real is covered.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.errors import ImageError
from weftwork_network.images import build_network_images
from weftwork_network.node_images import build_context, build_image
from weftwork_network.programs import find_ca_server, find_programs
from weftwork_network.progress import Silent

PORT = int(os.environ.get("WEFTWORK_TEST_PORT", "17000")) + 1500
REGISTRY = "registry.invalid/hyperledger"
CONFIG = "/etc/hyperledger/fabric"
NODE = """\
FROM {base}
ENV FABRIC_CFG_PATH=/etc/hyperledger/fabric
COPY root /
VOLUME /etc/hyperledger/fabric
VOLUME /var/hyperledger
CMD {command}
"""
AUTHORITY = """\
FROM {base}
ENV FABRIC_CA_HOME=/etc/hyperledger/fabric-ca-server
COPY root /
CMD ["fabric-ca-server", "start", "-b", "admin:adminpw"]
"""


def images() -> dict[str, str]:
    return {
        "peer": f"{REGISTRY}/fabric-peer:3.1.1",
        "orderer": f"{REGISTRY}/fabric-orderer:3.1.1",
        "ca": f"{REGISTRY}/fabric-ca:1.5.21",
    }


def opened(folder: Path, named: dict[str, str]) -> Network:
    file = Network.create(folder, base_port=PORT).project.network_file
    file.write_text(f"{file.read_text()}\nca: fabric-ca\nimages: {json.dumps(named)}\n")
    return Network.open(folder, backend="container")


def stand_in(engine: Engine, kind: str, name: str, base: str) -> None:
    programs = find_programs("3.1", Silent())
    command = {"peer": '["peer", "node", "start"]', "orderer": '["orderer", "start"]'}
    text = (
        AUTHORITY.format(base=base)
        if kind == "ca"
        else NODE.format(base=base, command=command[kind])
    )
    with build_context(text) as root:
        place = root / "usr" / "local" / "bin"
        place.mkdir(parents=True)
        shutil.copy(find_ca_server(Silent()) if kind == "ca" else programs.path(kind), place)
        if kind != "ca":
            config = root / CONFIG.lstrip("/")
            config.mkdir(parents=True)
            shutil.copy(
                programs.config / ("core.yaml" if kind == "peer" else "orderer.yaml"), config
            )
        build_image(engine, name, root.parent)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Network]:
    """The four departments with CAs, on others' images."""
    made = opened(tmp_path_factory.mktemp("official"), images())
    # What chaincode runs on is ours either way; a distribution with a shell is below it.
    plain = Network.create(tmp_path_factory.mktemp("plain"))
    build_network_images(plain.topology, plain.project.folder, Silent())
    try:
        for kind, name in images().items():
            stand_in(engine, kind, name, "weftwork/python:3.11-bookworm")
        build_network_images(made.topology, made.project.folder, Silent())
        made.up()
        yield made
    finally:
        made.clean()
        for name in images().values():
            if engine.has_image(name):
                engine.run("image", "rm", name)


@pytest.fixture(scope="module")
def containers(network: Network, engine: Engine) -> list[dict[str, Any]]:
    project = json.loads((network.state.folder / "backend.json").read_text())["project"]
    names = [each.name for each in engine.containers(project)]
    return json.loads(engine.run("container", "inspect", *names))


def test_the_network_works_on_them_and_keeps_its_ledgers(network: Network) -> None:
    status = network.status()
    assert status.healthy
    assert network.up().already
    network.down()
    assert network.up().height == status.height


def test_they_are_as_confined_as_ours(containers: list[dict[str, Any]]) -> None:
    nodes = [each for each in containers if each["Config"]["Image"].startswith(REGISTRY)]
    assert len(nodes) == 3 + 4 + 4
    for each in nodes:
        host, name = each["HostConfig"], each["Name"]
        assert each["Config"]["User"].partition(":")[0] not in ("", "0", "root"), name
        assert host["ReadonlyRootfs"] is True, name
        assert host["CapDrop"] == ["ALL"], name
        # What the image asks for besides is not given a volume that nobody names.
        volumes = [mount["Name"] for mount in each["Mounts"] if mount["Type"] == "volume"]
        assert [name.partition("_")[0] for name in volumes] == [f"weftwork-{name_of(each)}"], name


def name_of(container: dict[str, Any]) -> str:
    return container["Name"].lstrip("/").split("-")[1]


def test_their_health_check_is_ours_and_answers(
    engine: Engine, containers: list[dict[str, Any]]
) -> None:
    for each in containers:
        command = each["Config"]["Healthcheck"]["Test"][1:]
        engine.run("container", "exec", each["Name"].lstrip("/"), *command)


def test_one_that_is_missing_is_named_and_nothing_is_begun(
    tmp_path: Path, network: Network
) -> None:
    missing = f"{REGISTRY}/fabric-peer:3.1.2"
    made = opened(tmp_path, {**images(), "peer": missing})
    with pytest.raises(ImageError, match=rf"lacks {missing}; `weftwork network images`"):
        made.up()
    assert not made.state.departments.exists()
    with pytest.raises(ImageError, match=rf"{missing} is not here and cannot be pulled") as told:
        build_network_images(made.topology, tmp_path, Silent())
    assert len(str(told.value).splitlines()) == 1
