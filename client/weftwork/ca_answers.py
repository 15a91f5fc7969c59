"""A certificate authority's answers, read: its results as values, its refusals as errors."""

import base64
import ssl
from collections.abc import Iterable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from weftwork.errors import CaError, CaProblem, CaTlsError, CaUnreachableError
from weftwork.registry import (
    Attribute,
    CaInfo,
    RegisteredIdentity,
    Revocation,
    RevokedCertificate,
)

T = TypeVar("T")


class Envelope(msgspec.Struct):
    """What every answer is wrapped in."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    errors: list["ErrorEntry"] | None = None
    success: bool = False


class ErrorEntry(msgspec.Struct):
    """An error in an answer."""

    code: int = 0
    message: str = ""


class InfoResult(msgspec.Struct):
    """Answer of ``cainfo``."""

    CAName: str = ""
    CAChain: str = ""
    Version: str = ""

    def value(self) -> CaInfo:
        """The answer as what it means."""
        return CaInfo(self.CAName, self.Version, base64.b64decode(self.CAChain))


class CertificateResult(msgspec.Struct):
    """Answer of ``enroll`` and ``reenroll``."""

    Cert: str

    def value(self) -> bytes:
        """The certificate, PEM."""
        return base64.b64decode(self.Cert)


class SecretResult(msgspec.Struct):
    """Answer of ``register``."""

    secret: str

    def __repr__(self) -> str:
        return "SecretResult()"


class AttributeEntry(msgspec.Struct):
    """An attribute in an identity's entry."""

    name: str
    value: str = ""
    ecert: bool = False


class IdentityEntry(msgspec.Struct):
    """Answer of ``identities/…``, and an entry of the list."""

    id: str
    type: str = ""
    affiliation: str = ""
    attrs: list[AttributeEntry] | None = None
    max_enrollments: int = 0

    def value(self) -> RegisteredIdentity:
        """The entry as what it means."""
        return RegisteredIdentity(
            id=self.id,
            type=self.type,
            affiliation=self.affiliation,
            attributes=tuple(
                Attribute(entry.name, entry.value, entry.ecert) for entry in self.attrs or ()
            ),
            max_enrollments=self.max_enrollments,
        )


class IdentitiesResult(msgspec.Struct):
    """Answer of ``identities``."""

    identities: list[IdentityEntry] | None = None


class AffiliationEntry(msgspec.Struct):
    """Answer of ``affiliations``: a tree."""

    name: str = ""
    affiliations: list["AffiliationEntry"] | None = None

    def names(self) -> list[str]:
        """Full names in the tree, sorted; the root has none."""
        below = [name for entry in self.affiliations or () for name in entry.names()]
        return sorted([self.name, *below] if self.name else below)


class RevokedEntry(msgspec.Struct):
    """A certificate in the answer of ``revoke``."""

    Serial: str = ""
    AKI: str = ""


class RevocationResult(msgspec.Struct):
    """Answer of ``revoke``."""

    RevokedCerts: list[RevokedEntry] | None = None
    CRL: str = ""

    def value(self) -> Revocation:
        """The answer as what it means."""
        return Revocation(
            tuple(RevokedCertificate(e.Serial, e.AKI) for e in self.RevokedCerts or ()),
            base64.b64decode(self.CRL) if self.CRL else None,
        )


class CrlResult(msgspec.Struct):
    """Answer of ``gencrl``."""

    CRL: str

    def value(self) -> bytes:
        """The revocation list, PEM."""
        return base64.b64decode(self.CRL)


class CertificateEntry(msgspec.Struct):
    """An entry of the answer of ``certificates``."""

    PEM: str


class CertificatesResult(msgspec.Struct):
    """Answer of ``certificates``."""

    certs: list[CertificateEntry] | None = None


def address_of(url: str) -> str:
    """``host:port`` of an authority's URL.

    Raises CaError for a URL that is not https, or that carries a user or a secret: those would
    travel, and be logged, with every request.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise _unusable(url.rpartition("@")[2], f"this is no URL: {error}") from None
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if parts.username is not None or parts.password is not None:
        raise _unusable(address, "leave user and secret out of the URL and give them to enroll")
    if parts.scheme != "https" or not host:
        raise _unusable(
            address if host else repr(url),
            "give a URL that starts with https://, an enrolment secret never travels in clear",
        )
    return address


def read_answer(
    address: str, action: str, status: int, content: bytes, kind: type[T], secrets: Sequence[str]
) -> T:
    """The result of an answer. Raises CaError for a refusal; ``secrets`` never stand in it."""
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = "the answer is not that of a Fabric CA: is this its address?"
        raise CaError(address, action, status, (CaProblem(0, text),)) from None
    # An answer that was begun cannot change its status any more: errors may follow a 200.
    if not 200 <= status < 300 or not envelope.success:
        problems = tuple(
            CaProblem(entry.code, _without(entry.message, secrets))
            for entry in envelope.errors or (ErrorEntry(message="no reason given"),)
        )
        raise CaError(address, action, status, problems)
    try:
        return msgspec.json.decode(envelope.result, type=kind)
    except msgspec.DecodeError as error:
        text = f"its answer cannot be read: {_without(str(error), secrets)}"
        raise CaError(address, action, status, (CaProblem(0, text),)) from None


def no_answer(address: str, action: str, error: Exception, timeout: float) -> CaUnreachableError:
    """The error for a request that got no answer, from what the HTTP client raised."""
    import httpx

    text = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        text = f"nothing within {timeout:g} s"
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        text += "; it may have been done all the same"
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return CaTlsError(
            address,
            action,
            0,
            (CaProblem(0, f"TLS failed: {text}; is tls_roots the TLS CA of this server?"),),
        )
    return CaUnreachableError(address, action, 0, (CaProblem(0, text),))


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _unusable(address: str, reason: str) -> CaError:
    return CaError(address, "be reached", 0, (CaProblem(0, reason),))


def _without(text: str, secrets: Sequence[str]) -> str:
    # A CA repeats a request's body where it cannot read it, and a body may hold a secret.
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***").replace(
                msgspec.json.encode(secret)[1:-1].decode(), "***"
            )
    return text
