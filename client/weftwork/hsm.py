"""Signing with a private key that never leaves an HSM, over PKCS#11.

    with HsmSigner(library, label="departments", pin=pin, identity=identity) as signer:
        with weftwork.connect_endpoint(endpoint, identity, signer) as gateway:
            ...

Needs the extra ``hsm``. Source: PKCS #11 v3.1 (OASIS), CKM_ECDSA; Fabric ``bccsp/pkcs11``, whose
tools call a key by its subject key identifier: SHA-256 of the public key's uncompressed point.
"""

import hashlib
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weftwork.errors import MissingExtraError, SignatureError
from weftwork.identity import Identity
from weftwork.signer import low_s

__all__ = ["HsmSigner", "subject_key_identifier"]

if TYPE_CHECKING:
    # The library comes with an extra; whoever signs with files needs none.
    import pkcs11

_PROBE = b"does this key belong to the certificate?"
# DER of the curves' object identifiers, as CKA_EC_PARAMS holds them (RFC 5480, 2.1.1.1).
_CURVES = {
    bytes.fromhex("06082a8648ce3d030107"): "secp256r1",
    bytes.fromhex("06052b81040022"): "secp384r1",
}


def subject_key_identifier(identity: Identity) -> bytes:
    """The identifier by which Fabric's tools call the private key of an identity in an HSM.

    Raises SignatureError where its certificate's key is not ECDSA.
    """
    key = identity.x509.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SignatureError(f"an HSM signs ECDSA, the certificate of {identity} has another key")
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).digest()


class HsmSigner:
    """A signer whose key is in an HSM. Threads may share it: they sign one after the other.

    So do all signers of a process. ``weftwork.aio`` has it sign in a thread, so that the event loop
    goes on. Several signers may use the same token; the last that is closed logs out.
    """

    in_thread: bool = True

    def __init__(
        self,
        library: str | os.PathLike[str],
        *,
        label: str,
        pin: str,
        identifier: bytes | str | None = None,
        identity: Identity | None = None,
        user_type: int | None = None,
    ) -> None:
        """Opens a session with the token and finds the key.

        Args:
            library: the PKCS#11 module, a shared library of the HSM's maker.
            label: the token's label.
            pin: the user's PIN; it is shown nowhere.
            identifier: CKA_ID of the private key; by default the identity's, see
                ``subject_key_identifier``.
            identity: who signs; the key is tried against its certificate.
            user_type: who logs in, a CKU_ constant or one of the HSM's maker; by default CKU_USER.

        Raises:
            SignatureError: no such library, token or key, the PIN is refused, or the key is not
                the identity's.
            MissingExtraError: python-pkcs11 is not installed.
        """
        if identifier is None and identity is not None:
            identifier = subject_key_identifier(identity)
        path = os.fspath(library)
        given = {"library": path, "label": label, "pin": pin, "identifier": identifier}
        for name, value in given.items():
            if not value or not value.strip():
                raise SignatureError(f"an HSM's signer needs its {name}, it is empty")
        called = identifier.encode() if isinstance(identifier, str) else identifier or b""
        self.label: str = label
        self._pid = os.getpid()
        with _guard:
            self._token = _Token.named(path, label)
            self._session: pkcs11.Session | None = self._token.open(pin, user_type)
        try:
            with _guard, _in_words(label):
                self._key: Any = self._find(called)
                self._curve = self._curve_of(self._key)
            if identity is not None:
                self._check(identity)
        except BaseException:
            self.close()
            raise

    def __call__(self, message: bytes) -> bytes:
        """The signature of a whole message, which is hashed with SHA-256. Raises SignatureError."""
        return self.sign_digest(hashlib.sha256(message).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature of a digest: ASN.1 DER with a low S. Raises SignatureError."""
        from pkcs11 import Mechanism

        if os.getpid() != self._pid:
            raise SignatureError(
                f"the signer of token {self.label!r} was opened in another process: a fork cannot "
                "share a session with an HSM, open one in each"
            )
        with _guard:
            if self._session is None:
                raise SignatureError(f"the signer of token {self.label!r} has been closed")
            with _in_words(self.label):
                plain: bytes = self._key.sign(digest, mechanism=Mechanism.ECDSA)
        half = len(plain) // 2
        r, s = int.from_bytes(plain[:half], "big"), int.from_bytes(plain[half:], "big")
        return low_s(encode_dss_signature(r, s), self._curve)

    def close(self) -> None:
        """End the session. Closing twice does nothing."""
        with _guard:
            session, self._session = self._session, None
            if session is not None and os.getpid() == self._pid:
                self._token.close(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HsmSigner(label={self.label!r})"

    def _check(self, identity: Identity) -> None:
        public = identity.x509.public_key()
        try:
            if not isinstance(public, ec.EllipticCurvePublicKey):
                raise InvalidSignature
            public.verify(self(_PROBE), _PROBE, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise SignatureError(
                f"the key in token {self.label!r} does not belong to the certificate of {identity}"
            ) from None

    def _find(self, identifier: bytes) -> object:
        from pkcs11 import Attribute, KeyType, ObjectClass

        assert self._session is not None  # noqa: S101  # it has just been opened
        wanted = {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC,
            Attribute.ID: identifier,
        }
        # To the end, so that the search is closed: a session can have but one.
        for found in list(self._session.get_objects(wanted)):
            return found
        raise SignatureError(
            f"token {self.label!r} has no private key with the identifier {identifier.hex()}"
        )

    def _curve_of(self, key: Any) -> str:
        from pkcs11 import Attribute

        curve = _CURVES.get(bytes(key[Attribute.EC_PARAMS]))
        if curve is None:
            raise SignatureError(
                f"the key in token {self.label!r} is on a curve that Fabric does not accept: "
                "it takes P-256 and P-384"
            )
        return curve


@dataclass
class _Token:
    """A token and who is logged in: PKCS#11 logs in an application once, not each session."""

    library: str
    label: str
    token: "pkcs11.Token"
    proof: bytes = b""
    """Of the PIN that has logged in: whoever else knows another is kept out."""
    login: "pkcs11.Session | None" = None
    sessions: int = 0

    @classmethod
    def named(cls, library: str, label: str) -> "_Token":
        try:
            import pkcs11
            from pkcs11.exceptions import PKCS11Error
        except ImportError as error:
            raise MissingExtraError("HsmSigner", "hsm") from error
        with _guard:
            known = _TOKENS.get((library, label))
            if known is not None:
                return known
            try:
                loaded = pkcs11.lib(library)
                if _ENTERED.setdefault(library, os.getpid()) != os.getpid():
                    # What a parent has initialized a fork must initialize anew (PKCS #11, 6.6).
                    loaded.reinitialize()
                    _ENTERED[library] = os.getpid()
            except (PKCS11Error, OSError) as error:
                raise SignatureError(f"{library}: is no PKCS#11 library: {_said(error)}") from None
            try:
                tokens = [slot.get_token() for slot in loaded.get_slots(token_present=True)]
            except PKCS11Error as error:
                raise SignatureError(f"{library}: {_said(error)}") from None
            labels = sorted({token.label.strip("\0 ") for token in tokens} - {""})
            for token in tokens:
                if token.label.strip("\0 ") == label:
                    _TOKENS[library, label] = found = cls(library, label, token)
                    return found
        there = ", ".join(repr(each) for each in labels) if labels else "none"
        raise SignatureError(f"{library}: no token {label!r}; it has {there}")

    def open(self, pin: str, user_type: int | None) -> "pkcs11.Session":
        """A session that may use private keys."""
        proof = hashlib.sha256(_SALT + pin.encode()).digest()
        with _guard:
            try:
                with _in_words(self.label):
                    if self.login is None:
                        self.login = self._logged_in(pin, user_type)
                        self.proof = proof
                    elif self.proof != proof:
                        raise SignatureError(
                            f"token {self.label!r} is open in this process, with another PIN"
                        )
                    session = self.token.open()
            except BaseException:
                self._leave_unless_used()
                raise
            self.sessions += 1
            return session

    def _logged_in(self, pin: str, user_type: int | None) -> "pkcs11.Session":
        from pkcs11.exceptions import UserAlreadyLoggedIn

        as_whom: dict[str, Any] = {} if user_type is None else {"user_type": user_type}
        try:
            return self.token.open(user_pin=pin, **as_whom)
        except UserAlreadyLoggedIn:
            # Another part of the application was first: that holds for our sessions too, and it is
            # not for us to log out.
            return self.token.open()

    def close(self, session: "pkcs11.Session") -> None:
        """End a session; the last one logs out."""
        with _guard:
            self.sessions -= 1
            _end(session)
            self._leave_unless_used()

    def _leave_unless_used(self) -> None:
        if self.sessions:
            return
        if self.login is not None:
            _end(self.login)
            self.login = None
        # A token that is put in again may be in another slot: it is looked for again.
        _TOKENS.pop((self.library, self.label), None)


def _end(session: "pkcs11.Session") -> None:
    from pkcs11.exceptions import PKCS11Error

    # A token that was taken away has left nothing to close.
    with suppress(PKCS11Error):
        session.close()


# python-pkcs11 initializes a library without asking it for locks (C_Initialize with no arguments):
# two threads in it at once, even in sessions of their own, end the process.
_guard = threading.RLock()
_TOKENS: dict[tuple[str, str], _Token] = {}
_ENTERED: dict[str, int] = {}
_SALT = os.urandom(16)


@contextmanager
def _in_words(label: str) -> Generator[None]:
    """What the library says of a token, as a SignatureError. It never quotes a PIN."""
    from pkcs11.exceptions import PinIncorrect, PinLenRange, PinLocked, PKCS11Error

    try:
        yield
    except (PinIncorrect, PinLenRange):
        raise SignatureError(f"token {label!r} refused the PIN") from None
    except PinLocked:
        raise SignatureError(
            f"token {label!r}: the PIN is locked after too many wrong ones"
        ) from None
    except PKCS11Error as error:
        raise SignatureError(f"token {label!r}: {_said(error)}") from None


def _after_fork() -> None:
    # Nothing of the parent's is the child's: neither its sessions nor who held the lock.
    global _guard
    _guard = threading.RLock()
    _TOKENS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _said(error: Exception) -> str:
    # The library's errors are told apart by their classes; most have no text.
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
