"""Certificates and keys for the client's tests, made in memory."""

import datetime
import ipaddress
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from weftwork.identity import Identity
from weftwork.wallet import User

_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_UNTIL = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Issued:
    certificate: bytes
    key: bytes


def new_key(kind: str) -> PrivateKey:
    match kind:
        case "P-256":
            return ec.generate_private_key(ec.SECP256R1())
        case "P-384":
            return ec.generate_private_key(ec.SECP384R1())
        case "secp256k1":
            return ec.generate_private_key(ec.SECP256K1())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def pem_of(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def issue(name: str, kind: str = "P-256", *, localhost: bool = False) -> Issued:
    """A self-signed certificate; with ``localhost`` a TLS server's."""
    key = new_key(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if localhost:
        names = [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    algorithm = None if kind == "Ed25519" else hashes.SHA256()
    certificate = builder.sign(key, algorithm)
    return Issued(certificate.public_bytes(serialization.Encoding.PEM), pem_of(key))


@cache
def user(mspid: str = "LogisticsMSP", label: str = "clerk", kind: str = "P-256") -> User:
    issued = issue(label, kind)
    return User(label, Identity(mspid, issued.certificate), issued.key)


@cache
def server_tls() -> Issued:
    return issue("localhost", localhost=True)
