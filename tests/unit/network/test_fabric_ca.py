"""What a department's Fabric CA is started with, and where its secret is."""

import dataclasses
import stat
from pathlib import Path

import pytest
import yaml

from weftwork_network.authorities import Credentials, issue_enrolment, load_credentials
from weftwork_network.certificates import CertificateStore
from weftwork_network.errors import DefinitionError, NotReadyError, PreflightError
from weftwork_network.fabric_ca import CaServer, command, prepare, server_of
from weftwork_network.image_names import CA_CONFIG
from weftwork_network.project import Project, open_project
from weftwork_network.state import State
from weftwork_network.topology import Member


@pytest.fixture
def server(tmp_path: Path) -> CaServer:
    return CaServer(
        name="ca.energy.example",
        folder=tmp_path / "fabric-ca",
        certificate=tmp_path / "ca" / "cert.pem",
        key=tmp_path / "ca" / "key.pem",
        tls=tmp_path / "tls" / "server",
        operations=tmp_path / "operations",
        port=24161,
        operations_port=24162,
    )


def test_the_secret_is_made_once_and_is_the_owner_s_alone(server: CaServer) -> None:
    secret = prepare(server)
    assert len(secret) >= 32
    assert prepare(server) == secret
    for path in (server.secret_file, server.folder / CA_CONFIG):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert secret not in " ".join(command(Path("/opt/fabric-ca-server"), server))


def test_a_lost_secret_is_told_and_not_replaced(server: CaServer) -> None:
    prepare(server)
    server.database.write_bytes(b"")
    server.secret_file.unlink()
    with pytest.raises(PreflightError, match=r"bootstrap\.secret is missing.* restore it"):
        prepare(server)
    assert not server.secret_file.exists()


def test_it_issues_with_the_department_s_key_and_collides_with_no_other(server: CaServer) -> None:
    prepare(server)
    written = yaml.safe_load((server.folder / CA_CONFIG).read_text())
    assert written["ca"] == {
        "name": "ca.energy.example",
        "certfile": str(server.certificate),
        "keyfile": str(server.key),
    }
    assert (written["address"], written["port"]) == ("127.0.0.1", 24161)
    assert written["operations"]["listenAddress"] == "127.0.0.1:24162"
    assert written["operations"]["tls"]["clientCertRequired"] is True
    assert written["tls"]["enabled"] is True
    assert written["affiliations"] == {}
    assert server.url == "https://127.0.0.1:24161"


@pytest.fixture
def departments(change, folder: Path) -> Project:
    change("base_port: 24000", "ca: fabric-ca\nbase_port: 24000")
    return open_project(folder)


def test_a_department_has_a_ca_where_the_file_says_so(project: Project, departments) -> None:
    assert project.topology.authorities == ()
    nodes = departments.topology.authorities
    assert [(node.id, node.ports) for node in nodes[:2]] == [
        ("logistics-ca", {"listen": 24001, "operations": 24002}),
        ("energy-ca", {"listen": 24101, "operations": 24102}),
    ]
    assert departments.topology.nodes[:4] == nodes
    assert nodes[0] not in departments.topology.member("Logistics").nodes


def test_its_ports_may_be_fixed_and_collide_with_nobody(change, departments) -> None:
    change("mspid: EnergyMSP", "mspid: EnergyMSP\n    ca_ports: {listen: 9054, operations: 9055}")
    folder = departments.folder
    ports = open_project(folder).topology.node("energy-ca").ports
    assert ports == {"listen": 9054, "operations": 9055}
    change("operations: 9055", "operations: 24011")
    with pytest.raises(DefinitionError, match=r"port 24011 is .*energy-ca's operations port"):
        open_project(folder)


def test_no_node_takes_the_ca_s_name(change, departments) -> None:
    change("peers: 1\n", "peers: [{name: ca}]\n")
    with pytest.raises(DefinitionError, match="'ca' names the department's CA"):
        open_project(departments.folder)


def test_users_are_left_to_the_ca_and_asked_for_once(departments, state: State) -> None:
    topology = departments.topology
    store = CertificateStore(state)
    store.ensure(topology)
    energy = topology.member("Energy")
    clerk = state.user(energy, "clerk") / "msp" / "signcerts" / "cert.pem"
    assert not clerk.exists()
    asked: list[tuple[str, str, dict[str, str]]] = []

    def issue(
        member: Member, common_name: str, unit: str, attributes: dict[str, str]
    ) -> Credentials:
        asked.append((common_name, unit, attributes))
        folder = state.department(member) / "ca"
        authority = load_credentials(
            (folder / "cert.pem").read_bytes(), (folder / "key.pem").read_bytes()
        )
        return issue_enrolment(authority, common_name, unit, attributes)

    store.enrol(topology, issue)
    assert ("admin@energy.example", "admin", {}) in asked
    assert ("clerk@energy.example", "client", {"role": "clerk"}) in asked
    assert clerk.exists()
    count = len(asked)
    store.enrol(topology, issue)
    assert len(asked) == count


def test_users_that_this_tool_signed_are_enrolled_anew(
    project: Project, departments: Project, state: State
) -> None:
    store = CertificateStore(state)
    store.ensure(project.topology)
    asked: list[str] = []

    def issue(
        member: Member, common_name: str, unit: str, attributes: dict[str, str]
    ) -> Credentials:
        asked.append(common_name)
        raise NotReadyError("no")

    with pytest.raises(NotReadyError):
        store.enrol(departments.topology, issue)
    assert asked == ["admin@logistics.example"]


def test_the_server_of_a_department_uses_its_own_keys(departments, state: State) -> None:
    energy = departments.topology.member("Energy")
    made = server_of(state, energy)
    assert made.key == state.department(energy) / "ca" / "key.pem"
    assert made.folder.is_relative_to(state.department(energy))
    with pytest.raises(ValueError, match="has no Fabric CA"):
        server_of(state, dataclasses.replace(energy, ca=None))
