"""All checks of a network, in one go: what can be checked now, and what has to wait."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from weftwork.errors import WeftworkError
from weftwork_network.doctor.chaincodes import check_chaincodes, read_packages
from weftwork_network.doctor.channel import check_channel
from weftwork_network.doctor.clock import check_clock, check_node_clocks
from weftwork_network.doctor.execution import check_execution
from weftwork_network.doctor.files import check_configtx, check_ledger, read_project
from weftwork_network.doctor.findings import Finding, error
from weftwork_network.doctor.machine import check_disk, check_hosts, check_ports, check_programs
from weftwork_network.doctor.nodes import check_heights, check_nodes
from weftwork_network.doctor.private_data import check_copies
from weftwork_network.doctor.site import Site
from weftwork_network.doctor.validity import check_days, check_names, check_there
from weftwork_network.kept import kept_choice
from weftwork_network.links import Links
from weftwork_network.network import Network
from weftwork_network.packages import Package
from weftwork_network.running import run

Check = Callable[[Site], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    check_configtx,
    check_ledger,
    check_ports,
    check_hosts,
    check_programs,
    check_disk,
    check_there,
    check_names,
    check_days,
    check_clock,
    check_node_clocks,
    check_nodes,
    check_heights,
    check_copies,
    check_execution,
)
# Seconds for all that is asked of a running channel.
_CHANNEL_TIMEOUT = 60.0


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        findings: errors first, each kind in the order of the checks.
        waiting: what could not be checked, each with the reason.
    """

    findings: tuple[Finding, ...]
    waiting: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(1 for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return len(self.findings) - self.errors

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "healthy": self.errors == 0,
            "errors": self.errors,
            "warnings": self.warnings,
            "findings": [asdict(finding) for finding in self.findings],
            "waiting": list(self.waiting),
        }


def examine(folder: str | Path = ".") -> Report:
    """Makes every check that can be made of the network in a folder. Changes nothing.

    Args:
        folder: the project folder.
    """
    project = read_project(Path(folder))
    if isinstance(project, list):
        return _report(project, ["everything else: it waits until network.yaml can be read"])
    network = Network(project)
    try:
        kept = kept_choice(network.state)
        containers = kept is not None and kept.backend == "container"
        site = Site(project, network.state, network.status(), containers)
    except WeftworkError as failure:
        found = error("nodes", "the nodes", f"cannot be asked: {failure}")
        return _report([found], ["everything else: it waits until nodes can be asked"])
    findings: list[Finding] = []
    for check in CHECKS:
        findings += check(site)
    packages = read_packages(site)
    broken = [each for each in packages if isinstance(each, Finding)]
    findings += broken
    if not site.running_peers:
        return _report(findings, ["the channel and its chaincodes: no peer runs"])
    whole = cast(list[Package], [] if broken else packages)
    findings += run(lambda: _of_channel(site, whole))
    return _report(findings, [])


async def _of_channel(site: Site, packages: list[Package]) -> list[Finding]:
    """What only a running channel tells."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(_CHANNEL_TIMEOUT), Links(site.state, site.topology) as links:
            findings += await check_channel(site, links)
            if packages and site.answering:
                findings += await check_chaincodes(site, links, packages)
    except TimeoutError:
        text = f"gave no whole answer within {_CHANNEL_TIMEOUT:.0f} s; see their logs"
        findings.append(error("channel", "the peers", text))
    except WeftworkError as failure:
        findings.append(error("channel", "the peers", f"cannot be asked: {failure}"))
    return findings


def _report(findings: list[Finding], waiting: list[str]) -> Report:
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    return Report(tuple(ordered), tuple(waiting))
