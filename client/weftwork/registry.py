"""What a certificate authority keeps: identities, their attributes, affiliations, revocations."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class CaInfo:
    """What a certificate authority tells of itself to anybody."""

    name: str
    version: str
    """Of the server, for example ``1.5.21``."""
    chain: bytes
    """Its certificate, PEM, and those above it where it is an intermediate one."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a registered identity."""

    name: str
    """Names that start with ``hf.`` are the authority's own: they are rights."""
    value: str
    ecert: bool = True
    """Whether it goes into every certificate that asks for no attributes by name."""


@dataclass(frozen=True)
class AttributeRequest:
    """An attribute that a certificate is to hold."""

    name: str
    optional: bool = False
    """Whether an identity without it gets its certificate all the same."""


@dataclass(frozen=True)
class RegisteredIdentity:
    """An identity in the authority's register."""

    id: str
    type: str
    """``client``, ``admin``, ``peer``, ``orderer``: becomes an organisational unit."""
    affiliation: str
    """Dotted, for example ``energy.billing``; empty for the root."""
    attributes: tuple[Attribute, ...]
    max_enrollments: int
    """How often its secret may be used; -1 for any number."""

    def attribute(self, name: str) -> str | None:
        """The value of an attribute; None where it has none of that name."""
        return next((found.value for found in self.attributes if found.name == name), None)


@dataclass(frozen=True)
class RevokedCertificate:
    """Names a certificate as revocation lists do; both in lowercase hex without leading zeros."""

    serial: str
    aki: str
    """Authority key identifier."""


@dataclass(frozen=True)
class Revocation:
    """What a revocation did."""

    certificates: tuple[RevokedCertificate, ...]
    """Certificates that it revoked; none for an identity that never enrolled."""
    crl: bytes | None
    """The revocation list after it (PEM), where it was asked for and a certificate was revoked."""


class RevocationReason(StrEnum):
    """Why a certificate is revoked (RFC 5280, 5.3.1), as Fabric CA spells it."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keycompromise"
    CA_COMPROMISE = "cacompromise"
    AFFILIATION_CHANGED = "affiliationchanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationofoperation"
    CERTIFICATE_HOLD = "certificatehold"
    REMOVE_FROM_CRL = "removefromcrl"
    PRIVILEGE_WITHDRAWN = "privilegewithdrawn"
    AA_COMPROMISE = "aacompromise"
