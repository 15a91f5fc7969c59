"""Signing with a private key that never leaves an HSM, over PKCS#11.

    with HsmSigner(library, label="departments", pin=pin, identifier=ski) as signer:
        with weftwork.connect_endpoint(endpoint, identity, signer) as gateway:
            ...

Needs the extra ``hsm``. Source: PKCS #11 v3.1 (OASIS), CKM_ECDSA; Fabric ``bccsp/pkcs11``, whose
tools call a key by its subject key identifier: SHA-256 of the public key's uncompressed point.
"""

import hashlib
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weftwork.errors import MissingExtraError, SignatureError
from weftwork.identity import Identity
from weftwork.signer import low_s

if TYPE_CHECKING:
    # The library comes with an extra; whoever signs with files needs none.
    import pkcs11

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

    So do all signers of a process. In ``weftwork.aio`` the event loop waits while the HSM signs.
    Several signers may use the same token; the last that is closed logs out.
    """

    def __init__(
        self,
        library: str | os.PathLike[str],
        *,
        label: str,
        pin: str,
        identifier: bytes,
        user_type: int | None = None,
    ) -> None:
        """Opens a session with the token and finds the key.

        Args:
            library: the PKCS#11 module, a shared library of the HSM's maker.
            label: the token's label.
            pin: the user's PIN; it is shown nowhere.
            identifier: CKA_ID of the private key, see ``subject_key_identifier``.
            user_type: who logs in, for an HSM with users of its own kinds; CKU_USER by default.

        Raises:
            SignatureError: no such library, token or key, or the PIN is refused.
            MissingExtraError: python-pkcs11 is not installed.
        """
        if not os.fspath(library).strip():
            raise SignatureError("an HSM's signer needs its PKCS#11 library, it is empty")
        for name, value in (("label", label), ("pin", pin), ("identifier", identifier)):
            if not value or not value.strip():
                raise SignatureError(f"an HSM's signer needs its {name}, it is empty")
        self.label: str = label
        self._pid = os.getpid()
        self._token = _Token.named(os.fspath(library), label)
        self._session: pkcs11.Session | None = self._token.open(pin, user_type)
        try:
            with _GUARD:
                self._key: Any = self._find(identifier)
                self._curve = self._curve_of(self._key)
        except BaseException:
            self.close()
            raise

    def __call__(self, message: bytes) -> bytes:
        """The signature of a whole message, which is hashed with SHA-256. Raises SignatureError."""
        return self.sign_digest(hashlib.sha256(message).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature of a digest: ASN.1 DER with a low S. Raises SignatureError."""
        from pkcs11 import Mechanism
        from pkcs11.exceptions import PKCS11Error

        if os.getpid() != self._pid:
            raise SignatureError(
                f"the signer of token {self.label!r} was opened in another process: a fork cannot "
                "share a session with an HSM, open one in each"
            )
        with _GUARD:
            if self._session is None:
                raise SignatureError(f"the signer of token {self.label!r} has been closed")
            try:
                plain: bytes = self._key.sign(digest, mechanism=Mechanism.ECDSA)
            except PKCS11Error as error:
                raise SignatureError(f"token {self.label!r} did not sign: {_said(error)}") from None
        half = len(plain) // 2
        r, s = int.from_bytes(plain[:half], "big"), int.from_bytes(plain[half:], "big")
        return low_s(encode_dss_signature(r, s), self._curve)

    def close(self) -> None:
        """End the session. Closing twice does nothing."""
        with _GUARD:
            session, self._session = self._session, None
        if session is not None and os.getpid() == self._pid:
            self._token.close(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HsmSigner(label={self.label!r})"

    def _find(self, identifier: bytes) -> object:
        from pkcs11 import Attribute, KeyType, ObjectClass

        assert self._session is not None  # noqa: S101  # it has just been opened
        wanted = {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC,
            Attribute.ID: identifier,
        }
        for found in self._session.get_objects(wanted):
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

    label: str
    token: "pkcs11.Token"
    login: "pkcs11.Session | None" = None
    sessions: int = 0

    @classmethod
    def named(cls, library: str, label: str) -> "_Token":
        try:
            import pkcs11
            from pkcs11.exceptions import PKCS11Error
        except ImportError as error:
            raise MissingExtraError("HsmSigner", "hsm") from error
        with _GUARD:
            known = _TOKENS.get((library, label))
            if known is not None:
                return known
            try:
                loaded = pkcs11.lib(library)
            except (PKCS11Error, OSError) as error:
                raise SignatureError(f"{library}: is no PKCS#11 library: {_said(error)}") from None
            try:
                tokens = [slot.get_token() for slot in loaded.get_slots(token_present=True)]
            except PKCS11Error as error:
                raise SignatureError(f"{library}: {_said(error)}") from None
            labels = sorted({token.label.strip("\0 ") for token in tokens} - {""})
            for token in tokens:
                if token.label.strip("\0 ") == label:
                    _TOKENS[library, label] = found = cls(label, token)
                    return found
        there = ", ".join(repr(each) for each in labels) if labels else "none"
        raise SignatureError(f"{library}: no token {label!r}; it has {there}")

    def open(self, pin: str, user_type: int | None) -> "pkcs11.Session":
        """A session that may use private keys."""
        from pkcs11.exceptions import PinIncorrect, PinLenRange, PinLocked, PKCS11Error

        with _GUARD:
            try:
                if self.login is None:
                    self.login = self._logged_in(pin, user_type)
                session = self.token.open()
            except (PinIncorrect, PinLenRange):
                raise SignatureError(f"token {self.label!r} refused the PIN") from None
            except PinLocked:
                raise SignatureError(
                    f"token {self.label!r}: the PIN is locked after too many wrong ones"
                ) from None
            except PKCS11Error as error:
                self._log_out_unless_used()
                raise SignatureError(f"token {self.label!r}: {_said(error)}") from None
            self.sessions += 1
            return session

    def _logged_in(self, pin: str, user_type: int | None) -> "pkcs11.Session | None":
        from pkcs11.exceptions import UserAlreadyLoggedIn

        as_whom: dict[str, Any] = {} if user_type is None else {"user_type": user_type}
        try:
            return self.token.open(user_pin=pin, **as_whom)
        except UserAlreadyLoggedIn:
            # Another part of this process has logged in, and will log out: sessions share it.
            return None

    def close(self, session: "pkcs11.Session") -> None:
        """End a session; the last one logs out."""
        with _GUARD:
            self.sessions -= 1
            _end(session)
            self._log_out_unless_used()

    def _log_out_unless_used(self) -> None:
        login = self.login
        if not self.sessions and login is not None:
            self.login = None
            _end(login)


def _end(session: "pkcs11.Session") -> None:
    from pkcs11.exceptions import PKCS11Error

    # A token that was taken away leaves nothing to close.
    with suppress(PKCS11Error):
        session.close()


# python-pkcs11 initializes a library without asking it for locks (C_Initialize with no arguments):
# two threads in it at once, even in sessions of their own, end the process.
_GUARD = threading.Lock()
_TOKENS: dict[tuple[str, str], _Token] = {}


def _said(error: Exception) -> str:
    # The library's errors are told apart by their classes; most have no text.
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
