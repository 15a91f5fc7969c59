"""The files: network.yaml in itself, configtx.yaml and the ledger held against it."""

from collections.abc import Iterator
from pathlib import Path

from weftwork_network.configtx import effective_configtx
from weftwork_network.creation import creation_findings
from weftwork_network.doctor.findings import Finding, of_faults, of_lines
from weftwork_network.doctor.site import Site
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import shown
from weftwork_network.project import Project, open_project


def read_project(folder: Path) -> Project | list[Finding]:
    """A folder's project, or every fault of its network.yaml."""
    try:
        return open_project(folder)
    except DefinitionError as failure:
        return of_faults("definition", failure.faults)


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
