"""The code that decides what a contract writes: its files, and one digest for them.

A department approves this digest with the package that holds the files; a server that finds other
files where it runs does not serve. Third-party packages are not covered: they belong to the
interpreter, or to the image, that runs the server.
"""

import hashlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

from weftwork_chaincode.errors import ConfigError

_RUNTIME = ("weftwork_chaincode", "weftwork_model", "weftwork_protos")
# For tests alone, which need the client, and for development: no server imports them.
_TESTING = "weftwork_chaincode/testing/"
_DEVELOP = tuple(f"weftwork_chaincode/{name}/" for name in ("develop", "lint", "replay"))


def code_files(contract: str) -> dict[str, bytes]:
    """Every file that a contract's code consists of: path below the import folder to content.

    ``contract`` is ``"package.module:Class"``. Every file of its top package (or its one module),
    bytecode and hidden files left out, and the Python sources of the runtime, model and protocol
    packages. Raises ConfigError where one of them cannot be found.
    """
    module = contract.partition(":")[0]
    top = module.partition(".")[0]
    files: dict[str, bytes] = {}
    for package in sorted({top, *_RUNTIME}):
        for name, path in _files(package):
            runtime = package in _RUNTIME
            if runtime and not name.endswith(".py"):
                continue
            if name.startswith(_DEVELOP):
                continue
            if name.startswith(_TESTING) and not module.startswith("weftwork_chaincode.testing"):
                continue
            files[name] = path.read_bytes()
    return dict(sorted(files.items()))


def files_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents in the order of the names, as lower-case hex."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def code_digest(contract: str, files: Mapping[str, bytes] | None = None) -> str:
    """SHA-256 over a contract's files and which class of them is served, as lower-case hex.

    ``files`` as ``code_files`` gives them, by default those that an import finds here. The digest
    is the same wherever the same files are. Raises ConfigError where they cannot be found.
    """
    found = code_files(contract) if files is None else files
    return hashlib.sha256(f"{contract}\0{files_digest(found)}".encode()).hexdigest()


def _files(package: str) -> Iterator[tuple[str, Path]]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise ConfigError(
            f"package {package!r} cannot be found: is it installed, is its folder on the path?"
        )
    if not spec.submodule_search_locations:
        if spec.origin is None:
            raise ConfigError(f"{package!r} has no source file")
        yield f"{package}.py", Path(spec.origin)
        return
    for root in map(Path, spec.submodule_search_locations):
        for path in root.rglob("*"):
            below = path.relative_to(root)
            if path.is_file() and not _left_out(below):
                yield f"{package}/{below.as_posix()}", path


def _left_out(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return hidden or path.suffix in (".pyc", ".pyo")
