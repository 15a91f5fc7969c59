"""The project folder of a test network: files of a real project, in another place and shape."""

import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import yaml

import weftwork_chaincode
from weftwork_chaincode import Contract
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Fault, did_you_mean, shown
from weftwork_network.project import CONFIGTX, asked_by_variables, find_network_file
from weftwork_network.releases import data_folder

# What names addresses of the project's own nodes: the tool adds it again for those of the test.
_ADDRESSES = {"AnchorPeers", "OrdererEndpoints", "Consenters", "ConsenterMapping"}
_PORTS = {"ports", "ca_ports"}

DepartmentWords = str | Mapping[str, object]
Words = dict[str, Any]
ContractWords = str | type[Contract] | Mapping[str, object]


@dataclass(frozen=True)
class Shape:
    """What of a project a test network is made of.

    Attributes:
        project: the folder with the project's two files; None for those of the package.
        departments: names of the project's departments, or further ones in network.yaml's words;
            None for all of the project's.
        contracts: names of the project's chaincodes, contract classes, or further ones in
            network.yaml's words; None for all of the project's.
        ordering: how blocks are agreed on; None for what a variable or the project says.
        fabric: the line of Fabric's releases; None for what a variable or the project says.
        batch_timeout: how long a block waits for more transactions, e.g. `200ms`.
        max_message_count: how many transactions a block holds at most.
    """

    project: Path | None = None
    departments: Sequence[DepartmentWords] | None = None
    contracts: Sequence[ContractWords] | None = None
    ordering: str | None = None
    fabric: str | None = None
    batch_timeout: str | None = None
    max_message_count: int | None = None


class ProjectFolder:
    """The files of a test network, to be written once its ports are known."""

    def __init__(self, shape: Shape) -> None:
        """Reads the project.

        Raises:
            DefinitionError: the folder is no project, or does not have what the shape names.
        """
        self._shape = shape
        source = shape.project.resolve() if shape.project is not None else None
        network = find_network_file(source) if source else data_folder() / "network.yaml"
        configtx = (source or data_folder()) / CONFIGTX
        self._source = source
        self._file = network
        self._network = _without(_read(network), _PORTS)
        self._configtx = _read(configtx)
        self._modules: dict[str, Path] = {}
        asked = asked_by_variables()
        for name, value in (
            ("ordering", shape.ordering or asked.ordering),
            ("fabric", shape.fabric or asked.fabric),
        ):
            if value:
                self._network[name] = value
        known = self._listed("departments"), self._listed("chaincodes")
        self._departments = self._chosen_departments(known[0])
        self._chaincodes = [
            self._chaincode(asked, known[1])
            for asked in (known[1] if shape.contracts is None else shape.contracts)
        ]

    @property
    def departments(self) -> int:
        """How many departments take part."""
        return len(self._departments)

    def write(self, folder: Path, base_port: int) -> None:
        """Writes the two files, and links the contracts' code beside them."""
        network = self._network | {
            "base_port": base_port,
            "departments": self._departments,
            "chaincodes": self._chaincodes,
        }
        for name, content in (("network.yaml", network), (CONFIGTX, self._channel())):
            text = yaml.safe_dump(content, sort_keys=False)
            (folder / name).write_text(text, encoding="utf-8")
        for name, path in self._modules.items():
            (folder / name).symlink_to(path)

    def _listed(self, name: str) -> list[Words]:
        """A list of the project's, as far as it is one of mappings with names."""
        found = self._network.get(name)
        listed = cast(list[object], found) if isinstance(found, list) else []
        words = [cast(Words, each) for each in listed if isinstance(each, dict)]
        return [each for each in words if isinstance(each.get("name"), str)]

    def _chosen_departments(self, listed: list[Words]) -> list[Words]:
        known = {str(each["name"]): each for each in listed}
        if self._shape.departments is None:
            return listed
        chosen: list[Words] = []
        for asked in self._shape.departments:
            if not isinstance(asked, str):
                chosen.append(dict(asked))
            elif asked in known:
                chosen.append(dict(known[asked]))
            else:
                raise self._refused(
                    f"no department {asked}{did_you_mean(asked, known)} "
                    "(a new one is written as in the file: {'name': …, 'peers': 1})"
                )
        if chosen and not any(self._orders(each) for each in chosen):
            chosen[0]["orderers"] = 1
        return chosen

    def _orders(self, department: Words) -> bool:
        """Whether a department runs orderers under this ordering."""
        written: Any = department.get("orderers")
        if isinstance(written, dict):
            written = cast(Words, written).get(str(self._network.get("ordering", "raft")))
        return bool(written)

    def _refused(self, text: str) -> DefinitionError:
        return DefinitionError([Fault(shown(self._file), 0, text)])

    def _chaincode(self, asked: ContractWords, listed: list[Words]) -> Words:
        """A chaincode in network.yaml's words; its code is noted, to be put beside them."""
        if isinstance(asked, str):
            known = {str(each["name"]): each for each in listed}
            if asked not in known:
                raise self._refused(f"no chaincode {asked}{did_you_mean(asked, known)}")
            words = dict(known[asked])
        elif isinstance(asked, type):
            words = {"name": asked.name, "contract": _path_of(asked)}
        else:
            words = dict(asked)
            contract = words.get("contract")
            if isinstance(contract, type) and issubclass(contract, Contract):
                words = {"name": contract.name, **words, "contract": _path_of(contract)}
        if "authority" not in words and "policy" not in words and self._departments:
            words["authority"] = self._departments[0]["name"]
        self._note_code(str(words.get("contract", "")))
        return words

    def _note_code(self, contract: str) -> None:
        """Has the package that a contract is in beside the files, unless it is installed."""
        top = contract.partition(":")[0].partition(".")[0]
        if self._source is not None:
            for path in (self._source / top, self._source / f"{top}.py"):
                if path.exists():
                    self._modules[path.name] = path
                    return
        module = sys.modules.get(top)
        path = _place_of(module) if module is not None else None
        if path is not None and not _installed(path):
            self._modules[path.name] = path

    def _channel(self) -> Words:
        """configtx.yaml without the addresses and the departments that are not there."""
        content = {name: each for name, each in self._configtx.items() if name != "Organizations"}
        everybody = {_mspid(each) for each in self._departments}
        ordering = {_mspid(each) for each in self._departments if self._orders(each)}
        for profile in _mappings(content.get("Profiles")):
            for group, members in (("Application", everybody), ("Orderer", ordering)):
                section = cast(Words, profile.get(group) or {})
                if "Organizations" in section:
                    written = cast(list[Words], section["Organizations"] or [])
                    section["Organizations"] = [one for one in written if one["ID"] in members]
                if group == "Orderer":
                    self._batches(section)
        return _without(content, _ADDRESSES)

    def _batches(self, orderer: Words) -> None:
        if self._shape.batch_timeout is not None:
            orderer["BatchTimeout"] = self._shape.batch_timeout
        if self._shape.max_message_count is not None:
            size = dict(orderer.get("BatchSize") or {})
            orderer["BatchSize"] = size | {"MaxMessageCount": self._shape.max_message_count}


def _mappings(value: object) -> list[Words]:
    """The mappings that are a mapping's values."""
    values = list(cast(Words, value).values()) if isinstance(value, dict) else []
    return [cast(Words, each) for each in values if isinstance(each, dict)]


def _read(file: Path) -> Words:
    """A YAML file with its anchors resolved; what is wrong with it the network's start tells."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise DefinitionError([Fault(shown(file), 0, f"cannot be read: {told}")]) from error
    if not isinstance(content, dict):
        raise DefinitionError([Fault(shown(file), 0, "is no mapping of fields")])
    return cast(Words, content)


def _without(value: Any, names: set[str]) -> Any:
    """A copy in which no mapping has these fields."""
    if isinstance(value, dict):
        mapping = cast(Words, value)
        return {name: _without(each, names) for name, each in mapping.items() if name not in names}
    if isinstance(value, list):
        return [_without(each, names) for each in cast(list[Any], value)]
    return value


def _mspid(department: Mapping[str, Any]) -> str:
    return str(department.get("mspid") or f"{department['name']}MSP")


def _path_of(contract: type[Contract]) -> str:
    if contract.__module__ == "__main__" or "." in contract.__qualname__:
        text = (
            "cannot be served from where it is written: chaincode processes import it, so put "
            "the class at the top of a module of its own"
        )
        raise DefinitionError([Fault(contract.__qualname__, 0, text)])
    return f"{contract.__module__}:{contract.__qualname__}"


def _place_of(module: ModuleType) -> Path | None:
    """The folder or the file that a top package's code is all in."""
    folders = list(getattr(module, "__path__", []))
    if folders:
        return Path(folders[0])
    return Path(module.__file__) if module.__file__ else None


def _installed(path: Path) -> bool:
    """Whether chaincode processes, which run this Python, find it by themselves."""
    own = Path(weftwork_chaincode.__file__).parents[1]
    places = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
    return any(path.is_relative_to(place) for place in (own, *places))
