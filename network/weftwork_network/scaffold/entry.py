"""A chaincode's entry in network.yaml: appended where there is none, all else left as it is."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from weftwork_network.definition import Definition
from weftwork_network.errors import NetworkError
from weftwork_network.faults import did_you_mean, shown
from weftwork_network.planning import channels_of, members_of, mspid_of, peers_of
from weftwork_network.policies import majority_policy
from weftwork_network.project import Project, check_text
from weftwork_network.scaffold.folders import ChaincodeFolder
from weftwork_network.state import write_file


def entry_of(project: Project, chaincode: ChaincodeFolder) -> dict[str, str]:
    """What network.yaml is to say of a chaincode.

    Who endorses is what its folder says, else a majority of the departments that run it.

    Raises:
        NetworkError: its folder names a department that is none.
    """
    written = project.definition
    folder = os.path.relpath(chaincode.folder.resolve(), project.folder)
    entry = {"name": chaincode.name, "contract": chaincode.contract}
    if folder != ".":
        entry["folder"] = Path(folder).as_posix()
    if chaincode.policy is not None:
        entry["policy"] = chaincode.policy
    elif chaincode.authority is not None:
        known = [department.name for department in written.departments]
        if chaincode.authority not in known:
            raise NetworkError(
                f"{shown(chaincode.folder / 'pyproject.toml')}: no department "
                f"'{chaincode.authority}'{did_you_mean(chaincode.authority, known)}"
            )
        entry["authority"] = chaincode.authority
    else:
        entry["policy"] = _majority(written)
    return entry


def has_entry(project: Project, chaincode: ChaincodeFolder) -> bool:
    """Whether network.yaml knows a chaincode's folder already.

    Raises:
        NetworkError: it knows another chaincode of that name.
    """
    for each in project.definition.chaincodes:
        if each.name != chaincode.name:
            continue
        there = (project.folder / (each.folder or ".")).resolve()
        if there != chaincode.folder.resolve() or each.contract != chaincode.contract:
            raise NetworkError(
                f"{shown(project.network_file)} has a chaincode '{each.name}' that is "
                f"{each.contract} in {shown(there)}, not {chaincode.contract} in "
                f"{shown(chaincode.folder)}: rename one"
            )
        return True
    return False


def add_entry(project: Project, entry: Mapping[str, str]) -> str:
    """Appends a chaincode to network.yaml.

    Args:
        project: whose.
        entry: what it is to say.

    Returns:
        The file's text before, for `take_back`.

    Raises:
        NetworkError: the file is written in a way that nothing can be appended to.
        DefinitionError: with the entry it would be no network.
    """
    file = project.network_file
    before = file.read_text(encoding="utf-8")
    after = with_entry(before, entry)
    if after is None:
        said = yaml.safe_dump(dict(entry), default_flow_style=True, sort_keys=False, width=1000)
        raise NetworkError(
            f"{shown(file)} cannot be added to as it is written; put this under chaincodes: "
            f"- {said.strip()}"
        )
    check_text(after, shown(file))
    _write(file, after)
    return before


def take_back(project: Project, before: str, entry: Mapping[str, str]) -> None:
    """Undoes `add_entry`, unless somebody has edited the file since."""
    if project.network_file.read_text(encoding="utf-8") == with_entry(before, entry):
        _write(project.network_file, before)


def with_entry(text: str, entry: Mapping[str, str]) -> str | None:
    """A definition's text with a chaincode more; None where its list cannot be added to."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs: list[tuple[yaml.Node, yaml.Node]] = (
        root.value if isinstance(root, yaml.MappingNode) else []
    )
    found = [value for key, value in pairs if key.value == "chaincodes"]
    if len(found) != 1 or not isinstance(found[0], yaml.SequenceNode):
        return None
    listed = found[0]
    if listed.flow_style:
        after = _in_brackets(text, listed, entry)
    else:
        after = _as_block(text, listed, entry)
    return after if _adds(text, after, entry) else None


def _as_block(text: str, listed: yaml.SequenceNode, entry: Mapping[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    at: int = listed.value[-1].end_mark.line
    if listed.value[-1].end_mark.column:  # it ends within its line
        at += 1
    # The end of a block is the start of what follows it: back over blank lines and comments.
    while not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#"):
        at -= 1
    margin = " " * listed.start_mark.column
    return "".join([*lines[:at], "\n", *_block(entry, margin), *lines[at:]])


def _in_brackets(text: str, listed: yaml.SequenceNode, entry: Mapping[str, str]) -> str:
    start, end = listed.start_mark.index, listed.end_mark.index
    if listed.value:
        said = yaml.safe_dump(dict(entry), default_flow_style=True, sort_keys=False, width=1000)
        return f"{text[: end - 1].rstrip().rstrip(',')}, {said.strip()}{text[end - 1 :]}"
    rest = text[end:].removeprefix("\n")
    return f"{text[:start].rstrip()}\n{''.join(_block(entry, '  '))}{rest}"


def _block(entry: Mapping[str, str], margin: str) -> list[str]:
    said = yaml.safe_dump([dict(entry)], sort_keys=False, default_flow_style=False, width=1000)
    return [f"{margin}{line}\n" for line in said.splitlines()]


def _adds(before: str, after: str, entry: Mapping[str, str]) -> bool:
    """Whether the one text says what the other does, and the entry."""
    try:
        old = cast(dict[str, Any], yaml.safe_load(before))
        new = cast(dict[str, Any], yaml.safe_load(after))
    except yaml.YAMLError:
        return False
    return new == old | {"chaincodes": [*old["chaincodes"], dict(entry)]}


def _majority(written: Definition) -> str:
    members = members_of(written, channels_of(written)[0])
    return str(majority_policy([mspid_of(each) for each in members if peers_of(each)]))


def _write(file: Path, text: str) -> None:
    write_file(file.resolve(), text)
