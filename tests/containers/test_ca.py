"""Departments' own Fabric CAs as containers: users are enrolled by them, registers outlive them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import weftwork
from tests.containers.conftest import Measured
from weftwork import FileWallet
from weftwork.ca import Attribute, CertificateAuthority, Registrar
from weftwork.departments import Logistics
from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.errors import EngineError, PreflightError
from weftwork_network.fabric_ca import server_of
from weftwork_network.images import build_network_images
from weftwork_network.progress import Silent
from weftwork_network.testing import FabricNetwork

CA = "logistics-ca"


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Network]:
    """Two departments in containers, each with a Fabric CA."""
    folder = tmp_path_factory.mktemp("authorities")
    file = Network.create(folder).project.network_file
    file.write_text(file.read_text() + "\nca: fabric-ca\n")
    build_network_images(Network.open(folder).topology, folder, Silent())
    shape = {"departments": ["Logistics", "Energy"], "contracts": ["logistics"]}
    with FabricNetwork(backend="container", project=folder, **shape) as fabric:
        yield fabric.network


@pytest.fixture
def container(authorities: Network) -> str:
    kept = json.loads((authorities.state.folder / "backend.json").read_text())
    return f"{kept['project']}-{CA}"


@pytest.fixture
def described(engine: Engine, container: str) -> dict[str, Any]:
    return json.loads(engine.run("container", "inspect", container))[0]


def wallet(network: Network) -> FileWallet:
    return FileWallet(network.profile("Logistics").parent / "wallet")


def authority(network: Network) -> CertificateAuthority:
    member = network.topology.member("Logistics")
    roots = network.state.department(member) / "tlsca" / "cert.pem"
    return CertificateAuthority(server_of(network.state, member).url, member.mspid, tls_roots=roots)


def registrar_of(network: Network, logistics: CertificateAuthority) -> Registrar:
    server = server_of(network.state, network.topology.member("Logistics"))
    return logistics.registrar(logistics.enroll(server.registrar, server.secret_file.read_text()))


def test_users_are_enrolled_and_registers_outlive_containers(authorities: Network) -> None:
    assert authorities.status().healthy
    clerk = wallet(authorities).get("clerk").identity
    with authority(authorities) as logistics_ca:
        registrar = registrar_of(authorities, logistics_ca)
        assert "clerk@logistics.example" in {each.id for each in registrar.identities()}
        secret = registrar.register("newcomer", attributes=[Attribute("role", "clerk")])
        wallet(authorities).put(logistics_ca.enroll("newcomer", secret))

    authorities.down()
    authorities.up()
    assert wallet(authorities).get("clerk").identity == clerk
    with authority(authorities) as logistics_ca:
        known = registrar_of(authorities, logistics_ca).identity("newcomer")
        assert known.attribute("role") == "clerk"
    with weftwork.connect(authorities.profile("Logistics"), user="newcomer") as gateway:
        logistics = Logistics(gateway.network(authorities.channel))
        logistics.create("C-1", consignee="EnergyMSP", items=["M-1"])
        assert logistics.custody("M-1").holder == "LogisticsMSP"


def test_a_killed_ca_is_seen_and_started_again(authorities: Network, measured: Measured) -> None:
    authorities.kill_node(CA)
    states = {row.node: row.state for row in authorities.status().nodes}
    assert states[CA] == "died"
    result = authorities.up()
    measured(f"{CA} killed, up again in {result.seconds:.1f} s")
    assert result.started == (CA,)
    with authority(authorities) as logistics_ca:
        known = registrar_of(authorities, logistics_ca).identities()
        assert "clerk@logistics.example" in {each.id for each in known}


def test_its_health_check_tells_the_truth(
    engine: Engine, container: str, described: dict[str, Any]
) -> None:
    check = described["Config"]["Healthcheck"]["Test"][1:]
    engine.run("container", "exec", container, *check)
    engine.run("container", "kill", "--signal=STOP", container)
    try:
        with pytest.raises(EngineError):
            engine.run("container", "exec", container, *check)
    finally:
        engine.run("container", "kill", "--signal=CONT", container)
    engine.run("container", "exec", container, *check)


def test_no_privilege_and_no_secret(authorities: Network, described: dict[str, Any]) -> None:
    host, config = described["HostConfig"], described["Config"]
    assert config["User"].partition(":")[0] not in ("", "0", "root")
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert 0 < host["Memory"] <= 2**28
    assert 0 < host["PidsLimit"] <= 256
    secret = server_of(authorities.state, authorities.topology.member("Logistics")).secret_file
    for where in (json.dumps(described), (authorities.state.folder / "compose.yaml").read_text()):
        assert secret.read_text() not in where
    assert secret.stat().st_mode & 0o077 == 0
    assert not any(mount["RW"] for mount in described["Mounts"] if mount["Type"] != "volume")


def test_its_operations_are_for_the_operations_ca_alone(authorities: Network) -> None:
    member = authorities.topology.member("Logistics")
    assert member.ca is not None
    operator = authorities.state.operator(member)
    url = f"https://127.0.0.1:{member.ca.ports['operations']}/healthz"
    roots = operator / "ca.crt"

    def status(certificate: Path, key: Path) -> int:
        pair = (str(certificate), str(key))
        return httpx.get(url, verify=_context(roots, pair)).status_code

    assert status(operator / "client.crt", operator / "client.key") == 200
    tls = authorities.state.node(authorities.topology.node("logistics-peer0")) / "tls"
    with pytest.raises(httpx.TransportError):
        status(tls / "server.crt", tls / "server.key")


def test_a_lost_secret_is_told(authorities: Network) -> None:
    secret = server_of(authorities.state, authorities.topology.member("Logistics")).secret_file
    kept = secret.read_text()
    authorities.down()
    secret.unlink()
    try:
        with pytest.raises(PreflightError, match=r"bootstrap\.secret is missing"):
            authorities.up()
    finally:
        secret.write_text(kept)
        secret.chmod(0o600)


def _context(roots: Path, pair: tuple[str, str]) -> Any:
    import ssl

    context = ssl.create_default_context(cafile=str(roots))
    context.load_cert_chain(*pair)
    return context
