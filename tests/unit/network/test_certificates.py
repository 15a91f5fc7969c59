"""Certificates: chains, units, attributes, names; used again while good, made again when not."""

import datetime
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weftwork.identity import Identity
from weftwork.profile import load_profile
from weftwork.wallet import FileWallet
from weftwork_network import authorities
from weftwork_network.authorities import ATTRIBUTES_OID, load_credentials, new_authority, signed_by
from weftwork_network.certificates import CertificateStore, load_certificate
from weftwork_network.creation import creation_findings, write_creation
from weftwork_network.errors import StateError
from weftwork_network.profiles import write_profiles


@pytest.fixture
def issued(project, state):
    CertificateStore(state).ensure(project.topology)
    return state


def unit(certificate: x509.Certificate) -> str:
    (found,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return str(found.value)


def test_every_department_has_three_authorities_of_its_own(project, issued) -> None:
    seen: set[bytes] = set()
    for member in project.topology.members:
        for name in ("ca", "tlsca", "opsca"):
            folder = issued.department(member) / name
            certificate = load_certificate(folder / "cert.pem")
            basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
            assert basic.critical
            assert basic.value.ca
            assert certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
            seen.add(certificate.public_bytes(Encoding.DER))
    assert len(seen) == 12


def test_a_nodes_identity_is_of_its_kind_and_its_departments_ca(project, issued) -> None:
    for member in project.topology.members:
        ca = load_certificate(issued.department(member) / "ca" / "cert.pem")
        for node in member.nodes:
            folder = issued.node(node) / "msp"
            certificate = load_certificate(folder / "signcerts" / "cert.pem")
            assert signed_by(certificate, ca)
            assert unit(certificate) == node.kind
            assert "NodeOUs" in (folder / "config.yaml").read_text()
            assert (folder / "tlscacerts" / "tlsca-cert.pem").exists()


def test_tls_serves_both_ends_and_names_the_host_and_this_machine(project, issued) -> None:
    node = project.topology.node("energy-orderer0")
    certificate = load_certificate(issued.node(node) / "tls" / "server.crt")
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usages) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["orderer0.energy.example", "localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    tls = load_certificate(
        issued.department(project.topology.member("Energy")) / "tlsca" / "cert.pem"
    )
    assert signed_by(certificate, tls)


def test_only_the_operations_ca_opens_the_operations_endpoints(project, issued) -> None:
    member = project.topology.member("Civic")
    client = load_certificate(issued.operator(member) / "client.crt")
    assert signed_by(client, load_certificate(issued.department(member) / "opsca" / "cert.pem"))
    assert not signed_by(client, load_certificate(issued.department(member) / "tlsca" / "cert.pem"))


def test_attributes_stand_in_the_users_certificate(project, issued) -> None:
    member = project.topology.member("Property")
    certificate = load_certificate(issued.user(member, "registrar") / "msp/signcerts/cert.pem")
    extension = certificate.extensions.get_extension_for_oid(ATTRIBUTES_OID).value
    assert json.loads(extension.value) == {"attrs": {"role": "registrar"}}
    assert unit(certificate) == "client"
    admin = load_certificate(issued.user(member, "admin") / "msp/signcerts/cert.pem")
    assert unit(admin) == "admin"


def test_nothing_good_is_issued_again(project, issued) -> None:
    again = CertificateStore(issued)
    again.ensure(project.topology)
    assert again.issued == []


def test_what_is_broken_foreign_or_about_to_end_is_issued_again(
    project, issued, monkeypatch
) -> None:
    energy = project.topology.member("Energy")
    (issued.node(energy.peers[0]) / "tls" / "server.key").write_text("broken")
    stranger = new_authority("ca.stranger", "Stranger")
    (issued.operator(energy) / "client.crt").write_bytes(stranger.certificate_pem)
    monkeypatch.setattr(authorities, "LEAF_LIFE", datetime.timedelta(days=20))
    (issued.user(energy, "clerk") / "msp/signcerts/cert.pem").unlink()
    first = CertificateStore(issued)
    first.ensure(project.topology)
    assert sorted(first.issued) == [
        "energy/nodes/peer0/tls/server", "energy/operator/client", "energy/users/clerk/msp",
    ]  # fmt: skip
    monkeypatch.undo()
    second = CertificateStore(issued)  # twenty days are too few to be kept
    second.ensure(project.topology)
    assert second.issued == first.issued


def test_another_authority_or_name_needs_another_certificate(folder, issued, change) -> None:
    from weftwork_network.project import open_project

    project = open_project(folder)
    civic = issued.department(project.topology.member("Civic"))
    for name in ("cert.pem", "key.pem"):
        (civic / "tlsca" / name).unlink()
    store = CertificateStore(issued)
    store.ensure(project.topology)
    assert sorted(store.issued) == [
        "civic/nodes/chaincode/tls/client", "civic/nodes/chaincode/tls/server",
        "civic/nodes/orderer0/tls/server", "civic/nodes/peer0/tls/server", "civic/tlsca",
    ]  # fmt: skip
    change("domain: property.example", "domain: registry.example")
    store = CertificateStore(issued)
    store.ensure(open_project(folder).topology)
    assert "property/nodes/peer0/tls/server" in store.issued
    assert "property/nodes/peer0/msp" in store.issued


def test_a_users_new_attribute_is_in_a_new_certificate(folder, issued, change) -> None:
    from weftwork_network.project import open_project

    change("{role: registrar}", "{role: registrar, grade: senior}")
    store = CertificateStore(issued)
    store.ensure(open_project(folder).topology)
    assert store.issued == ["property/users/registrar/msp"]


def test_once_the_channel_exists_an_orderers_tls_is_never_replaced(project, issued) -> None:
    write_creation(issued, project.topology, "3.1.1")
    node = project.topology.orderers[0]
    (issued.node(node) / "tls" / "server.crt").unlink()
    store = CertificateStore(issued)
    with pytest.raises(StateError, match=r"server\.key is not the key of server\.crt"):
        store.ensure(project.topology)
    assert store.issued == []
    (finding,) = creation_findings(project, issued)
    assert "tls/server.crt is missing, and the channel holds it" in finding


def test_keys_are_read_only_with_their_certificate() -> None:
    one, other = new_authority("ca.one", "One"), new_authority("ca.two", "Two")
    assert load_credentials(one.certificate_pem, one.key_pem)
    with pytest.raises(ValueError, match="belongs to another certificate"):
        load_credentials(one.certificate_pem, other.key_pem)


def test_profile_and_wallet_are_what_the_client_reads(project, issued) -> None:
    write_profiles(issued, project.topology)
    member = project.topology.member("Logistics")
    folder = issued.department(member)
    for name in ("profile.yaml", "profile.json"):
        profile = load_profile(folder / name)
        assert profile.mspid == "LogisticsMSP"
        assert profile.peer().target == "127.0.0.1:24011"
        assert profile.orderer().name == "orderer0.logistics.example"
        assert profile.orderer().roots == profile.peer().roots
        assert profile.certificate_authorities == ()
    wallet = FileWallet(profile.wallet)
    assert wallet.labels() == ["admin", "clerk"]
    assert isinstance(wallet.get("clerk").identity, Identity)
    assert (folder / "wallet" / "clerk.id").stat().st_mode & 0o777 == 0o600


def test_departments_keys_lie_apart(project, issued) -> None:
    """No file below a department's folder is another department's key or certificate."""
    for member in project.topology.members:
        for path in issued.department(member).rglob("*.pem"):
            if path.name == "cert.pem" and path.parent.name == "signcerts":
                assert member.domain in load_certificate(path).subject.rfc4514_string()
