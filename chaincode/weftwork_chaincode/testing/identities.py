"""Clients for tests: real certificates with Fabric CA's attributes, the same in every run."""

import datetime
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork_chaincode.identity import ATTRIBUTES_EXTENSION
from weftwork_protos.msp_pb2 import SerializedIdentity

_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_UNTIL = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256: private keys lie below it."""


def _signing() -> ec.ECDSA:
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except (TypeError, UnsupportedAlgorithm):  # an older library: other signatures in each run
        return ec.ECDSA(hashes.SHA256())


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    try:
        return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    except (TypeError, UnsupportedAlgorithm):  # as above: other transaction ids in each run
        return builder.sign(key, hashes.SHA256())


_SIGNING = _signing()


@dataclass(frozen=True)
class Identity:
    """A client of a department.

    Attributes:
        mspid: The department's MSP id.
        certificate: The enrolment certificate.
        key: Its private key.
        creator: The ``SerializedIdentity`` as a proposal carries it.
    """

    mspid: str
    certificate: x509.Certificate = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    creator: bytes = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """An ECDSA signature over SHA-256 of the data; the same data gives the same bytes."""
        return self.key.sign(data, _SIGNING)


def identity(
    mspid: str,
    role: str | None = None,
    *,
    name: str = "user1",
    attributes: dict[str, str] | None = None,
) -> Identity:
    """A client whose certificate carries ``role`` and further attributes.

    The same arguments give the same identity within one process.
    """
    all_attributes = dict(attributes or {})
    if role is not None:
        all_attributes["role"] = role
    return _issue(mspid, name, tuple(sorted(all_attributes.items())))


@cache
def _authority(mspid: str) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, mspid),
            x509.NameAttribute(NameOID.COMMON_NAME, f"ca.{mspid}"),
        ]
    )
    return name, _key("ca", mspid)


def _key(*owner: str) -> ec.EllipticCurvePrivateKey:
    # The same key in each run, so that transaction ids, and with them whole ledgers, are the same.
    digest = hashlib.sha256("\x00".join(owner).encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest) % (_ORDER - 1) + 1, ec.SECP256R1())


@cache
def _issue(mspid: str, name: str, attributes: tuple[tuple[str, str], ...]) -> Identity:
    issuer, issuer_key = _authority(mspid)
    named = (mspid, name, json.dumps(attributes))
    key = _key("client", *named)
    serial = int.from_bytes(hashlib.sha256("\x00".join(named).encode()).digest()[:19]) + 1
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "client"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )
    if attributes:
        value = json.dumps({"attrs": dict(attributes)}).encode()
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ATTRIBUTES_EXTENSION, value), critical=False
        )
    certificate = _signed(builder, issuer_key)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    creator = SerializedIdentity(mspid=mspid, id_bytes=pem).SerializeToString()
    return Identity(mspid, certificate, key, creator)
