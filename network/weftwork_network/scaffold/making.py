"""A new chaincode's folder: a contract, its test and what tells the tool of both."""

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from string import Template

from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.scaffold.names import check_name, class_name

_TEMPLATES = Path(__file__).parent / "template"
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "{name}/__init__.py": "init.py.txt",
    "{name}/contract.py": "contract.py.txt",
    "tests/test_{name}.py": "test.py.txt",
}


def make_chaincode(name: str, within: Path, taken: Collection[str] = ()) -> list[Path]:
    """Makes the folder of a new chaincode, whole or not at all.

    Args:
        name: its name, which folder, package and class get too.
        within: the folder that it is made in.
        taken: the chaincodes of the network that it is to join.

    Returns:
        The files.

    Raises:
        NetworkError: the name will not do, or something is in the way.
    """
    check_name(name, taken)
    folder = within / name
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NetworkError(f"{shown(folder)} is no folder and in the way: choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise NetworkError(f"{shown(folder)} is not empty: choose another name, or empty it first")
    made = class_name(name)
    words = {"name": name, "class_name": made, "imported": ", ".join(sorted([made, "Item"]))}
    within.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=within, prefix=f".{name}-"))
    try:
        for path, template in _FILES.items():
            file = partial / path.format(name=name)
            file.parent.mkdir(parents=True, exist_ok=True)
            text = Template((_TEMPLATES / template).read_text(encoding="utf-8"))
            file.write_text(text.substitute(words), encoding="utf-8")
        partial.chmod(0o755)
        if folder.is_dir():
            folder.rmdir()
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [folder / path.format(name=name) for path in _FILES]
