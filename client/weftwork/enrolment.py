"""What an enrolment is made of: a key made here, its signing request, the proof of who asks.

The private key never leaves this process: a certificate authority gets the request alone.
"""

import base64
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork.errors import IdentityError
from weftwork.identity import Identity
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity

Curve = Literal["P-256", "P-384"]
"""Curve of a new key."""

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_SUBJECT = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}


def new_key(curve: Curve = "P-256") -> bytes:
    """A new private key, PEM (PKCS #8, not encrypted). Raises IdentityError for other curves."""
    if curve not in _CURVES:
        raise IdentityError(f"{curve!r} is no curve for a key: choose from {', '.join(_CURVES)}")
    return ec.generate_private_key(_CURVES[curve]).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def signing_request(
    enrollment_id: str,
    private_key: bytes,
    hosts: Sequence[str] = (),
    subject: Mapping[str, str] | None = None,
) -> str:
    """A certificate signing request (PKCS #10, PEM) for an id.

    ``hosts`` are names and IP addresses for the certificate's subject alternative names,
    ``subject`` what else is to stand in its subject, by ``C``, ``ST``, ``L``, ``O`` and
    ``serialNumber``. The authority adds the organisational units, from the identity's type and
    affiliation. Raises IdentityError for an id, name, host or key that no certificate can hold.
    """
    names = subject or {}
    if unknown := sorted(names.keys() - _SUBJECT.keys()):
        raise IdentityError(
            f"{unknown[0]!r} cannot stand in a subject: choose from {', '.join(_SUBJECT)}"
        )
    try:
        key = serialization.load_pem_private_key(private_key, None)
    except (ValueError, TypeError) as error:
        raise IdentityError(f"private key is not readable PEM: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError("an enrolment needs an elliptic curve key: Fabric CA takes no other")
    try:
        attributes = [
            *(
                x509.NameAttribute(oid, names[name])
                for name, oid in _SUBJECT.items()
                if name in names
            ),
            x509.NameAttribute(NameOID.COMMON_NAME, enrollment_id),
        ]
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
        if hosts:
            alternatives = x509.SubjectAlternativeName([_name(host) for host in hosts])
            builder = builder.add_extension(alternatives, critical=False)
    except ValueError as error:
        raise IdentityError(f"{enrollment_id!r} cannot be enrolled: {error}") from None
    request = builder.sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True)
class BySecret:
    """Proves who asks by an enrolment secret; made by ``by_secret``."""

    header: str
    """The ``Authorization`` header of each request. It is the secret itself."""

    def __repr__(self) -> str:
        return "BySecret()"


@dataclass(frozen=True)
class ByCertificate:
    """Proves who asks by a certificate and a signature; made by ``by_certificate``."""

    signing: SigningIdentity

    def message(self, method: str, uri: str, body: bytes) -> bytes:
        """What is signed of a request; ``uri`` is its path with the query."""
        given = (method, _base64(uri.encode()), _base64(body), self._certificate)
        return ".".join(given).encode()

    def header(self, signature: bytes) -> str:
        """The request's ``Authorization`` header."""
        return f"{self._certificate}.{_base64(signature)}"

    @property
    def _certificate(self) -> str:
        return _base64(self.signing.identity.certificate)


Authorization = BySecret | ByCertificate
"""Whoever asks proves it in one of these ways."""


def by_secret(enrollment_id: str, secret: str) -> Authorization:
    """Proves who asks by an enrolment secret (HTTP basic authentication).

    Raises IdentityError for an id with a colon, which cannot be told from its secret.
    """
    if ":" in enrollment_id:
        raise IdentityError(f"{enrollment_id!r} cannot be enrolled: an id holds no colon")
    word = base64.b64encode(f"{enrollment_id}:{secret}".encode()).decode()
    return BySecret(f"Basic {word}")


def by_certificate(identity: Identity, signer: Signer) -> Authorization:
    """Proves who asks by a certificate of the authority and a signature over the request.

    The token is Fabric CA's, as servers from 1.5.14 on demand it (``util.CreateToken``): the
    certificate, and a signature over method, path, body and certificate.
    """
    return ByCertificate(SigningIdentity(identity, signer, None))


def serial_and_aki(identity: Identity) -> tuple[str, str]:
    """Serial number and authority key identifier of a certificate, as a CA takes and tells them.

    Both in lowercase hex without leading zeros.

    Raises IdentityError for a certificate without an authority key identifier.
    """
    certificate = identity.x509
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        found = None
    if found is None or found.value.key_identifier is None:
        raise IdentityError(f"the certificate of {identity} has no authority key identifier")
    return f"{certificate.serial_number:x}", found.value.key_identifier.hex().lstrip("0")


def enrollment_id(identity: Identity) -> str:
    """The id that a certificate was issued to: its common name. Raises IdentityError."""
    names = identity.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise IdentityError(f"the certificate of {identity} has {len(names)} common names, not one")
    return str(names[0].value)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
