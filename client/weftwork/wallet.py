"""Wallets: where a department's users keep certificate and private key, each under a label."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from weftwork.errors import IdentityError, UnknownUserError, WalletError
from weftwork.identity import Identity
from weftwork.signer import Signer, check_pair, signer_from_key

_SUFFIX = ".id"


@dataclass(frozen=True)
class User:
    """A label's identity and private key."""

    label: str
    identity: Identity
    private_key: bytes
    """PEM. Never shown: it is not part of the representation."""

    def signer(self) -> Signer:
        """Signs with the private key. Raises IdentityError."""
        return signer_from_key(self.private_key)

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
    """A folder with one file ``<label>.id`` per user, the layout of fabric-network."""

    def __init__(self, folder: str | Path) -> None:
        self.folder: Path = Path(folder)

    def labels(self) -> list[str]:
        """All labels, sorted; none if the folder does not exist."""
        return sorted(path.stem for path in self.folder.glob(f"*{_SUFFIX}"))

    def get(self, label: str) -> User:
        """The user of that label. Raises UnknownUserError, WalletError."""
        path = self._path(label)
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise _unknown(label, str(self.folder), self.labels()) from None
        except (OSError, ValueError) as error:
            raise WalletError(f"{path}: cannot be read: {error}") from None
        return _read(label, content, str(path))

    def put(self, user: User) -> None:
        """Write the user's file, readable by its owner alone; a half-written one is never seen."""
        path = self._path(user.label)
        check_pair(user.identity, user.private_key)
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
        """Delete the user's file. Raises UnknownUserError."""
        try:
            self._path(label).unlink()
        except FileNotFoundError:
            raise _unknown(label, str(self.folder), self.labels()) from None

    def _path(self, label: str) -> Path:
        if not label or label.startswith(".") or "/" in label or "\\" in label or "\0" in label:
            raise WalletError(f"{label!r} is not a label: it must do as a file's name")
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
        check_pair(user.identity, user.private_key)
        self._users[user.label] = user

    def remove(self, label: str) -> None:
        """Forget the user. Raises UnknownUserError."""
        self.get(label)
        del self._users[label]


def _entry(user: User) -> dict[str, Any]:
    return {
        "credentials": {
            "certificate": user.identity.certificate.decode(),
            "privateKey": user.private_key.decode(),
        },
        "mspId": user.identity.mspid,
        "type": "X.509",
        "version": 1,
    }


def _read(label: str, content: object, where: str) -> User:
    entry = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    if entry.get("type") != "X.509":
        raise WalletError(f"{where}: type is {entry.get('type')!r}, only X.509 is known")
    found = entry.get("credentials")
    credentials = cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def text(name: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise WalletError(f"{where}: {name}: is missing or not a text")
        return value

    mspid = text("mspId", entry.get("mspId"))
    certificate = text("credentials.certificate", credentials.get("certificate")).encode()
    private_key = text("credentials.privateKey", credentials.get("privateKey")).encode()
    try:
        identity = Identity(mspid, certificate)
        check_pair(identity, private_key)
    except IdentityError as error:
        raise WalletError(f"{where}: {error}") from None
    return User(label, identity, private_key)


def _unknown(label: str, where: str, known: list[str]) -> UnknownUserError:
    there = ", ".join(known) if known else "nobody"
    return UnknownUserError(f"{where}: no user {label!r}; it holds {there}")
