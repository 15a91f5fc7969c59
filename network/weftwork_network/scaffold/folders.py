"""A chaincode's folder, by what its pyproject.toml says of it, and the network it belongs to."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from weftwork_network.errors import NetworkError
from weftwork_network.faults import one_line, shown
from weftwork_network.project import NETWORK_FILES

PYPROJECT = "pyproject.toml"
_TABLE = "[tool.weftwork.chaincode]"
_FIELDS = ("name", "contract", "authority", "policy", "network")


@dataclass(frozen=True)
class ChaincodeFolder:
    """What a folder's pyproject.toml says of the chaincode in it.

    Attributes:
        folder: the folder, which the code is imported from.
        name: the chaincode's name.
        contract: the class, `package.module:Class`.
        authority: the department that creates; None: nobody is said to.
        policy: the endorsement policy; None: none is said.
        network: the network's project folder, where it is said.
    """

    folder: Path
    name: str
    contract: str
    authority: str | None = None
    policy: str | None = None
    network: Path | None = None


def read_folder(folder: Path) -> ChaincodeFolder | None:
    """What a folder says of its chaincode; None where it has none.

    Raises:
        NetworkError: its pyproject.toml cannot be read, or says what makes no chaincode.
    """
    file = folder / PYPROJECT
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NetworkError(f"{shown(file)}: {error.strerror}") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise NetworkError(f"{shown(file)}: {one_line(str(error))}") from error
    found: Any = content
    for word in ("tool", "weftwork", "chaincode"):
        found = cast(dict[str, Any], found).get(word) if isinstance(found, dict) else None
    if found is None:
        return None
    if not isinstance(found, dict):
        raise NetworkError(f"{shown(file)}: {_TABLE} is no table")
    table = cast(dict[str, Any], found)
    for key, value in table.items():
        if key not in _FIELDS:
            raise NetworkError(
                f"{shown(file)}: {_TABLE} {one_line(key)} is not known; write {', '.join(_FIELDS)}"
            )
        if not isinstance(value, str) or not value:
            raise NetworkError(f"{shown(file)}: {_TABLE} {key} is no text")
    for key in ("name", "contract"):
        if key not in table:
            raise NetworkError(f"{shown(file)}: {_TABLE} has no {key}")
    network = table.get("network")
    return ChaincodeFolder(
        folder=folder,
        name=table["name"],
        contract=table["contract"],
        authority=table.get("authority"),
        policy=table.get("policy"),
        network=folder / network if network is not None else None,
    )


def find_folder(start: Path) -> ChaincodeFolder | None:
    """The chaincode that a folder is, or lies in; None where there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        found = read_folder(folder)
        if found is not None:
            return found
    return None


def find_network(start: Path) -> Path | None:
    """The nearest project folder, from a folder upwards; None where there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in NETWORK_FILES):
            # network/network.yaml is seen from inside network/ too.
            inside = folder.name == "network" and (folder.parent / NETWORK_FILES[0]).is_file()
            return folder.parent if inside else folder
    return None
