"""X.509 certificates and signatures as Fabric's MSPs take them.

Sources: Fabric ``msp/mspimplvalidate.go``, ``msp/identities.go``, ``bccsp/utils/ecdsa.go``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from weftwork.errors import ProofError
from weftwork.signer import low_s

_E = TypeVar("_E", bound=x509.ExtensionType)

_CURVES = ("secp256r1", "secp384r1")
_DIGESTS: dict[str, hashes.HashAlgorithm] = {"SHA2": hashes.SHA256(), "SHA3": hashes.SHA3_256()}
_LONGEST_CHAIN = 8
# All that the library raises for a certificate that it cannot read or does not support.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True)
class Certificate:
    """A certificate, read once so that nothing in it fails later."""

    x509: x509.Certificate
    der: bytes
    subject: str
    units: tuple[str, ...]
    """The organizational units in its subject."""
    authority: bool
    """Whether it may issue certificates."""
    path_length: int | None
    key_id: bytes
    begins: datetime
    ends: datetime

    def verifies(self, message: bytes, signature: bytes, hash_family: str) -> bool:
        """Whether its key made the signature, in the one form that Fabric takes."""
        key = self.x509.public_key()
        try:
            if isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, message)
                return True
            if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES:
                return False
            # The lower of the two S, and canonical DER: else one signature had many spellings.
            digest = _DIGESTS.get(hash_family)
            if digest is None or low_s(_canonical(signature), key.curve.name) != signature:
                return False
            key.verify(signature, message, ec.ECDSA(digest))
        except (InvalidSignature, ValueError):
            return False
        return True


def read_certificate(pem: bytes) -> Certificate:
    """A certificate from PEM. Raises ProofError."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        units = found.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        basic = _extension(found, x509.BasicConstraints)
        usage = _extension(found, x509.KeyUsage)
        key_id = _extension(found, x509.SubjectKeyIdentifier)
        found.public_key()
        return Certificate(
            x509=found,
            der=found.public_bytes(Encoding.DER),
            subject=found.subject.rfc4514_string(),
            units=tuple(str(unit.value) for unit in units),
            authority=basic is not None and basic.ca and (usage is None or usage.key_cert_sign),
            path_length=basic.path_length if basic else None,
            key_id=key_id.digest if key_id else b"",
            begins=found.not_valid_before_utc,
            ends=found.not_valid_after_utc,
        )
    except _UNREADABLE as error:
        raise ProofError(f"a certificate cannot be read: {error}") from None


def read_revocation_list(content: bytes) -> x509.CertificateRevocationList:
    """A CRL from PEM or DER. Raises ProofError."""
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_crl(content)
        return x509.load_der_x509_crl(content)
    except _UNREADABLE as error:
        raise ProofError(f"a revocation list cannot be read: {error}") from None


def chain_of(
    leaf: Certificate, intermediates: Sequence[Certificate], roots: Sequence[Certificate]
) -> tuple[Certificate, ...] | None:
    """The leaf and who issued it, up to a root; None: no root did."""
    chain = [leaf]
    while len(chain) <= _LONGEST_CHAIN:
        last, beneath = chain[-1], len(chain) - 1
        if any(last.der == root.der for root in roots):
            return tuple(chain)
        issuer = _issuer(last, beneath, (*roots, *intermediates))
        if issuer is None:
            return None
        chain.append(issuer)
    return None


def is_revoked(
    certificate: Certificate,
    issuer: Certificate,
    lists: Sequence[x509.CertificateRevocationList],
) -> bool:
    """Whether a list that the issuer signed names the certificate.

    From when it was revoked does not count, as for Fabric: from the list's arrival on.
    """
    for found in lists:
        try:
            entry = found.get_revoked_certificate_by_serial_number(certificate.x509.serial_number)
            key = issuer.x509.public_key()
            if entry is not None and found.is_signature_valid(key):  # pyright: ignore[reportArgumentType]  # an issuer's key is of a kind that signs
                return True
        except (*_UNREADABLE, InvalidSignature):
            continue
    return False


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def _issuer(
    certificate: Certificate, beneath: int, candidates: Sequence[Certificate]
) -> Certificate | None:
    for found in candidates:
        short = found.path_length is not None and beneath > found.path_length
        if not found.authority or short or found.der == certificate.der:
            continue
        try:
            certificate.x509.verify_directly_issued_by(found.x509)
        except (*_UNREADABLE, InvalidSignature):
            continue
        return found
    return None


def _canonical(signature: bytes) -> bytes:
    return encode_dss_signature(*decode_dss_signature(signature))


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
