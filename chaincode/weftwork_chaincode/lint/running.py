"""One run of the lint: the files of its paths, one source root after the other."""

import os
from collections.abc import Iterable
from pathlib import Path

from weftwork_chaincode.lint.allowing import allowed
from weftwork_chaincode.lint.findings import Finding, LintError, Report
from weftwork_chaincode.lint.reach import Reach
from weftwork_chaincode.lint.sources import Sources, source_root

_SKIPPED = {"__pycache__", "node_modules", "tests", "build", "dist", "site-packages"}


def lint(paths: Iterable[Path], *, everything: bool = False) -> Report:
    """Lints files and folders.

    Args:
        paths: Files, or folders whose Python files are taken, tests and hidden folders left out.
        everything: Look at all code of the paths; otherwise at what their contracts reach, and at
            all of a file that is named itself and holds no contract.

    Raises:
        LintError: A path is not there, is no Python, or there is no contract in any of them.
    """
    named: set[Path] = set()
    roots: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_file():
            named.add(path.resolve())
        for file in _files(path):
            each = roots.setdefault(source_root(file), [])
            if file not in each:
                each.append(file)
    findings: list[Finding] = []
    contracts: list[str] = []
    files: list[Path] = []
    for root, members in sorted(roots.items()):
        sources = Sources(root, members)
        shown = {str(path): _shown(path) for path in members}
        run = Reach(sources, shown)
        found = run.contracts()
        contracts += found
        for module in sources.given:
            alone = module.path in named and not any(
                name.rpartition(".")[0] == module.name for name in found
            )
            if everything or alone:
                run.everything(module)
        try:
            run.run()
        except RecursionError:
            raise LintError(f"{root}: an expression in it is nested too deeply") from None
        walked = [module for module in sources.modules if module.name in run.walked]
        files += [module.path for module in walked]
        for module in walked:
            path = shown.get(str(module.path), _shown(module.path))
            here = [item for item in run.findings.values() if item.path in (path, str(module.path))]
            findings += allowed(path, module.source, here)
    if not files:
        raise LintError("no contract in what was given: name its file, or ask for --all")
    return Report(tuple(sorted(findings)), tuple(contracts), tuple(files))


def _files(path: Path) -> list[Path]:
    path = path.resolve()
    if path.is_file():
        if path.suffix != ".py":
            raise LintError(f"{path}: not a Python file")
        return [path]
    if not path.is_dir():
        raise LintError(f"{path}: no such file or folder")
    found: list[Path] = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not _skipped(Path(folder) / name))
        found += [
            Path(folder) / name
            for name in sorted(names)
            if name.endswith(".py") and not name.startswith("test_") and name != "conftest.py"
        ]
    if not found:
        raise LintError(f"{path}: no Python file in it")
    return found


def _skipped(folder: Path) -> bool:
    name = folder.name
    return name in _SKIPPED or name.startswith(".") or (folder / "pyvenv.cfg").is_file()


def _shown(path: Path) -> str:
    """A path as a reader at the prompt finds it: relative where it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
