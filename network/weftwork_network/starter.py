"""A first network.yaml and configtx.yaml for a folder, from those that come with the package.

Beside them the schema of the first, which its first line names to editors.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import yaml

from weftwork_network.definition import Definition
from weftwork_network.errors import NetworkError
from weftwork_network.faults import Faults, shown
from weftwork_network.layout import DEPARTMENT_PORTS
from weftwork_network.marks import read_marked
from weftwork_network.project import CONFIGTX, NETWORK_FILES, check_text
from weftwork_network.reading import read_model
from weftwork_network.releases import data_folder
from weftwork_network.schema import SCHEMA
from weftwork_network.skeleton import skeleton

NETWORK = "network.yaml"


def write_project(
    folder: Path,
    *,
    base_port: int = 7000,
    batch_timeout: str | None = None,
    max_message_count: int | None = None,
    departments: Sequence[Mapping[str, object]] = (),
    definition: Mapping[str, object] | None = None,
    ordering: str | None = None,
) -> list[Path]:
    """Writes both files into a folder that holds neither, and the schema.

    Args:
        folder: made if it is not there.
        base_port: the first port of the layout.
        batch_timeout: how long a block waits for more transactions, e.g. `2s`.
        max_message_count: how many transactions a block holds at most.
        departments: further departments, in the words of network.yaml.
        definition: all that network.yaml is to say, in its words, in place of the four departments;
            what it asks for is checked before anything is written.
        ordering: `raft` or `bft`, where it is not to be what the definition says.

    Returns:
        The files written.

    Raises:
        NetworkError: one of them is there already.
        DefinitionError: the definition makes no network.
    """
    there = [folder / name for name in (CONFIGTX, *NETWORK_FILES) if (folder / name).exists()]
    if there:
        raise NetworkError(
            f"{', '.join(shown(path) for path in there)} is there already; "
            "choose another folder, or delete it first"
        )
    if definition is not None:
        asked = {} if ordering is None else {"ordering": ordering}
        listed = [*cast(list[object], definition.get("departments", [])), *departments]
        shape = {"base_port": base_port, **definition, **asked, "departments": listed}
        network, configtx = skeleton(shape)
        check_text(network, NETWORK)
    else:
        network = (data_folder() / NETWORK).read_text(encoding="utf-8")
        configtx = (data_folder() / CONFIGTX).read_text(encoding="utf-8")
        configtx = _move_ports(configtx, _definition(network), base_port)
        network = _set(network, "base_port", str(base_port))
        if ordering is not None:
            network = _set(network, "ordering", ordering)
        network = _add_departments(network, departments)
    if batch_timeout is not None:
        configtx = _set(configtx, "BatchTimeout", batch_timeout)
        # Under BFT, in each profile that has it.
        configtx = _replaced(configtx, "RequestBatchMaxInterval", batch_timeout)[0]
    if max_message_count is not None:
        configtx = _set(configtx, "MaxMessageCount", str(max_message_count))
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / NETWORK, folder / CONFIGTX]
    for path, text in zip(written, (network, configtx), strict=True):
        path.write_text(text, encoding="utf-8")
    schema = (data_folder() / SCHEMA).read_text(encoding="utf-8")
    (folder / SCHEMA).write_text(schema, encoding="utf-8")
    return [*written, folder / SCHEMA]


def _definition(text: str) -> Definition:
    """The definition that comes with the package, which has no faults."""
    faults = Faults(NETWORK)
    root = read_marked(text, faults)
    found = read_model(root, Definition, faults)[0] if root is not None else None
    if found is None or faults.found:
        raise RuntimeError(f"the package's own {NETWORK} is broken: {faults.found}")
    return found


def _move_ports(configtx: str, before: Definition, base_port: int) -> str:
    """Every port of the layout, moved by as much as its base."""
    last = before.base_port + DEPARTMENT_PORTS * len(before.departments)

    def moved(found: re.Match[str]) -> str:
        port = int(found[0])
        inside = before.base_port <= port < last
        return str(port - before.base_port + base_port) if inside else found[0]

    return re.sub(r"(?<![\w.])\d{4,5}(?![\w.])", moved, configtx)


def _set(text: str, name: str, value: str) -> str:
    """One field's value, in its place; what stands around it stays."""
    changed, count = _replaced(text, name, value)
    if count != 1:
        raise RuntimeError(f"{name} stands {count} times in the package's own file")
    return changed


def _replaced(text: str, name: str, value: str) -> tuple[str, int]:
    return re.subn(rf"(?m)^(\s*{name}:[ ]*)[^#\n]*", rf"\g<1>{value}", text)


def _add_departments(network: str, departments: Sequence[Mapping[str, object]]) -> str:
    """Further departments, after the last."""
    if not departments:
        return network
    node = yaml.compose(network, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise RuntimeError(f"the package's own {NETWORK} is no mapping")
    members = next(value for key, value in node.value if key.value == "departments")
    last = members.value[-1].end_mark
    # The end of a block is the start of what follows it: back over blank lines and comments.
    lines = network.splitlines(keepends=True)
    at: int = last.line
    while not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#"):
        at -= 1
    plain = [dict(department) for department in departments]
    added = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None)
    block = "".join(f"  {line}\n" if line else "\n" for line in added.splitlines())
    return "".join([*lines[:at], "\n", block, *lines[at:]])
