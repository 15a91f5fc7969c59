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
    try:
        with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
            file = archive.extractfile("metadata.json")
            metadata: dict[str, object] = json.loads(file.read()) if file else {}
            return str(metadata["label"])
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as e:
        raise PackageError(f"these bytes are not a chaincode package: {e}") from None


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
