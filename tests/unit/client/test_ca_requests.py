"""What is sent to a Fabric CA: requests, proofs of who asks, and what is made of the answers."""

import base64
import datetime
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

import weftwork.aio.ca
from tests.unit.client.fake_ca import Asked, FakeCa
from tests.unit.client.people import server_tls, user
from weftwork.ca import (
    Attribute,
    AttributeRequest,
    CertificateAuthority,
    Registrar,
    RevocationReason,
    RevokedCertificate,
)
from weftwork.errors import IdentityError
from weftwork.wallet import FileWallet

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def fake() -> Iterator[FakeCa]:
    made = FakeCa()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def authority(fake: FakeCa) -> Iterator[CertificateAuthority]:
    with CertificateAuthority(
        fake.url, "LogisticsMSP", tls_roots=server_tls().certificate
    ) as connected:
        yield connected


@pytest.fixture
def registrar(authority: CertificateAuthority) -> Registrar:
    return authority.registrar(user(label="registrar"))


def issuing(asked: Asked) -> dict[str, str]:
    """A certificate for the request, as a CA would issue it."""
    request = x509.load_pem_x509_csr(asked.values["certificate_request"].encode())
    key = load_pem_private_key(user().private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(user().identity.x509.subject)
        .public_key(request.public_key())
        .serial_number(0x0ABC)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    return {"Cert": base64.b64encode(pem).decode()}


def test_enrolling_proves_the_secret_and_keeps_the_key_here(
    fake: FakeCa, authority: CertificateAuthority, tmp_path
) -> None:
    fake.answering = issuing
    clerk = authority.enroll("clerk", "s3cret:with a colon", label="clerk at home")
    (asked,) = fake.asked
    assert (asked.method, asked.uri) == ("POST", "/api/v1/enroll")
    assert base64.b64decode(asked.authorization.removeprefix("Basic ")) == (
        b"clerk:s3cret:with a colon"
    )
    assert set(asked.values) == {"certificate_request"}
    assert b"PRIVATE" not in asked.body
    assert (clerk.label, clerk.identity.mspid) == ("clerk at home", "LogisticsMSP")
    wallet = FileWallet(tmp_path)
    wallet.put(clerk)
    assert wallet.get("clerk at home") == clerk


def test_hosts_profile_and_attributes_of_an_enrolment(
    fake: FakeCa, authority: CertificateAuthority
) -> None:
    fake.answering = issuing
    authority.enroll(
        "peer0",
        "pw",
        hosts=["peer0.example", "127.0.0.1"],
        profile="tls",
        attributes=[AttributeRequest("role"), AttributeRequest("desk", optional=True)],
        curve="P-384",
    )
    asked = fake.asked[0].values
    request = x509.load_pem_x509_csr(asked["certificate_request"].encode())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["peer0.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert isinstance(request.public_key(), ec.EllipticCurvePublicKey)
    assert request.public_key().curve.name == "secp384r1"  # type: ignore[union-attr]
    assert asked["profile"] == "tls"
    assert asked["attr_reqs"] == [
        {"name": "role", "optional": False},
        {"name": "desk", "optional": True},
    ]


def test_no_attributes_at_all_is_not_the_same_as_those_registered(
    fake: FakeCa, authority: CertificateAuthority
) -> None:
    fake.answering = issuing
    authority.enroll("clerk", "pw", attributes=[])
    assert fake.asked[0].values["attr_reqs"] == []


@pytest.mark.parametrize("word", ["a:b", "x" * 65, ""])
def test_an_id_that_no_certificate_can_hold_is_refused_here(
    fake: FakeCa, authority: CertificateAuthority, word: str
) -> None:
    with pytest.raises(IdentityError, match="cannot be enrolled"):
        authority.enroll(word, "pw")
    assert fake.asked == []


def test_a_host_that_is_none_is_refused_here(authority: CertificateAuthority) -> None:
    with pytest.raises(IdentityError, match="cannot be enrolled"):
        authority.enroll("clerk", "pw", hosts=["bücher.example"])


def test_enrolling_again_makes_a_new_key_unless_told_otherwise(
    fake: FakeCa, authority: CertificateAuthority
) -> None:
    fake.answering = issuing
    clerk = authority.enroll("clerk", "pw")
    assert authority.reenroll(clerk).private_key != clerk.private_key
    assert authority.reenroll(clerk, keep_key=True).private_key == clerk.private_key
    assert fake.asked[-1].uri == "/api/v1/reenroll"


def test_the_token_signs_method_path_query_body_and_certificate(fake: FakeCa) -> None:
    fake.answers({"secret": "made up"})
    registrar = user(label="registrar")
    with CertificateAuthority(
        fake.url, "LogisticsMSP", tls_roots=server_tls().certificate, name="ca logistics"
    ) as authority:
        assert authority.registrar(registrar).register("clerk@example") == "made up"
    (asked,) = fake.asked
    assert asked.uri.startswith("/api/v1/register?ca=ca")
    certificate, signature = asked.authorization.split(".")
    assert base64.b64decode(certificate) == registrar.identity.certificate
    parts = [base64.b64encode(part).decode() for part in (asked.uri.encode(), asked.body)]
    signed = ".".join([asked.method, *parts, certificate]).encode()
    public = registrar.identity.x509.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(base64.b64decode(signature), signed, ec.ECDSA(hashes.SHA256()))
    assert decode_dss_signature(base64.b64decode(signature))[1] <= P256_ORDER // 2


def test_registering(fake: FakeCa, registrar: Registrar) -> None:
    fake.answers({"secret": "s"})
    registrar.register(
        "clerk",
        type="admin",
        affiliation="energy.billing",
        attributes=[Attribute("role", "clerk"), Attribute("hf.Revoker", "true", ecert=False)],
        max_enrollments=1,
    )
    assert fake.asked[0].values == {
        "id": "clerk",
        "type": "admin",
        "affiliation": "energy.billing",
        "attrs": [
            {"name": "role", "value": "clerk", "ecert": True},
            {"name": "hf.Revoker", "value": "true", "ecert": False},
        ],
        "max_enrollments": 1,
    }


def test_revoking(fake: FakeCa, registrar: Registrar) -> None:
    crl = base64.b64encode(b"pem").decode()
    fake.answers({"RevokedCerts": [{"Serial": "a1", "AKI": "b2"}], "CRL": crl})
    found = registrar.revoke("clerk", reason=RevocationReason.KEY_COMPROMISE, with_crl=True)
    assert (found.certificates, found.crl) == ((RevokedCertificate("a1", "b2"),), b"pem")
    assert fake.asked[0].values == {"id": "clerk", "reason": "keycompromise", "gencrl": True}
    fake.answers({"RevokedCerts": None, "CRL": ""})
    assert registrar.revoke_certificate("a1", "b2").crl is None
    assert fake.asked[1].values["serial"] == "a1"


def test_a_reason_that_the_ca_would_take_for_none_is_refused(
    fake: FakeCa, registrar: Registrar
) -> None:
    with pytest.raises(ValueError, match="key_compromise"):
        registrar.revoke("clerk", reason="key_compromise")  # type: ignore[arg-type]
    assert fake.asked == []


def test_changing_an_identity_sends_what_changes(fake: FakeCa, registrar: Registrar) -> None:
    fake.answers({"id": "a clerk", "type": "client", "affiliation": "", "attrs": None})
    found = registrar.modify_identity("a clerk", affiliation=".")
    assert (found.id, found.attributes, found.attribute("role")) == ("a clerk", (), None)
    (asked,) = fake.asked
    assert (asked.method, asked.uri) == ("PUT", "/api/v1/identities/a%20clerk")
    assert asked.values == {"affiliation": "."}


def test_affiliations_are_told_by_full_names(fake: FakeCa, registrar: Registrar) -> None:
    tree = {
        "name": "",
        "affiliations": [
            {"name": "b"},
            {"name": "a", "affiliations": [{"name": "a.y"}, {"name": "a.x"}]},
        ],
    }
    fake.answers(tree)
    assert registrar.affiliations() == ["a", "a.x", "a.y", "b"]
    fake.refuses(404, (16, "No affiliations are configured on the CA"))
    assert registrar.affiliations() == []


def test_times_of_a_revocation_list_carry_their_zone(fake: FakeCa, registrar: Registrar) -> None:
    fake.answers({"CRL": base64.b64encode(b"pem").decode()})
    since = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    assert registrar.crl(revoked_after=since) == b"pem"
    assert fake.asked[0].values == {"revokedafter": "2026-01-02T00:00:00+00:00"}


async def test_the_async_twin(fake: FakeCa) -> None:
    fake.answers({"CAName": "ca", "CAChain": "", "Version": "1.5.21"})
    async with weftwork.aio.ca.CertificateAuthority(
        fake.url, "LogisticsMSP", tls_roots=server_tls().certificate
    ) as authority:
        assert (await authority.info()).version == "1.5.21"
    assert fake.asked[0].authorization == ""
