"""What is signed, by whom, and by which hash; the signature may be made elsewhere."""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ed25519

from weftwork.errors import ArgumentError, SignatureError
from weftwork.identity import Identity
from weftwork.signer import Signer


class Hash(StrEnum):
    """What turns a message into the digest that a signer is given.

    Fabric verifies ECDSA with SHA-256 and Ed25519 over the message itself (``msp/identities.go``);
    the others are for networks whose membership service says so.
    """

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA3_256 = "sha3_256"
    SHA3_384 = "sha3_384"
    NONE = "none"
    """The message itself: for Ed25519, and for signers that hash."""

    def digest(self, message: bytes) -> bytes:
        """The digest of ``message``."""
        return message if self is Hash.NONE else hashlib.new(self.value, message).digest()


class SigningIdentity:
    """Who acts and how it is signed; one without a signer sends what was signed elsewhere."""

    def __init__(self, identity: Identity, signer: Signer | None, hashing: Hash | None) -> None:
        """Raises ArgumentError for a signer that cannot be called."""
        if signer is not None and not callable(cast("object", signer)):
            raise ArgumentError(
                f"a signer is called with a message, a {type(signer).__name__} cannot be: from a "
                "private key's PEM signer_from_key makes one"
            )
        self.identity = identity
        self._signer = signer
        self._hash = hashing
        # A signer made from a key can do both: hash by itself, or sign what is a digest already.
        found: Callable[[bytes], bytes] | None = getattr(signer, "sign_digest", None)
        self._sign_digest = found or signer

    def digest(self, message: bytes) -> bytes:
        """What a signer elsewhere is given for ``message``."""
        return (self._hash or self._natural_hash).digest(message)

    @cached_property
    def _natural_hash(self) -> Hash:
        # What peers verify follows from the certificate's key: Ed25519 signs the message itself.
        public = self.identity.x509.public_key()
        return Hash.NONE if isinstance(public, ed25519.Ed25519PublicKey) else Hash.SHA256

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``. Raises SignatureError where nobody here can sign."""
        if self._signer is None or self._sign_digest is None:
            raise SignatureError(
                f"the gateway of {self.identity} has no signer: sign the digest elsewhere and "
                "restore the object with its signature"
            )
        if self._hash is None or self._hash is Hash.NONE:
            given: Any = self._signer(message)
        else:
            given = self._sign_digest(self._hash.digest(message))
        if not given or not isinstance(given, bytes):
            # A signer is the application's own: it may give a coroutine, or a key service's object.
            what = f"a {type(given).__name__}" if given else "nothing"
            raise SignatureError(
                f"the signer of {self.identity} gave {what}, not a signature's bytes"
            )
        return given


class Signable:
    """Something that is signed: here when it is sent, or before that elsewhere."""

    def __init__(self, signing: SigningIdentity, message: bytes, signature: bytes = b"") -> None:
        self._signing = signing
        self._message = message
        self._signature = signature

    @property
    def digest(self) -> bytes:
        """What a signer elsewhere signs: the hash of the message, by ``Options.hash``.

        Without that option SHA-256, or for an identity with an Ed25519 key the message itself.
        """
        return self._signing.digest(self._message)

    @property
    def signature(self) -> bytes:
        """The signature; empty while it is unsigned."""
        return self._signature

    def _signed(self) -> bytes:
        """The signature, made now if there is none. Raises SignatureError."""
        if not self._signature:
            self._signature = self._signing.sign(self._message)
        return self._signature
