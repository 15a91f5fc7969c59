"""Which files of a contract's code have changed, by looking at them often.

Looking costs a millisecond for a hundred files and works on every file system, mounted ones too;
what the system itself tells of changes would be a dependency more.
"""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from weftwork_network.errors import NetworkError
from weftwork_network.packages import importable

_Look: TypeAlias = dict[str, tuple[int, int, int]]


def code_roots(contract: str, folder: Path) -> list[Path]:
    """Where the code of a contract lies: the folders of its top package, or its one module.

    Args:
        contract: the class, `package.module:Class`.
        folder: the folder that it is imported from.

    Raises:
        NetworkError: it is not found.
    """
    top = contract.partition(":")[0].partition(".")[0]
    with importable(folder):
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            spec = None
    if spec is not None and spec.submodule_search_locations:
        return [Path(root) for root in spec.submodule_search_locations]
    if spec is None or spec.origin is None:
        raise NetworkError(f"the package {top} of {contract} is not found from {folder}")
    return [Path(spec.origin)]


class Watch:
    """The files below some folders, hidden ones and bytecode left out."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = list(roots)
        self._known = self._look()
        self._seen = self._known

    def changed(self) -> list[str]:
        """The files that have changed since they were last told and change no more."""
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen == self._known:
            return []  # an editor may be writing still
        changed = [
            path
            for path in sorted(self._seen.keys() | self._known.keys())
            if self._seen.get(path) != self._known.get(path)
        ]
        self._known = self._seen
        return changed

    def _look(self) -> _Look:
        found: _Look = {}
        for root in self._roots:
            for path in _files(root):
                try:
                    seen = os.stat(path)
                except OSError:
                    continue  # gone between two looks
                found[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        return found


def _files(root: Path) -> Iterator[str]:
    if not root.is_dir():
        yield str(root)
        return
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name != "__pycache__"]
        for name in files:
            if not name.startswith(".") and not name.endswith((".pyc", ".pyo", "~")):
                yield os.path.join(folder, name)
