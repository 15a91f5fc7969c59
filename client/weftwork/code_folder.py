"""The files of a chaincode's folder, as a package of its type holds them.

Layouts: Fabric's ``core/chaincode/platforms``; indexes of the state database: its
``internal/ccmetadata``.
"""

import json
import os
import re
from pathlib import Path

from weftwork.errors import PackageError

_BUILT = {"node": {"node_modules"}, "java": {"target", "build", "out"}}
_SOURCE = {"golang", "node", "java"}
_INDEX = re.compile(r"META-INF/statedb/couchdb/(collections/[A-Za-z0-9_-]+/)?indexes/[^/]+\.json\Z")
_MODULE = re.compile(r"^module[ \t]+\"?([^\s\"]+)\"?", re.MULTILINE)


def collect(folder: Path, type: str) -> tuple[str, dict[str, bytes]]:
    """The package's ``path`` and its files. Raises PackageError."""
    if not folder.is_dir():
        raise PackageError(f"{folder}: no such folder")
    folder = folder.absolute()
    if type == "golang":
        root, path = _go_module(folder)
    else:
        # Where the code lay on this machine is nobody's business, and would change the id.
        root, path = folder, ""
    files = _files(root, _BUILT.get(type, set()) | {".git"}, hidden=type != "golang")
    indexes = {
        f"META-INF/{name.relative_to(folder / 'META-INF').as_posix()}": content
        for name, content in files.items()
        if name.is_relative_to(folder / "META-INF") and not name.name.startswith(".")
    }
    for name, content in indexes.items():
        _check_index(folder, name, content)
    prefix = "src/" if type in _SOURCE else ""
    code = {
        prefix + name.relative_to(root).as_posix(): content
        for name, content in files.items()
        if not name.is_relative_to(folder / "META-INF")
        and not (type == "java" and name.suffix == ".class")
    }
    _check(folder, type, code)
    return path, {**code, **indexes}


def _files(root: Path, without: set[str], *, hidden: bool) -> dict[Path, bytes]:
    found: dict[Path, bytes] = {}
    try:
        for here, folders, names in os.walk(root):
            folders[:] = [
                name
                for name in folders
                if name not in without and (hidden or not name.startswith("."))
            ]
            for path in (Path(here) / name for name in names):
                if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
                    raise PackageError(f"{path}: leads out of the folder that is packed")
                found[path] = path.read_bytes()
    except OSError as error:
        raise PackageError(f"{error.filename}: cannot be read: {error.strerror}") from None
    return found


def _go_module(folder: Path) -> tuple[Path, str]:
    """The module's folder and the import path of ``folder`` in it."""
    for root in (folder, *folder.parents):
        file = root / "go.mod"
        if not file.is_file():
            continue
        found = _MODULE.search(file.read_text(encoding="utf-8", errors="replace"))
        if not found:
            raise PackageError(f"{file}: names no module")
        inner = folder.relative_to(root).as_posix()
        return root, found.group(1) if inner == "." else f"{found.group(1)}/{inner}"
    raise PackageError(f"{folder}: is in no Go module: `go mod init` makes one of it")


def _check(folder: Path, type: str, code: dict[str, bytes]) -> None:
    if type == "node" and "src/package.json" not in code:
        raise PackageError(f"{folder}: holds no package.json, so it is no Node package")
    if type == "golang" and not any(name.endswith(".go") for name in code):
        raise PackageError(f"{folder}: holds no Go code")
    if type == "java" and not any(
        name in code for name in ("src/build.gradle", "src/build.gradle.kts", "src/pom.xml")
    ):
        raise PackageError(f"{folder}: holds neither build.gradle nor pom.xml")
    if type == "ccaas":
        if "connection.json" not in code:
            raise PackageError(f"{folder}: holds no connection.json, which says where it serves")
        try:
            json.loads(code["connection.json"])
        except ValueError as error:
            raise PackageError(f"{folder / 'connection.json'}: is not JSON: {error}") from None
    if not code:
        raise PackageError(f"{folder}: is empty")


def _check_index(folder: Path, name: str, content: bytes) -> None:
    if not _INDEX.match(name):
        raise PackageError(
            f"{folder / name}: a peer takes indexes alone, as "
            "META-INF/statedb/couchdb/indexes/<name>.json or "
            "META-INF/statedb/couchdb/collections/<collection>/indexes/<name>.json"
        )
    try:
        index = json.loads(content)
    except ValueError as error:
        raise PackageError(f"{folder / name}: is not JSON: {error}") from None
    if not isinstance(index, dict) or "index" not in index:
        raise PackageError(f'{folder / name}: is no index: it has no "index"')
