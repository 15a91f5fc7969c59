"""TLS of an administration endpoint: whom to trust and which certificate to show."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from weftwork.errors import IdentityError, MissingExtraError


@dataclass(frozen=True)
class ClientTls:
    """Files (PEM) for mutual TLS."""

    roots: Path
    """TLS CAs to trust."""
    certificate: Path
    """Certificate to show; its extended key usage must allow clientAuth."""
    key: Path

    def context(self) -> ssl.SSLContext:
        """An SSL context that trusts these CAs alone. Raises IdentityError naming the files."""
        try:
            context = ssl.create_default_context(cafile=str(self.roots))
            context.load_cert_chain(str(self.certificate), str(self.key))
        except (OSError, ssl.SSLError) as error:
            files = f"{self.roots}, {self.certificate}, {self.key}"
            raise IdentityError(f"TLS files cannot be used ({files}): {error}") from None
        return context


def http_failure() -> type[Exception]:
    """What the HTTP client raises when there is no answer. Raises MissingExtraError."""
    try:
        import httpx
    except ImportError as error:
        raise MissingExtraError("administration of orderers", "network") from error
    return httpx.HTTPError
