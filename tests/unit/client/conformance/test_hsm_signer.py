"""What the official client's tests say of a signer in an HSM (hsmsigner.test.ts).

The PKCS#11 library is a stand-in, so that this needs no HSM; ``../test_hsm.py`` has a real token.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

import weftwork
from weftwork.hsm import HsmSigner

P256 = bytes.fromhex("06082a8648ce3d030107")
IDENTIFIER, PIN = b"id", "98765432"
MESSAGE = b"A quick brown fox jumps over the lazy dog"
_libraries = (f"stand-in-{number}.so" for number in count())


class Attribute(Enum):
    CLASS = 0
    KEY_TYPE = 0x100
    ID = 0x102
    EC_PARAMS = 0x180


class KeyType(Enum):
    EC = 3


class ObjectClass(Enum):
    PRIVATE_KEY = 3


class Mechanism(Enum):
    ECDSA = 0x1041


class Key:
    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.asked: list[tuple[bytes, object]] = []

    def __getitem__(self, attribute: Attribute) -> bytes:
        assert attribute is Attribute.EC_PARAMS
        return P256

    def sign(self, digest: bytes, mechanism: object) -> bytes:
        self.asked.append((digest, mechanism))
        algorithm = ec.ECDSA(Prehashed(hashes.SHA256()))
        r, s = decode_dss_signature(self.private.sign(digest, algorithm))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Session:
    token: "Token"
    closed: bool = False

    def get_objects(self, wanted: dict[object, object]) -> Iterator[Key]:
        self.token.sought.append(wanted)
        return iter([self.token.key] if wanted[Attribute.ID] == IDENTIFIER else [])

    def close(self) -> None:
        self.closed = True


@dataclass
class Token:
    label: str
    key: Key = field(default_factory=Key)
    opened: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sessions: list[Session] = field(default_factory=list[Session])
    sought: list[dict[object, object]] = field(default_factory=list[dict[object, object]])
    login_fails: Exception | None = None
    open_fails: Exception | None = None

    def open(self, **options: Any) -> Session:
        self.opened.append(options)
        if "user_pin" in options and self.login_fails:
            raise self.login_fails
        if "user_pin" not in options and self.open_fails:
            raise self.open_fails
        self.sessions.append(Session(self))
        return self.sessions[-1]


@dataclass
class Slot:
    token: Token

    def get_token(self) -> Token:
        return self.token


class Hsm:
    """A PKCS#11 library with tokens of these labels."""

    def __init__(self, errors: ModuleType) -> None:
        self.errors: Any = errors
        self.tokens = [Token("someLabel"), Token("ForFabric\0 ")]
        self.library = next(_libraries)

    @property
    def token(self) -> Token:
        return self.tokens[-1]

    def get_slots(self, token_present: bool) -> list[Slot]:
        return [Slot(token) for token in self.tokens]

    def signer(self, **given: Any) -> HsmSigner:
        options = {"label": "ForFabric", "pin": PIN, "identifier": IDENTIFIER}
        return HsmSigner(self.library, **{**options, **given})


@pytest.fixture
def hsm(monkeypatch: pytest.MonkeyPatch) -> Hsm:
    errors: Any = ModuleType("pkcs11.exceptions")
    errors.PKCS11Error = type("PKCS11Error", (Exception,), {})
    for name in ("PinIncorrect", "PinLenRange", "PinLocked", "UserAlreadyLoggedIn"):
        setattr(errors, name, type(name, (errors.PKCS11Error,), {}))
    made = Hsm(errors)
    library: Any = ModuleType("pkcs11")
    library.Attribute, library.KeyType = Attribute, KeyType
    library.ObjectClass, library.Mechanism = ObjectClass, Mechanism
    library.lib = lambda path: made
    library.exceptions = errors
    monkeypatch.setitem(sys.modules, "pkcs11", library)
    monkeypatch.setitem(sys.modules, "pkcs11.exceptions", errors)
    return made


# throws if library option is not valid, or is not provided
@pytest.mark.parametrize("library", ["", "  "])
def test_a_library_is_needed(library: str) -> None:
    with pytest.raises(weftwork.SignatureError, match="library"):
        HsmSigner(library, label="ForFabric", pin=PIN, identifier=IDENTIFIER)


# can be disposed; can be closed
def test_it_is_closed_once_and_twice(hsm: Hsm) -> None:
    with hsm.signer() as signer:
        pass
    signer.close()
    assert hsm.token.sessions
    assert all(session.closed for session in hsm.token.sessions)


# throws if label, pin or identifier are blank or not provided
@pytest.mark.parametrize("missing", ["label", "pin", "identifier"])
def test_label_pin_and_identifier_are_needed(hsm: Hsm, missing: str) -> None:
    with pytest.raises(weftwork.SignatureError, match=missing):
        hsm.signer(**{missing: b"" if missing == "identifier" else ""})
    given: dict[str, Any] = {"label": "ForFabric", "pin": PIN, "identifier": IDENTIFIER}
    del given[missing]
    with pytest.raises((TypeError, weftwork.SignatureError), match=missing):
        HsmSigner(hsm.library, **given)


# throws an error if no slots are returned
def test_an_hsm_without_tokens_is_told(hsm: Hsm) -> None:
    hsm.tokens.clear()
    with pytest.raises(weftwork.SignatureError, match="it has none"):
        hsm.signer()


# throws an error if label cannot be found and there are slots
def test_an_unknown_label_is_told(hsm: Hsm) -> None:
    with pytest.raises(weftwork.SignatureError, match=r"no token 'unknown'.*'ForFabric'"):
        hsm.signer(label="unknown")


# finds the correct slot when the correct label is available; defaults to CKU_USER
def test_the_token_of_the_label_is_opened_as_the_user(hsm: Hsm) -> None:
    with hsm.signer():
        assert hsm.token.opened == [{"user_pin": PIN}, {}]
        assert not hsm.tokens[0].opened


# uses usertype if provided
def test_another_type_of_user_logs_in(hsm: Hsm) -> None:
    with hsm.signer(user_type=100):
        assert hsm.token.opened[0] == {"user_pin": PIN, "user_type": 100}


# throws if pkcs11 open session throws an error
def test_a_session_that_is_refused_is_told(hsm: Hsm) -> None:
    hsm.token.open_fails = hsm.errors.PKCS11Error("Some Error")
    with pytest.raises(weftwork.SignatureError, match="Some Error"):
        hsm.signer()
    assert all(session.closed for session in hsm.token.sessions)


# throws if pkcs11 login throws an error
def test_a_login_that_is_refused_is_told(hsm: Hsm) -> None:
    hsm.token.login_fails = hsm.errors.PKCS11Error("Some Error")
    with pytest.raises(weftwork.SignatureError, match="Some Error") as raised:
        hsm.signer()
    assert PIN not in str(raised.value)


# ignores already logged in errors at login time
def test_another_part_of_the_process_may_have_logged_in(hsm: Hsm) -> None:
    hsm.token.login_fails = hsm.errors.UserAlreadyLoggedIn()
    with hsm.signer() as signer:
        assert signer(MESSAGE)
        assert not any(session.closed for session in hsm.token.sessions)


# throws if it cannot find the HSM object
def test_a_key_that_is_missing_is_told(hsm: Hsm) -> None:
    with pytest.raises(weftwork.SignatureError, match=b"other".hex()):
        hsm.signer(identifier=b"other")
    assert all(session.closed for session in hsm.token.sessions)


# finds the HSM object if it exists
def test_the_key_is_sought_by_its_identifier(hsm: Hsm) -> None:
    with hsm.signer():
        assert hsm.token.sought == [
            {
                Attribute.ID: IDENTIFIER,
                Attribute.CLASS: ObjectClass.PRIVATE_KEY,
                Attribute.KEY_TYPE: KeyType.EC,
            }
        ]


# signs using the HSM
def test_it_signs_the_digest(hsm: Hsm) -> None:
    digest = hashlib.sha256(MESSAGE).digest()
    with hsm.signer() as signer:
        signatures = [signer.sign_digest(digest), signer(MESSAGE)]
    public = hsm.token.key.private.public_key()
    for signature in signatures:
        public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))
    assert hsm.token.key.asked == [(digest, Mechanism.ECDSA)] * 2
