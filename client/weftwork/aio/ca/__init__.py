"""A Fabric CA's client: enroll, register, revoke."""

from weftwork.aio.ca.authority import CertificateAuthority
from weftwork.aio.ca.registrar import Registrar
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
