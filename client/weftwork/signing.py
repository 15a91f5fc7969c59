"""What is signed, by whom, and by which hash; the signature may be made elsewhere."""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from inspect import isawaitable, iscoroutine
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ed25519

from weftwork.errors import ArgumentError, SignatureError, SignatureTimeoutError
from weftwork.identity import Identity
from weftwork.signer import AnySigner


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

    def __init__(self, identity: Identity, signer: AnySigner | None, hashing: Hash | None) -> None:
        """Raises ArgumentError for a signer that cannot be called."""
        if signer is not None and not callable(cast("object", signer)):
            raise ArgumentError(
                f"a signer is called with a message, a {type(signer).__name__} cannot be: from a "
                "private key's PEM signer_from_key makes one"
            )
        self.identity = identity
        self._hash = hashing
        self.in_thread: bool = getattr(signer, "in_thread", False) is True
        """Whether the signer says that it waits, so that an event loop must not call it."""
        self.given: Callable[[bytes], Any] = self._giving(signer, hashing)
        """What the signer gives for a message. Raises SignatureError where there is none."""

    def digest(self, message: bytes) -> bytes:
        """What a signer elsewhere is given for ``message``."""
        return (self._hash or self._natural_hash).digest(message)

    @cached_property
    def _natural_hash(self) -> Hash:
        # What peers verify follows from the certificate's key: Ed25519 signs the message itself.
        public = self.identity.x509.public_key()
        return Hash.NONE if isinstance(public, ed25519.Ed25519PublicKey) else Hash.SHA256

    def _giving(self, signer: AnySigner | None, hashing: Hash | None) -> Callable[[bytes], Any]:
        if signer is None:
            return self._cannot
        if hashing is None or hashing is Hash.NONE:
            return signer
        # A signer made from a key can do both: hash by itself, or sign what is a digest already.
        found: Callable[[bytes], Any] | None = getattr(signer, "sign_digest", None)
        sign_digest = found or signer
        return lambda message: sign_digest(hashing.digest(message))

    def _cannot(self, message: bytes) -> Any:
        raise SignatureError(
            f"the gateway of {self.identity} has no signer: sign the digest elsewhere and "
            "restore the object with its signature"
        )

    def checked(self, given: Any) -> bytes:
        """What a signer gave, if it is a signature's bytes. Raises SignatureError."""
        if not given or not isinstance(given, bytes):
            # A signer is the application's own: it may give a key service's object.
            what = f"a {type(given).__name__}" if given else "nothing"
            raise SignatureError(
                f"the signer of {self.identity} gave {what}, not a signature's bytes"
            )
        return given

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``, made now. Raises SignatureError."""
        given = self.given(message)
        if given and isinstance(given, bytes):
            return given
        if isawaitable(given):
            if iscoroutine(given):
                # It will not run: Python need not warn of that.
                given.close()
            raise SignatureError(
                f"the signer of {self.identity} is async, and nothing awaits it here: use it in "
                "weftwork.aio, or give the sync client one that returns the signature"
            )
        return self.checked(given)

    def late(self, seconds: float | None) -> SignatureTimeoutError:
        """That the signer gave nothing in the time that it had."""
        return SignatureTimeoutError(
            f"the signer of {self.identity} gave no signature within {seconds or 0:.3g} s"
        )
