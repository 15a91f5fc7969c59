"""Wallets: where a department's users keep certificate and private key, each under a label.

Written is fabric-network's layout (a file ``<label>.id`` a user). Read are also those of
fabric-network 1.4, of fabric-sdk-py, and MSP folders (``User.from_msp``).
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, cast

from cryptography.x509.oid import NameOID

from weftwork.errors import IdentityError, UnknownUserError, WalletError
from weftwork.hsm_token import HsmToken
from weftwork.identity import Identity
from weftwork.signer import Signer, check_pair, signer_from_key
from weftwork.wallet_layouts import is_old, old_labels, read_msp, read_old

_SUFFIX = ".id"
_X509 = "X.509"
_HSM = "HSM-X.509"


@dataclass(frozen=True)
class User:
    """A label's identity and private key."""

    label: str
    identity: Identity
    private_key: bytes
    """PEM. Never shown: it is not part of the representation. Empty where an HSM holds it."""
    hsm: HsmToken | None = None
    """The token that holds the private key."""

    @classmethod
    def from_msp(cls, folder: str | Path, mspid: str, *, label: str | None = None) -> Self:
        """The user of an MSP folder as cryptogen and fabric-ca-client write it.

        That is a folder with ``signcerts`` and ``keystore``. ``label`` is by default the common
        name in the certificate. Raises WalletError.
        """
        found = read_msp(Path(folder), mspid)
        names = found.identity.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        named = str(names[0].value) if names else mspid
        return cls(label or named, found.identity, found.private_key)

    def signer(self) -> Signer:
        """Signs with the private key, or has the HSM sign. Raises IdentityError, SignatureError."""
        return self.hsm.signer(self.identity) if self.hsm else signer_from_key(self.private_key)

    def __repr__(self) -> str:
        return f"User({self.label!r}, {self.identity.mspid!r})"


class Wallet(Protocol):
    """What holds users."""

    def labels(self) -> list[str]:
        """All labels, sorted."""
        ...

    def get(self, label: str) -> User:
        """The user of that label. Raises UnknownUserError, WalletError."""
        ...

    def put(self, user: User) -> None:
        """Add the user, or replace the one of the same label."""
        ...

    def remove(self, label: str) -> None:
        """Forget the user. Raises UnknownUserError."""
        ...


class FileWallet:
    """A folder with one file ``<label>.id`` per user, the layout of fabric-network.

    Users that fabric-network 1.4 or fabric-sdk-py has put there are read too.
    """

    def __init__(self, folder: str | Path, *, mspid: str = "", hsm: HsmToken | None = None) -> None:
        """``mspid`` is for users of fabric-sdk-py, which keeps none; ``hsm`` holds the keys of
        users of the type ``HSM-X.509``.
        """
        self.folder: Path = Path(folder)
        self.mspid: str = mspid
        self.hsm: HsmToken | None = hsm

    def labels(self) -> list[str]:
        """All labels, sorted; none if the folder does not exist."""
        own = [path.stem for path in self.folder.glob(f"*{_SUFFIX}")]
        return sorted({*own, *old_labels(self.folder)})

    def get(self, label: str) -> User:
        """The user of that label. Raises UnknownUserError, WalletError."""
        path = self._path(label)
        old = self.folder / label
        try:
            if not path.exists() and is_old(old):
                found = read_old(old, self.mspid)
                return User(label, found.identity, found.private_key)
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise _unknown(label, str(self.folder), self.labels()) from None
        except WalletError:
            raise
        except (OSError, ValueError, RecursionError) as error:
            raise WalletError(f"{path}: cannot be read: {error}") from None
        return _read(label, content, str(path), self.hsm)

    def put(self, user: User) -> None:
        """Write the user's file, readable by its owner alone; a half-written one is never seen."""
        path = self._path(user.label)
        _check(user)
        content = json.dumps(_entry(user), indent=1, sort_keys=True) + "\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp makes the file with mode 0600.
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".tmp")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(content)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise WalletError(f"{path}: cannot be written: {error}") from None

    def remove(self, label: str) -> None:
        """Delete the user's file. Raises UnknownUserError, WalletError.

        A folder in the layout of another program is left to that program, which may still use it.
        """
        try:
            self._path(label).unlink()
        except FileNotFoundError:
            if is_old(self.folder / label):
                raise WalletError(
                    f"{self.folder / label}: is another program's entry: delete the folder by hand"
                ) from None
            raise _unknown(label, str(self.folder), self.labels()) from None
        except OSError as error:
            raise WalletError(f"{self.folder / label}: cannot be deleted: {error}") from None

    def _path(self, label: str) -> Path:
        if not label or label.startswith(".") or "/" in label or "\\" in label or "\0" in label:
            raise WalletError(f"{label!r} is not a label: it must do as a file's name")
        try:
            os.fsencode(label)
        except UnicodeEncodeError:
            raise WalletError(f"{label!r} is not a label: it must do as a file's name") from None
        return self.folder / f"{label}{_SUFFIX}"


class MemoryWallet:
    """A wallet that lives as long as the process."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def labels(self) -> list[str]:
        """All labels, sorted."""
        return sorted(self._users)

    def get(self, label: str) -> User:
        """The user of that label. Raises UnknownUserError."""
        try:
            return self._users[label]
        except KeyError:
            raise _unknown(label, "the wallet", self.labels()) from None

    def put(self, user: User) -> None:
        """Add the user, or replace the one of the same label."""
        _check(user)
        self._users[user.label] = user

    def remove(self, label: str) -> None:
        """Forget the user. Raises UnknownUserError."""
        self.get(label)
        del self._users[label]


def _check(user: User) -> None:
    if user.hsm is None:
        check_pair(user.identity, user.private_key)


def _entry(user: User) -> dict[str, Any]:
    credentials = {"certificate": user.identity.certificate.decode()}
    if user.hsm is None:
        credentials["privateKey"] = user.private_key.decode()
    return {
        "credentials": credentials,
        "mspId": user.identity.mspid,
        "type": _HSM if user.hsm else _X509,
        "version": 1,
    }


def _read(label: str, content: object, where: str, hsm: HsmToken | None) -> User:
    entry = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    kind = entry.get("type")
    if kind not in (_X509, _HSM):
        raise WalletError(f"{where}: type is {kind!r}, only {_X509} and {_HSM} are known")
    if kind == _HSM and hsm is None:
        raise WalletError(
            f"{where}: type is {kind!r}, its key is in an HSM: name it, FileWallet(folder, hsm=...)"
        )
    found = entry.get("credentials")
    credentials = cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def text(name: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise WalletError(f"{where}: {name}: is missing or not a text")
        return value

    mspid = text("mspId", entry.get("mspId"))
    certificate = text("credentials.certificate", credentials.get("certificate")).encode(
        errors="replace"
    )
    try:
        identity = Identity(mspid, certificate)
        if kind == _HSM:
            return User(label, identity, b"", hsm)
        private_key = text("credentials.privateKey", credentials.get("privateKey")).encode(
            errors="replace"
        )
        check_pair(identity, private_key)
    except IdentityError as error:
        raise WalletError(f"{where}: {error}") from None
    return User(label, identity, private_key)


def _unknown(label: str, where: str, known: list[str]) -> UnknownUserError:
    there = ", ".join(known) if known else "nobody"
    return UnknownUserError(f"{where}: no user {label!r}; it holds {there}")
