"""Certificate authorities and what they issue: X.509 as Fabric wants it, nothing of folders."""

import datetime
import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

# Where Fabric CA puts a user's attributes, and where contracts look for them.
ATTRIBUTES_OID = ObjectIdentifier("1.2.3.4.5.6.7.8.1")

AUTHORITY_LIFE = datetime.timedelta(days=3650)
LEAF_LIFE = datetime.timedelta(days=730)
# A machine whose clock is a little behind still accepts what was just issued.
BACKDATED = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Credentials:
    """A certificate and its private key.

    Attributes:
        certificate: the certificate.
        key: the private key.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS #8 PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def load_credentials(certificate_pem: bytes, key_pem: bytes) -> Credentials:
    """Reads a certificate and the P-256 key that belongs to it.

    Raises:
        ValueError: either is broken, or they do not belong together.
    """
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the private key is no elliptic curve key")
    if key.public_key() != certificate.public_key():
        raise ValueError("the private key belongs to another certificate")
    return Credentials(certificate, key)


def new_authority(common_name: str, organization: str) -> Credentials:
    """Makes a self-signed certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name, organization)
    builder = (
        _builder(name, name, key.public_key(), AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return Credentials(builder.sign(key, hashes.SHA256()), key)


def issue_enrolment(
    authority: Credentials,
    common_name: str,
    unit: str,
    attributes: Mapping[str, str] | None = None,
) -> Credentials:
    """Issues a signing identity.

    Args:
        authority: the department's CA.
        common_name: the identity's name.
        unit: the organisational unit that NodeOUs go by: client, admin, peer or orderer.
        attributes: what the certificate says of a user.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _leaf(authority, _name(common_name, unit=unit), key)
    if attributes is not None:
        content = json.dumps({"attrs": dict(attributes)}, sort_keys=True, separators=(",", ":"))
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ATTRIBUTES_OID, content.encode()), critical=False
        )
    return Credentials(builder.sign(authority.key, hashes.SHA256()), key)


def issue_tls(
    authority: Credentials, common_name: str, hosts: Sequence[str], *, server: bool = True
) -> Credentials:
    """Issues a TLS certificate, for a client and, unless told otherwise, a server too.

    Fabric's nodes use one certificate on both ends of their connections.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if server:
        usages.insert(0, ExtendedKeyUsageOID.SERVER_AUTH)
    builder = _leaf(authority, _name(common_name), key).add_extension(
        x509.ExtendedKeyUsage(usages), critical=False
    )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False
        )
    return Credentials(builder.sign(authority.key, hashes.SHA256()), key)


def signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether a certificate was issued by this very authority."""
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # the library raises several kinds; each of them means no
        return False
    return True


def _leaf(
    authority: Credentials, subject: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return (
        _builder(subject, authority.certificate.subject, key.public_key(), LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value),
            critical=False,
        )
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str, organization: str = "", unit: str = "") -> x509.Name:
    attributes: list[x509.NameAttribute[str]] = []
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    if unit:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
