"""One digest for the code a department approves and the code a server runs."""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from weftwork_chaincode.errors import ConfigError

_RUNTIME = ("weftwork_chaincode", "weftwork_model", "weftwork_protos")


def code_digest(contract: str) -> str:
    """SHA-256 over the Python sources that decide what a contract writes, as lower-case hex.

    ``contract`` is ``"package.module:Class"``. Covered are every ``.py`` file of its top package
    and of the runtime, model and protocol packages: names and contents, in a fixed order, so the
    digest is the same wherever the same files are installed. Third-party packages are not covered.
    Raises ConfigError where a package cannot be found.
    """
    top = contract.partition(":")[0].partition(".")[0]
    digest = hashlib.sha256()
    for package in sorted({top, *_RUNTIME}):
        for name, path in _sources(package):
            data = path.read_bytes()
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def _sources(package: str) -> Iterator[tuple[str, Path]]:
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
    found = {
        f"{package}/{path.relative_to(root).as_posix()}": path
        for root in map(Path, spec.submodule_search_locations)
        for path in root.rglob("*.py")
    }
    yield from sorted(found.items())
