"""TLS of a chaincode's process: PEM texts, read from files, made into contexts for either end."""

import base64
import binascii
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from weftwork_chaincode.errors import ConfigError

_PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM texts of one end's TLS.

    Attributes:
        certificate: this end's own, with intermediate ones after it.
        key: its private key, without a password.
        client_roots: CAs of those who may call; None: anybody may.
        peer_roots: CAs of the peer that is called, for a chaincode that dials.
        server_name: the name that the peer's certificate must bear in place of the dialled host.
    """

    certificate: bytes
    key: bytes
    client_roots: bytes | None
    peer_roots: bytes | None = None
    server_name: str | None = None

    def context(self, protocol: str = "h2", *, optional: bool = False) -> ssl.SSLContext:
        """The server's TLS context: TLS 1.2 and newer, client certificates where asked.

        Args:
            protocol: what is spoken inside, HTTP/2 by itself, by its registered name.
            optional: a client may show no certificate, but none of another CA.

        Raises:
            ConfigError: certificate and key are no pair, or the CAs cannot be read.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options |= ssl.OP_NO_TICKET
        self._common(context, protocol)
        if self.client_roots is not None:
            _load_roots(context, "tls.client_roots", self.client_roots)
            context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
        return context

    def client_context(self) -> ssl.SSLContext:
        """The context of a chaincode that dials its peer: the peer is checked, name and CA.

        Raises:
            ConfigError: certificate and key are no pair, or no CA of the peer is named.
        """
        if self.peer_roots is None:
            raise ConfigError("tls.peer_roots is missing: who is the peer?")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Go's TLS takes any certificate for a root that it is given as one.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self._common(context, "h2")
        _load_roots(context, "tls.peer_roots", self.peer_roots)
        return context

    def _common(self, context: ssl.SSLContext, protocol: str) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols([protocol])
        context.options |= ssl.OP_NO_COMPRESSION
        _load_pair(context, self.certificate, self.key)


def read_pem(what: str, path: str, *, encoded: bool = False) -> bytes:
    """The content of a PEM file; ConfigError names ``what`` it was for.

    ``encoded``: the peer writes some of its files in base64 (those whose variables end in
    ``_PATH``); plain PEM is taken there too.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{what}: {path}: {error.strerror}") from error
    if not encoded or data.lstrip().startswith(_PEM):
        return data
    try:
        return base64.b64decode(data, validate=False)
    except binascii.Error as error:
        raise ConfigError(f"{what}: {path} holds neither PEM nor base64 of it") from error


def tls_reason(error: BaseException) -> str:
    """Why a handshake failed, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        hints = {
            "HTTP_REQUEST": "the other side speaks plaintext",
            "WRONG_VERSION_NUMBER": "the other side does not speak TLS",
            "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the client showed no certificate",
        }
        name = error.reason or type(error).__name__
        return hints.get(name, name.replace("_", " ").lower())
    return type(error).__name__


def _load_roots(context: ssl.SSLContext, what: str, roots: bytes) -> None:
    try:
        context.load_verify_locations(cadata=roots.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"{what} holds no CA certificate in PEM") from error


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    # the standard library takes a certificate from a file only; memory-backed where it can be
    name = os.memfd_create("tls") if hasattr(os, "memfd_create") else None
    if name is None:
        _load_pair_from_disk(context, certificate, key)
        return
    try:
        os.write(name, certificate + b"\n" + key)
        context.load_cert_chain(f"/proc/self/fd/{name}", password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError("tls.certificate and tls.key are no pair in PEM") from error
    finally:
        os.close(name)


def _load_pair_from_disk(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # readable by its owner alone
        file.write(certificate + b"\n" + key)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError("tls.certificate and tls.key are no pair in PEM") from error


def _no_password() -> str:
    raise ValueError("a key with a password cannot be read without a person")
