"""A Fabric CA's client: enroll, register, revoke."""

# Generated from weftwork/aio/ca/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.ca.authority import CertificateAuthority
from weftwork._sync.ca.registrar import Registrar
from weftwork.enrolment import Curve, serial_and_aki
from weftwork.registry import (
    Attribute,
    AttributeRequest,
    CaInfo,
    RegisteredIdentity,
    Revocation,
    RevocationReason,
    RevokedCertificate,
)
from weftwork.rest import ClientTls

__all__ = [
    "Attribute",
    "AttributeRequest",
    "CaInfo",
    "CertificateAuthority",
    "ClientTls",
    "Curve",
    "RegisteredIdentity",
    "Registrar",
    "Revocation",
    "RevocationReason",
    "RevokedCertificate",
    "serial_and_aki",
]
