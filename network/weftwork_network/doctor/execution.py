"""How long a peer lets a chaincode run, and what its release does when that time is over.

On Fabric before 3.1.5 and 2.5.16 a timeout that strikes during a range read can end the peer.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from weftwork_network import durations
from weftwork_network.doctor.findings import Finding, error, warning
from weftwork_network.doctor.site import Site
from weftwork_network.environment import inherited, peer_environment
from weftwork_network.errors import ProgramError
from weftwork_network.faults import shown
from weftwork_network.places import process_place
from weftwork_network.programs import Programs, programs_here
from weftwork_network.progress import Silent

SETTING = "chaincode.executetimeout"
VARIABLE = "CORE_CHAINCODE_EXECUTETIMEOUT"
STOCK = "30s"
FIXED = {"3.1": 5, "2.5": 16}
# Below this an honest transaction on a busy machine would be ended.
_SHORT = 5.0


def check_execution(site: Site) -> list[Finding]:
    """The peers' limit on a transaction's run is known, and does not end the peer."""
    try:
        programs = programs_here(site.topology.fabric, Silent())
    except ProgramError:
        return []  # told by the check of programs
    running = {row.version for row in site.status.nodes if row.kind == "peer" and row.version}
    if site.containers:
        return list(judge(STOCK, "core.yaml in the peers' image", sorted(running)))
    if programs is None:
        return []
    in_effect, where = execute_timeout(site, programs)
    return list(judge(in_effect, where, sorted(running) or [programs.version]))


def judge(timeout: str, where: str, versions: list[str]) -> Iterator[Finding]:
    """What to say of a limit on peers of these versions."""
    seconds = durations.seconds(timeout)
    if seconds is None:
        text = f"{SETTING} is '{timeout}', which is no duration; write {STOCK}"
        yield error("execution", where, text)
    elif seconds < _SHORT:
        text = f"{SETTING} is {timeout}: transactions of a busy network will fail; write {STOCK}"
        yield warning("execution", where, text)
    affected = [version for version in versions if _panics(version)]
    if affected:
        line = affected[0].removeprefix("v").rpartition(".")[0]
        yield warning(
            "execution",
            where,
            f"{SETTING} is {timeout}, and Fabric {', '.join(affected)} can end the whole peer when "
            f"a transaction reaches it during a range read; keep range reads short, or bring "
            f"{line}.{FIXED[line]} or later by FABRIC_BIN",
        )


def execute_timeout(site: Site, programs: Programs) -> tuple[str, str]:
    """The limit in effect, and where it is set."""
    for member in site.topology.members:
        for node in member.peers[:1]:
            place = process_place(site.state, programs, node, inherited())
            told = peer_environment(place, member, node, peers=1).get(VARIABLE)
            if told is not None:
                return told, f"{node.id}'s environment"
    file = programs.config / "core.yaml"
    return _stock(file), shown(file)


def _stock(file: Path) -> str:
    try:
        content = cast(object, yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError):
        return STOCK
    chaincode: Any = cast(dict[str, Any], content).get("chaincode") or {}
    return str(chaincode.get("executetimeout", STOCK))


def _panics(version: str) -> bool:
    found = re.match(r"v?(\d+\.\d+)\.(\d+)", version)
    return found is not None and int(found[2]) < FIXED.get(found[1], 0)
