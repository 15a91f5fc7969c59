"""How it is signed: a callable from message to signature, and the one made from a private key.

Fabric accepts ECDSA over P-256 and P-384, always with SHA-256 of the message and with a low S
(``bccsp/utils/ecdsa.go``), and since 3.0 Ed25519 over the message itself.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from weftwork.errors import ArgumentError, IdentityError, SignatureError
from weftwork.identity import Identity

Signer = Callable[[bytes], bytes]
"""Signs a whole message (not its hash) and may be called from several threads at once.

One that has a true attribute ``in_thread`` waits for something: see ``in_thread``.
"""
AsyncSigner = Callable[[bytes], Awaitable[bytes]]
"""Signs as a ``Signer`` does and is awaited, so only ``weftwork.aio`` takes it."""
AnySigner = Signer | AsyncSigner
"""What ``weftwork.aio`` takes."""

# Order of each curve's group, SEC 2 (https://www.secg.org/sec2-v2.pdf) 2.4.2 and 2.5.1.
_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
        "581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
}

# The peer hashes what it verifies with SHA-256 whatever the curve, see msp/identities.go.
_ECDSA = ec.ECDSA(hashes.SHA256())
# What has been hashed already, by the digest's length in bytes.
_PREHASHED = {
    32: ec.ECDSA(Prehashed(hashes.SHA256())),
    48: ec.ECDSA(Prehashed(hashes.SHA384())),
}


def low_s(signature: bytes, curve: str) -> bytes:
    """The DER signature with S in the lower half of the group, as Fabric demands.

    ``curve`` is ``secp256r1`` or ``secp384r1``.
    """
    order = _ORDERS[curve]
    r, s = decode_dss_signature(signature)
    return signature if s <= order // 2 else encode_dss_signature(r, order - s)


class KeySigner:
    """Signs with a private key; made by ``signer_from_key``. Shows nothing of the key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    def __call__(self, message: bytes) -> bytes:
        """The signature of a whole message."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        return low_s(self._key.sign(message, _ECDSA), self._key.curve.name)

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature of a digest of 32 or 48 bytes. Raises SignatureError for Ed25519."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            raise SignatureError("Ed25519 signs the message itself: set Options.hash to Hash.NONE")
        if len(digest) not in _PREHASHED:
            raise SignatureError(f"a digest has 32 or 48 bytes, this one {len(digest)}")
        signature = self._key.sign(digest, _PREHASHED[len(digest)])
        return low_s(signature, self._key.curve.name)

    def __repr__(self) -> str:
        return "KeySigner()"


def signer_from_key(private_key: bytes, *, password: bytes | None = None) -> KeySigner:
    """A signer from a PEM private key: P-256, P-384 or Ed25519.

    Raises IdentityError where the key cannot be read or is of another kind.
    """
    key = _load(private_key, password)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return KeySigner(key)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        raise IdentityError(f"private key is of the kind {kind}: Fabric accepts ECDSA and Ed25519")
    if key.curve.name not in _ORDERS:
        raise IdentityError(f"private key is on {key.curve.name}: Fabric accepts P-256 and P-384")
    return KeySigner(key)


def in_thread(signer: Signer) -> "ThreadSigner":
    """A signer that ``weftwork.aio`` calls in a thread: for one that waits, for a key service say.

    A plain signer is called where it is needed, and the event loop stands still as long as it
    takes. That is right for a key in memory, and for nothing else. The sync client takes it too,
    and calls it as any other.

    Raises ArgumentError for an async function, which needs no thread.
    """
    return ThreadSigner(signer)


class ThreadSigner:
    """A signer that waits; made by ``in_thread``."""

    in_thread: bool = True

    def __init__(self, signer: Signer) -> None:
        if iscoroutinefunction(signer):
            raise ArgumentError("an async signer needs no thread: weftwork.aio takes it as it is")
        self._signer = signer
        self._sign_digest: Signer = getattr(signer, "sign_digest", signer)

    def __call__(self, message: bytes) -> bytes:
        """The signature of a whole message."""
        return self._signer(message)

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature of a digest, which a signer without a method of that name is given."""
        return self._sign_digest(digest)

    def __repr__(self) -> str:
        return f"in_thread({self._signer!r})"


def check_pair(identity: Identity, private_key: bytes) -> None:
    """Refuse a private key that is not the one of the identity's certificate."""
    key = _load(private_key, None)
    public = getattr(key, "public_key", None)
    if public is None or public() != identity.x509.public_key():
        raise IdentityError(f"private key does not belong to the certificate of {identity}")


def _load(private_key: bytes, password: bytes | None) -> object:
    if b"-----BEGIN PUBLIC KEY" in private_key:
        raise IdentityError("this is a public key: what signs is the private key")
    try:
        return load_pem_private_key(private_key, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The error's text may quote nothing of the key: cryptography's never does.
        raise IdentityError(f"private key is not readable PEM: {error}") from None
