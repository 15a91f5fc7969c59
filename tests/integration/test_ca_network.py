"""A network whose users are enrolled by their departments' own Fabric CAs."""

import json
from collections.abc import Callable

import pytest
import yaml
from cryptography import x509

import weftwork
from tests.integration.imaging import with_images
from weftwork import FileWallet, Identity
from weftwork.ca import Attribute, CertificateAuthority, Registrar
from weftwork.departments import Logistics
from weftwork_network import Network
from weftwork_network.authorities import ATTRIBUTES_OID
from weftwork_network.fabric_ca import server_of


@pytest.fixture
def network(ca_program: object, own_network: Callable[..., Network]) -> Network:
    made = own_network()
    file = made.project.network_file
    file.write_text(file.read_text() + "\nca: fabric-ca\n")
    return with_images(Network.open(made.project.folder))


def attributes(identity: Identity) -> dict[str, str]:
    found = identity.x509.extensions.get_extension_for_oid(ATTRIBUTES_OID).value
    assert isinstance(found, x509.UnrecognizedExtension)
    return json.loads(found.value)["attrs"]


def wallet(network: Network, department: str) -> FileWallet:
    return FileWallet(network.profile(department).parent / "wallet")


def clerk_of(network: Network) -> Identity:
    return wallet(network, "Logistics").get("clerk").identity


def authority(network: Network) -> CertificateAuthority:
    return CertificateAuthority.from_profile(network.profile("Logistics"))


def registrar_of(network: Network, logistics: CertificateAuthority) -> Registrar:
    server = server_of(network.state, network.topology.member("Logistics"))
    return logistics.registrar(logistics.enroll(server.registrar, server.secret_file.read_text()))


def test_users_are_registered_enrolled_and_at_work(network: Network) -> None:
    result = network.up()
    assert "enrolling users" in result.phases
    status = network.status()
    assert status.healthy
    assert [row.node for row in status.nodes if row.kind == "ca"] == [
        f"{member.folder}-ca" for member in network.topology.members
    ]
    first = clerk_of(network)
    assert attributes(first)["hf.EnrollmentID"] == "clerk@logistics.example"
    assert attributes(first)["role"] == "clerk"

    # Somebody new: registered by the department's registrar, enrolled, and at once at work.
    with authority(network) as logistics_ca:
        registrar = registrar_of(network, logistics_ca)
        known = {identity.id for identity in registrar.identities()}
        assert {"admin@logistics.example", "clerk@logistics.example"} <= known
        secret = registrar.register("newcomer", attributes=[Attribute("role", "clerk")])
        wallet(network, "Logistics").put(logistics_ca.enroll("newcomer", secret))
    with weftwork.connect(network.profile("Logistics"), user="newcomer") as gateway:
        logistics = Logistics(gateway.network(network.channel))
        logistics.create("C-1", consignee="EnergyMSP", items=["M-1"])
        assert logistics.custody("M-1").holder == "LogisticsMSP"

    # What is good is not issued again, and the register is kept.
    network.down()
    network.up()
    assert clerk_of(network) == first
    with authority(network) as logistics_ca:
        known = registrar_of(network, logistics_ca).identity("newcomer")
        assert known.attribute("role") == "clerk"

    # What network.yaml says of a user now is what the register says, and the certificate.
    network.down()
    file = network.project.network_file
    written = yaml.safe_load(file.read_text())
    department = next(d for d in written["departments"] if d["name"] == "Logistics")
    clerk = next(user for user in department["users"] if user["name"] == "clerk")
    clerk["attributes"] = {"rank": "first"}
    file.write_text(yaml.safe_dump(written, sort_keys=False))
    network = Network.open(network.project.folder)
    network.up()
    assert attributes(clerk_of(network)).get("rank") == "first"
    assert "role" not in attributes(clerk_of(network))
    with authority(network) as logistics_ca:
        held = registrar_of(network, logistics_ca).identity("clerk@logistics.example")
        assert (held.attribute("rank"), held.attribute("role")) == ("first", None)
    assert any(line.startswith("the registers of users of") for line in network.clean())
