"""Clients for tests: real certificates with Fabric CA's attributes, made once and kept."""

import datetime
import json
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork_chaincode.identity import ATTRIBUTES_EXTENSION
from weftwork_protos.msp_pb2 import SerializedIdentity

_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_UNTIL = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)


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
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    creator: bytes


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
    return name, ec.generate_private_key(ec.SECP256R1())


@cache
def _issue(mspid: str, name: str, attributes: tuple[tuple[str, str], ...]) -> Identity:
    issuer, issuer_key = _authority(mspid)
    key = ec.generate_private_key(ec.SECP256R1())
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
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )
    if attributes:
        value = json.dumps({"attrs": dict(attributes)}).encode()
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ATTRIBUTES_EXTENSION, value), critical=False
        )
    certificate = builder.sign(issuer_key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    creator = SerializedIdentity(mspid=mspid, id_bytes=pem).SerializeToString()
    return Identity(mspid, certificate, key, creator)
