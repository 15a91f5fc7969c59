"""The certificate that a client shows where a peer or orderer wants mutual TLS."""

import datetime
import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weftwork.errors import IdentityError

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class ClientCertificate:
    """A TLS client certificate and its key. Its representation shows no key."""

    certificate: bytes
    """X.509, PEM; its extended key usage must allow clientAuth."""
    key: bytes = field(repr=False)
    """Private key, PEM, not encrypted."""

    def __post_init__(self) -> None:
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate)
            key = load_pem_private_key(self.key, None)
        except (ValueError, TypeError) as error:
            raise IdentityError(f"TLS client certificate or key is not PEM: {error}") from None
        if key.public_key() != certificate.public_key():
            raise IdentityError("TLS client key does not belong to the TLS client certificate")

    @cached_property
    def hash(self) -> bytes:
        """SHA-256 of the certificate (DER), by which messages are bound to the connection."""
        certificate = x509.load_pem_x509_certificate(self.certificate)
        return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


def throwaway() -> ClientCertificate:
    """A self-signed certificate for a connection where any will do, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weftwork")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return ClientCertificate(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
