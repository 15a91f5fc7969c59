"""How others keep a user's certificate and key on disk: read, never written.

fabric-network 1.4 (``FileSystemWallet``: a folder a user, the key beside it under its SKI),
fabric-sdk-py (``FileSystenWallet``: a folder a user), and MSP folders as cryptogen and
fabric-ca-client write them.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from weftwork.errors import IdentityError, WalletError
from weftwork.identity import Identity
from weftwork.signer import check_pair

_SDK_PY_CERTIFICATE = "enrollmentCert.pem"
_SDK_PY_KEY = "private_sk"


@dataclass(frozen=True)
class Credentials:
    """A certificate and its key, as they lie somewhere. Its representation shows no key."""

    identity: Identity
    private_key: bytes = field(repr=False)


def old_labels(folder: Path) -> list[str]:
    """Labels of the users that a folder keeps in one of the older layouts."""
    try:
        return [found.name for found in folder.iterdir() if is_old(found)]
    except OSError:
        return []


def is_old(folder: Path) -> bool:
    """Whether a folder is a user in one of the older layouts."""
    return (folder / folder.name).is_file() or (folder / _SDK_PY_CERTIFICATE).is_file()


def read_old(folder: Path, mspid: str) -> Credentials:
    """The user in such a folder; ``mspid`` for layouts that do not name it. Raises WalletError."""
    if (folder / folder.name).is_file():
        return _fabric_network_1(folder / folder.name)
    if not mspid:
        raise WalletError(
            f"{folder}: fabric-sdk-py keeps no MSP id: name it, FileWallet(folder, mspid=...)"
        )
    return _checked(folder, mspid, _read(folder / _SDK_PY_CERTIFICATE), _read(folder / _SDK_PY_KEY))


def read_msp(folder: Path, mspid: str) -> Credentials:
    """The user of an MSP folder: ``signcerts`` and ``keystore``. Raises WalletError.

    Of several keys in ``keystore`` the one that belongs to the certificate is taken.
    """
    certificates = _files(folder / "signcerts")
    if len(certificates) != 1:
        raise WalletError(
            f"{folder / 'signcerts'}: holds {len(certificates)} files in place of one certificate"
        )
    keys = _files(folder / "keystore")
    if not keys:
        raise WalletError(f"{folder / 'keystore'}: holds no private key")
    identity = _identity(certificates[0], mspid, _read(certificates[0]))
    for path in keys:
        key = _read(path)
        try:
            check_pair(identity, key)
        except IdentityError:
            continue
        return Credentials(identity, key)
    raise WalletError(
        f"{folder / 'keystore'}: no key in it belongs to the certificate of {identity}"
    )


def _fabric_network_1(path: Path) -> Credentials:
    try:
        content = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise WalletError(f"{path}: cannot be read: {error}") from None
    entry = _mapping(content)
    enrollment = _mapping(entry.get("enrollment"))
    ski = enrollment.get("signingIdentity")
    certificate = _mapping(enrollment.get("identity")).get("certificate")
    mspid = entry.get("mspid")
    for name, value in (
        ("mspid", mspid),
        ("enrollment.identity.certificate", certificate),
        ("enrollment.signingIdentity", ski),
    ):
        if not isinstance(value, str) or not value:
            raise WalletError(f"{path}: {name}: is missing or not a text")
    if not str(ski).isalnum():
        raise WalletError(f"{path}: enrollment.signingIdentity: {ski!r} is no key's name")
    key = _read(path.parent / f"{ski}-priv")
    return _checked(path, str(mspid), str(certificate).encode(errors="replace"), key)


def _checked(where: Path, mspid: str, certificate: bytes, key: bytes) -> Credentials:
    identity = _identity(where, mspid, certificate)
    try:
        check_pair(identity, key)
    except IdentityError as error:
        raise WalletError(f"{where}: {error}") from None
    return Credentials(identity, key)


def _identity(where: Path, mspid: str, certificate: bytes) -> Identity:
    try:
        return Identity(mspid, certificate)
    except IdentityError as error:
        raise WalletError(f"{where}: {error}") from None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise WalletError(f"{folder}: cannot be read: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WalletError(f"{path}: cannot be read: {error}") from None


def _mapping(found: object) -> dict[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
