"""The files: network.yaml in itself, configtx.yaml and the ledger held against it."""

from collections.abc import Iterator
from pathlib import Path

from weftwork_network.configtx import effective_configtx
from weftwork_network.creation import creation_findings
from weftwork_network.doctor.findings import Finding, of_faults, of_lines
from weftwork_network.doctor.site import Site
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults, shown
from weftwork_network.project import CONFIGTX, Project, open_project, read_file


def read_project(folder: Path) -> Project | list[Finding]:
    """A folder's project, or every fault of its network.yaml."""
    try:
        return open_project(folder)
    except DefinitionError as failure:
        return [*of_faults("definition", failure.faults), *_unreadable_configtx(folder)]


def _unreadable_configtx(folder: Path) -> list[Finding]:
    """What can be said of configtx.yaml before it can be held against anything."""
    file = folder.resolve() / CONFIGTX
    faults = Faults(shown(file))
    if file.exists():
        read_file(file, faults)
    return of_faults("configtx", faults.found)


def check_configtx(site: Site) -> list[Finding]:
    """configtx.yaml says nothing else than network.yaml."""
    try:
        effective_configtx(site.project, site.state)
    except DefinitionError as failure:
        return of_faults("configtx", failure.faults)
    return []


def check_ledger(site: Site) -> Iterator[Finding]:
    """The ledger on disk was created with these keys and these nodes."""
    findings = creation_findings(site.project, site.state)
    yield from of_lines("ledger", shown(site.state.folder), findings)
