"""Our client against a real fabric-ca-server, which issues with a CA of our own making."""

import datetime
import http.client
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import weftwork
import weftwork.aio.ca
from tests.integration.documents import shown
from weftwork import CaError, CaTlsError, CaUnreachableError, FileWallet, Identity, User
from weftwork.ca import (
    Attribute,
    AttributeRequest,
    CertificateAuthority,
    Registrar,
    RevocationReason,
    RevokedCertificate,
    serial_and_aki,
)
from weftwork.enrolment import new_key
from weftwork.profile import load_profile
from weftwork_network.authorities import (
    ATTRIBUTES_OID,
    Credentials,
    issue_tls,
    new_authority,
    signed_by,
)
from weftwork_network.fabric_ca import CaServer, command, prepare

PORT = int(os.environ.get("WEFTWORK_TEST_CA_PORT", "9400"))
IDENTITY = new_authority("ca.energy.example", "Energy")
TLS = new_authority("tlsca.energy.example", "Energy")
OPERATIONS = new_authority("opsca.energy.example", "Energy")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, ca_program: Path) -> Iterator[CaServer]:
    folder = tmp_path_factory.mktemp("ca")
    made = CaServer(
        name="ca.energy.example",
        folder=folder / "fabric-ca",
        certificate=folder / "ca.crt",
        key=folder / "ca.key",
        tls=folder / "tls",
        operations=folder / "operations",
        port=PORT,
        operations_port=PORT + 1,
    )
    made.operations.mkdir()
    write(folder / "ca", IDENTITY)
    write(made.tls, issue_tls(TLS, "ca.energy.example", ("127.0.0.1",)))
    write(made.operations / "server", issue_tls(OPERATIONS, "ca.energy.example", ("127.0.0.1",)))
    for trusted in ("ca.crt", "clients.crt"):
        (made.operations / trusted).write_bytes(OPERATIONS.certificate_pem)
    prepare(made)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command(ca_program, made),
            cwd=folder,
            env={},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        answering(made, process, folder / "log")
        yield made
    finally:
        process.terminate()
        process.wait(10)


def write(stem: Path, credentials: Credentials) -> None:
    stem.with_suffix(".crt").write_bytes(credentials.certificate_pem)
    stem.with_suffix(".key").write_bytes(credentials.key_pem)


def answering(server: CaServer, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    with client(server) as authority:
        while True:
            try:
                authority.info()
                return
            except CaUnreachableError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)


def client(server: CaServer, roots: bytes = TLS.certificate_pem) -> CertificateAuthority:
    return CertificateAuthority(server.url, "EnergyMSP", tls_roots=roots)


@pytest.fixture(scope="module")
def authority(server: CaServer) -> Iterator[CertificateAuthority]:
    with client(server) as connected:
        yield connected


@pytest.fixture(scope="module")
def chief(authority: CertificateAuthority, server: CaServer) -> User:
    """The first registrar, enrolled."""
    return authority.enroll(server.registrar, server.secret_file.read_text())


@pytest.fixture(scope="module")
def registrar(authority: CertificateAuthority, chief: User) -> Registrar:
    return authority.registrar(chief)


def attributes(identity: Identity) -> dict[str, str]:
    found = identity.x509.extensions.get_extension_for_oid(ATTRIBUTES_OID).value
    assert isinstance(found, x509.UnrecognizedExtension)
    return json.loads(found.value)["attrs"]


def units(identity: Identity) -> list[str]:
    names = identity.x509.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return sorted(str(name.value) for name in names)


def serials(crl: bytes) -> set[int]:
    found = x509.load_pem_x509_crl(crl)
    assert found.is_signature_valid(IDENTITY.key.public_key())
    return {revoked.serial_number for revoked in found}


def test_it_is_the_department_s_own_ca(authority: CertificateAuthority, chief: User) -> None:
    info = authority.info()
    assert (info.name, info.version) == ("ca.energy.example", "1.5.21")
    assert info.chain == IDENTITY.certificate_pem
    assert signed_by(chief.identity.x509, IDENTITY.certificate)


def test_a_clerk_is_registered_enrolled_and_put_into_a_wallet(
    authority: CertificateAuthority, registrar: Registrar, tmp_path: Path
) -> None:
    registrar.add_affiliation("energy.billing", parents=True)
    secret = registrar.register(
        "clerk",
        affiliation="energy.billing",
        attributes=[Attribute("role", "clerk"), Attribute("desk", "7", ecert=False)],
    )
    clerk = authority.enroll("clerk", secret)
    assert attributes(clerk.identity) == {
        "role": "clerk",
        "hf.Affiliation": "energy.billing",
        "hf.EnrollmentID": "clerk",
        "hf.Type": "client",
    }
    assert units(clerk.identity) == ["billing", "client", "energy"]
    wallet = FileWallet(tmp_path)
    wallet.put(clerk)
    assert wallet.get("clerk") == clerk
    asked = authority.enroll(
        "clerk",
        secret,
        attributes=[AttributeRequest("desk"), AttributeRequest("rank", optional=True)],
    )
    assert attributes(asked.identity) == {"desk": "7"}
    with pytest.raises(CaError, match="rank"):
        authority.enroll("clerk", secret, attributes=[AttributeRequest("rank")])


def test_the_tls_profile_gives_a_server_s_certificate(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    secret = registrar.register("peer7", type="peer")
    peer = authority.enroll("peer7", secret, profile="tls", hosts=["peer7.example", "127.0.0.1"])
    extensions = peer.identity.x509.extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert names.get_values_for_type(x509.DNSName) == ["peer7.example"]
    assert [str(host) for host in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert ExtendedKeyUsageOID.SERVER_AUTH in usages
    assert units(peer.identity) == ["peer"]


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_enrolling_again_and_proving_it_with_either_curve(
    authority: CertificateAuthority, registrar: Registrar, curve: str
) -> None:
    name = f"again-{curve}"
    secret = registrar.register(name, max_enrollments=1)
    first = authority.enroll(name, secret, curve=curve)  # type: ignore[arg-type]
    second = authority.reenroll(first)
    assert second.identity.x509.subject == first.identity.x509.subject
    assert second.identity.x509.public_key() != first.identity.x509.public_key()
    assert authority.reenroll(second, keep_key=True).private_key == second.private_key
    with pytest.raises(CaError, match="Authentication failure"):
        authority.enroll(name, secret)


def test_a_revoked_certificate_is_in_the_list_and_opens_nothing(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    secret = registrar.register("leaver")
    old, new = authority.enroll("leaver", secret), authority.enroll("leaver", secret)
    serial, aki = serial_and_aki(old.identity)
    done = registrar.revoke_certificate(
        serial, aki, reason=RevocationReason.SUPERSEDED, with_crl=True
    )
    assert done.certificates == (RevokedCertificate(serial, aki),)
    assert done.crl is not None
    assert old.identity.x509.serial_number in serials(done.crl)
    assert new.identity.x509.serial_number not in serials(registrar.crl())
    with pytest.raises(CaError, match="Authentication failure"):
        authority.reenroll(old)
    done = registrar.revoke("leaver")
    assert done.certificates == (RevokedCertificate(*serial_and_aki(new.identity)),)
    assert done.crl is None
    assert {user.identity.x509.serial_number for user in (old, new)} <= serials(registrar.crl())
    assert len(registrar.certificates("leaver")) == 2
    assert registrar.certificates("leaver", not_revoked=True) == []
    with pytest.raises(CaError, match="Authentication failure"):
        authority.enroll("leaver", secret)


def test_affiliations_come_and_go(registrar: Registrar) -> None:
    registrar.add_affiliation("water.pipes", parents=True)
    assert {"water", "water.pipes"} <= set(registrar.affiliations())
    with pytest.raises(CaError, match="already exists"):
        registrar.add_affiliation("water")
    assert registrar.remove_affiliation("water", force=True) == ["water", "water.pipes"]
    assert "water" not in registrar.affiliations()


def test_an_identity_is_changed_and_removed(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    registrar.register("temp clerk@desk", secret="first", attributes=[Attribute("role", "clerk")])
    changed = registrar.modify_identity(
        "temp clerk@desk",
        type="admin",
        attributes=[Attribute("role", ""), Attribute("floor", "3")],
        secret="second",
    )
    assert (changed.type, changed.attribute("floor")) == ("admin", "3")
    assert changed.attribute("role") is None
    assert registrar.identity("temp clerk@desk").attribute("floor") == "3"
    assert units(authority.enroll("temp clerk@desk", "second").identity) == ["admin"]
    assert "temp clerk@desk" in [identity.id for identity in registrar.identities()]
    registrar.remove_identity("temp clerk@desk")
    assert "temp clerk@desk" not in [identity.id for identity in registrar.identities()]


def test_what_the_ca_refuses_it_refuses_in_words(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    secret = registrar.register("outsider", secret="never shown 4711")
    with pytest.raises(CaError, match="409: Identity 'outsider' is already registered"):
        registrar.register("outsider")
    with pytest.raises(CaError) as caught:
        authority.enroll("outsider", "wrong")
    assert (caught.value.status, caught.value.code) == (401, 20)
    outsider = authority.registrar(authority.enroll("outsider", secret))
    with pytest.raises(CaError) as caught:
        outsider.register("friend")
    assert (caught.value.status, caught.value.code) == (403, 71)
    with pytest.raises(CaError, match="nobody"):
        registrar.revoke("nobody")


def test_a_token_of_another_ca_s_certificate_is_refused(
    authority: CertificateAuthority, chief: User
) -> None:
    other = new_authority("registrar", "Elsewhere")
    stranger = User("registrar", Identity("EnergyMSP", other.certificate_pem), other.key_pem)
    with pytest.raises(CaError, match="Authentication failure"):
        authority.registrar(stranger).identities()
    # The same certificate, signed for by somebody else's key.
    thief = User("registrar", chief.identity, other.key_pem)
    with pytest.raises(CaError, match="Authentication failure"):
        authority.registrar(thief).identities()


def test_the_server_s_log_holds_no_secret(server: CaServer, chief: User) -> None:
    log = (server.folder.parent / "log").read_text()
    assert "fabric-ca-server.db" in log
    assert server.secret_file.read_text() not in log


def test_an_untrusted_server_gets_nothing(server: CaServer) -> None:
    with (
        client(server, OPERATIONS.certificate_pem) as deceived,
        pytest.raises(CaTlsError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        deceived.enroll("clerk", "secret")


def test_its_operations_are_for_the_operations_ca_s_certificates(server: CaServer) -> None:
    trusting = ssl.create_default_context(cafile=str(server.operations / "ca.crt"))
    assert _health(trusting) is None
    write(server.folder / "clerk", issue_tls(TLS, "clerk", (), server=False))
    trusting.load_cert_chain(server.folder / "clerk.crt", server.folder / "clerk.key")
    assert _health(trusting) is None
    operator = ssl.create_default_context(cafile=str(server.operations / "ca.crt"))
    write(server.folder / "operator", issue_tls(OPERATIONS, "operator", (), server=False))
    operator.load_cert_chain(server.folder / "operator.crt", server.folder / "operator.key")
    assert _health(operator) == 200


def _health(context: ssl.SSLContext) -> int | None:
    """Status of the health check; None where TLS lets nobody in."""
    connection = http.client.HTTPSConnection("127.0.0.1", PORT + 1, context=context, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except (ssl.SSLError, ConnectionError):
        return None
    finally:
        connection.close()


async def test_the_async_client(server: CaServer, chief: User) -> None:
    async with weftwork.aio.ca.CertificateAuthority(
        server.url, "EnergyMSP", tls_roots=TLS.certificate_pem, name=server.name
    ) as authority:
        registrar = authority.registrar(chief)
        secret = await registrar.register("async clerk")
        clerk = await authority.enroll("async clerk", secret)
        assert (await registrar.identity("async clerk")).max_enrollments == -1
    assert signed_by(clerk.identity.x509, IDENTITY.certificate)


def test_what_stands_in_a_subject_and_a_key_that_there_is_already(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    secret = registrar.register("desk")
    own = new_key("P-384")
    desk = authority.enroll(
        "desk", secret, subject={"O": "Energy", "C": "CN", "L": "Beijing"}, private_key=own
    )
    assert desk.private_key == own
    subject = desk.identity.x509.subject
    found = {name.rfc4514_attribute_name: str(name.value) for name in subject}
    assert found == {"C": "CN", "L": "Beijing", "O": "Energy", "OU": "client", "CN": "desk"}
    again = authority.reenroll(desk, subject={"O": "Energy"}, keep_key=True)
    assert again.identity.x509.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME) == []


def test_affiliations_are_renamed(registrar: Registrar) -> None:
    registrar.add_affiliation("heat.pipes", parents=True)
    registrar.register("plumber", affiliation="heat.pipes")
    assert registrar.affiliation("heat") == ["heat", "heat.pipes"]
    with pytest.raises(CaError, match="could not rename affiliation heat: 40"):
        registrar.rename_affiliation("heat", "warmth")
    assert registrar.rename_affiliation("heat", "warmth", force=True) == ["warmth", "warmth.pipes"]
    assert registrar.identity("plumber").affiliation == "warmth.pipes"
    with pytest.raises(CaError, match="could not show affiliation heat"):
        registrar.affiliation("heat")


def test_certificates_are_found_by_serial_and_time(
    authority: CertificateAuthority, registrar: Registrar
) -> None:
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
    after = before + datetime.timedelta(minutes=2)
    user = authority.enroll("dated", registrar.register("dated"))
    serial, aki = serial_and_aki(user.identity)
    assert registrar.certificates(serial=serial, aki=aki) == [user.identity.certificate]

    def revoked() -> list[bytes]:
        return registrar.certificates("dated", revoked_after=before, revoked_before=after)

    assert revoked() == []
    registrar.revoke("dated")
    assert revoked() == [user.identity.certificate]
    ends = user.identity.x509.not_valid_after_utc
    later = ends + datetime.timedelta(minutes=1)
    assert registrar.certificates("dated", expire_after=before, expire_before=later)
    assert not registrar.certificates("dated", expire_after=later)


def test_a_profile_leads_to_the_ca_and_the_page_s_block_enrols(
    server: CaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roots.pem").write_bytes(TLS.certificate_pem)
    peer = {"url": "grpc://127.0.0.1:1"}
    profile = {
        "client": {"organization": "Energy"},
        "organizations": {
            "Energy": {"mspid": "EnergyMSP", "peers": ["p"], "certificateAuthorities": ["own"]}
        },
        "peers": {"p": peer},
        "certificateAuthorities": {
            "own": {
                "url": server.url,
                "caName": "ca.energy.example",
                "tlsCACerts": {"path": "roots.pem"},
                "httpOptions": {"verify": False},
                "registrar": [
                    {
                        "enrollId": server.registrar,
                        "enrollSecret": server.secret_file.read_text(),
                    }
                ],
            }
        },
    }
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(profile))
    settings = load_profile(path).certificate_authority()
    monkeypatch.chdir(tmp_path)
    names = {
        "weftwork": weftwork,
        "Attribute": Attribute,
        "CertificateAuthority": CertificateAuthority,
        "registrar": settings.registrar,
        "registrar_secret": settings.registrar_secret,
    }
    exec(shown("docs/administration.md", "enrol"), names)
    carrier = FileWallet(tmp_path / "wallet").get("carrier")
    assert carrier.identity.mspid == "EnergyMSP"
    assert attributes(carrier.identity)["role"] == "carrier"
