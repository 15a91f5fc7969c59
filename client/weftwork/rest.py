"""TLS of an endpoint that speaks REST: whom to trust and which certificate to show."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from weftwork.errors import IdentityError, MissingExtraError


@dataclass(frozen=True)
class ClientTls:
    """Files (PEM) for mutual TLS."""

    roots: Path | bytes | None
    """TLS CAs to trust: a PEM file or PEM itself; None for those that the system trusts."""
    certificate: Path
    """Certificate to show; its extended key usage must allow clientAuth."""
    key: Path

    def context(self) -> ssl.SSLContext:
        """An SSL context that trusts these CAs alone. Raises IdentityError naming the files."""
        try:
            context = _trusting(self.roots)
            context.load_cert_chain(str(self.certificate), str(self.key))
        except (OSError, ValueError, ssl.SSLError) as error:
            roots = "the PEM given" if isinstance(self.roots, bytes) else self.roots
            files = f"{roots}, {self.certificate}, {self.key}"
            raise IdentityError(f"TLS files cannot be used ({files}): {error}") from None
        return context


@dataclass(frozen=True)
class ServerTls:
    """TLS that shows no certificate of its own."""

    roots: Path | bytes | None
    """TLS CAs to trust: a PEM file or PEM itself; None for those that the system trusts."""

    def context(self) -> ssl.SSLContext:
        """An SSL context that trusts these CAs alone. Raises IdentityError naming the file."""
        try:
            return _trusting(self.roots)
        except (OSError, ValueError, ssl.SSLError) as error:
            where = "the PEM given" if isinstance(self.roots, bytes) else self.roots
            raise IdentityError(f"TLS CAs cannot be used ({where}): {error}") from None


Tls = ClientTls | ServerTls


def _trusting(roots: Path | bytes | None) -> ssl.SSLContext:
    if isinstance(roots, bytes):
        return ssl.create_default_context(cadata=roots.decode("ascii"))
    return ssl.create_default_context(cafile=str(roots) if roots else None)


def http_failure(
    purpose: str = "administration of orderers", extra: str = "network"
) -> type[Exception]:
    """What the HTTP client raises when there is no answer. Raises MissingExtraError."""
    try:
        import httpx
    except ImportError as error:
        raise MissingExtraError(purpose, extra) from error
    return httpx.HTTPError
