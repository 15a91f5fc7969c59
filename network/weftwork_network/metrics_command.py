"""`weftwork network metrics`: what Prometheus and Grafana need to watch the network."""

from pathlib import Path
from typing import Annotated

import typer

from weftwork_network.chaincode_operations import can_tell
from weftwork_network.console import failures_in_words, show_json
from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.monitoring import folder_of, targets, write_monitoring
from weftwork_network.network import Network
from weftwork_network.topology import Member


def metrics(
    folder: Annotated[
        Path, typer.Option("--folder", "-C", help="The project folder, which holds configtx.yaml.")
    ] = Path("."),
    department: Annotated[
        list[str] | None,
        typer.Option("--department", "-d", help="Only a department's nodes; all by itself."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a Prometheus configuration, alert rules and a Grafana dashboard for the network."""
    with failures_in_words(as_json=as_json):
        network = Network.open(folder)
        members = _members(network, department or [])
        if not network.state.monitor(members[0]).exists():
            raise NetworkError("the network has no certificates yet: run `weftwork network up`")
        contained = network.backend.by_name
        written = write_monitoring(network.state, network.topology, members, contained=contained)
        names = {member.name for member in members}
        found = [
            each
            for each in targets(network.state, network.topology, contained=contained)
            if each.node.department in names
        ]
        silent = not contained and not can_tell()
        if as_json:
            show_json({"files": [str(path) for path in written], "targets": len(found)})
            return
        place = folder_of(network.state)
        typer.echo(f"wrote {shown(place)}: prometheus.yml with {len(found)} targets, rules.yml,")
        typer.echo(
            "certificates.yml with the days of every certificate, dashboard.json for Grafana"
        )
        typer.echo(f"  prometheus --config.file={shown(place)}/prometheus.yml")
        if silent:
            typer.echo(
                "chaincode processes tell nothing: pip install 'weftwork[metrics]', then "
                "`weftwork network restart`"
            )


def _members(network: Network, names: list[str]) -> list[Member]:
    try:
        return [network.topology.member(name) for name in names] or list(network.topology.members)
    except KeyError as error:
        known = ", ".join(member.name for member in network.topology.members)
        raise NetworkError(f"no department {error}; there are {known}") from None
