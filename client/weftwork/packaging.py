"""Chaincode packages, byte for byte the same on every machine, so that departments share an id.

A package is a ``.tar.gz`` of ``metadata.json`` and ``code.tar.gz``. It is stored uncompressed:
compressed bytes differ between versions of zlib, and with them the package's id.
"""

import hashlib
import io
import json
import re
import struct
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weftwork.code_folder import collect
from weftwork.errors import PackageError

# As Fabric demands of a label (core/chaincode/persistence/chaincode_package.go).
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.+-]*[A-Za-z0-9_+-])?\Z")
_GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_STORED_BLOCK = 0xFFFF


def package_chaincode(
    label: str,
    code: Mapping[str, bytes],
    *,
    type: str = "ccaas",
    path: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A chaincode package with the files of ``code`` (path in the package to content).

    ``type`` is what the peer's builder looks for; ``path`` is for Go's and Java's own. ``extra``
    are files beside the code, for example ``META-INF/statedb/...``.

    Raises PackageError where label or a path is not allowed.
    """
    if not _LABEL.match(label):
        raise PackageError(
            f"label {label!r} is not allowed: letters, digits and inner . _ + - only"
        )
    metadata = {"label": label, "path": path, "type": type}
    files = {
        "metadata.json": json.dumps(metadata, sort_keys=True, separators=(",", ":")).encode(),
        "code.tar.gz": _tar_gz({**code, **(extra or {})}),
    }
    return _tar_gz(files, order=["metadata.json", "code.tar.gz"])


def package_id(package: bytes) -> str:
    """The id that every peer gives the package: label, colon, SHA-256 in hex.

    Raises PackageError where the bytes are not a package.
    """
    return f"{package_label(package)}:{hashlib.sha256(package).hexdigest()}"


def package_label(package: bytes) -> str:
    """The label in the package's metadata. Raises PackageError."""
    return _metadata(package)["label"]


@dataclass(frozen=True)
class ChaincodePackage:
    """A chaincode package, read."""

    label: str
    type: str
    """Which of the peer's builders takes it: ``golang``, ``node``, ``java``, ``ccaas``, ..."""
    path: str
    """Where the code was; for ``golang`` the import path that is built."""
    id: str
    """The id that every peer gives the package."""
    files: Mapping[str, bytes]
    """The code: path in the package to content. State database indexes lie in ``META-INF``."""


def read_package(package: bytes) -> ChaincodePackage:
    """A package of ours, of Fabric's own command or of another client. Raises PackageError."""
    metadata = _metadata(package)
    outer = _members(package, only="code.tar.gz")
    if "code.tar.gz" not in outer:
        raise PackageError("these bytes are not a chaincode package: code.tar.gz is missing")
    return ChaincodePackage(
        label=metadata["label"],
        type=metadata["type"],
        path=metadata["path"],
        id=package_id(package),
        files=_members(outer["code.tar.gz"]),
    )


def package_folder(folder: str | Path, label: str, type: str) -> bytes:
    """A chaincode package of the code in a folder, laid out as Fabric's own command does it.

    ``golang``: the folder is a Go package within a module; the whole module is packed, with
    ``vendor`` where it has one. ``node``: the folder holds ``package.json``; ``node_modules`` is
    left out. ``java``: a Gradle or Maven project; what was built is left out. Any other type
    (``ccaas``, ``external``, an own builder's): the files as they lie there, for ``ccaas`` a
    ``connection.json`` among them. Of every type, ``META-INF/statedb`` in the folder becomes the
    indexes of the state database. ``.git`` is left out, of ``golang`` every hidden folder.

    Raises PackageError where folder, label or a file will not do.
    """
    path, code = collect(Path(folder), type)
    return package_chaincode(label, code, type=type, path=path)


def _metadata(package: bytes) -> dict[str, str]:
    try:
        found = json.loads(_members(package, only="metadata.json")["metadata.json"])
        return {
            "label": str(found["label"]),
            "type": str(found.get("type", "")),
            "path": str(found.get("path", "")),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, PackageError):
            raise
        raise PackageError(f"these bytes are not a chaincode package: {error}") from None


def _members(archive: bytes, *, only: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            for member in opened:
                file = opened.extractfile(member) if member.isfile() else None
                if file is not None and only in ("", member.name):
                    found[member.name] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise PackageError(f"these bytes are not a chaincode package: {error}") from None
    return found


def _tar_gz(files: Mapping[str, bytes], *, order: list[str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in order or sorted(files):
            if name.startswith("/") or ".." in name.split("/") or not name:
                raise PackageError(f"path {name!r} is not allowed in a package")
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            entry.mode = 0o644
            try:
                archive.addfile(entry, io.BytesIO(files[name]))
            except ValueError as error:
                raise PackageError(f"path {name!r} is not allowed in a package: {error}") from None
    return _stored_gzip(buffer.getvalue())


def _stored_gzip(content: bytes) -> bytes:
    # RFC 1952 around RFC 1951 stored blocks, written out so that no zlib has a say.
    blocks: list[bytes] = []
    for start in range(0, max(len(content), 1), _STORED_BLOCK):
        part = content[start : start + _STORED_BLOCK]
        last = start + _STORED_BLOCK >= len(content)
        blocks.append(struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF) + part)
    tail = struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return _GZIP_HEADER + b"".join(blocks) + tail
