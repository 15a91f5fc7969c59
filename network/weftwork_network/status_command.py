"""`weftwork network status`: what runs, as a table for people or as JSON for programs."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from weftwork_network.console import failures_in_words, show_json
from weftwork_network.network import Network
from weftwork_network.status import NetworkStatus, NodeStatus

_STATES = {"running": "green", "stopped": "dim", "died": "red", "silent": "yellow"}
# Wide enough for the table where the output is no terminal that says how wide it is.
_WIDTH = 120
_FEW_DAYS, _VERY_FEW_DAYS = 30, 7
# More channels than these have their heights below each other.
_CHANNEL_COLUMNS = 3
_PAUSE = 1.0


def status(
    folder: Annotated[
        Path, typer.Option("--folder", "-C", help="The project folder, which holds configtx.yaml.")
    ] = Path("."),
    watching: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again and again, until Ctrl-C.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show every node: what runs, its version, its height. Exit 1 when only part of it runs."""
    with failures_in_words(as_json=as_json):
        network = Network.open(folder)
        found = network.status()
        if as_json:
            show_json(found.to_json())
        else:
            console = Console(highlight=False)
            if not console.is_terminal:
                console = Console(highlight=False, width=_WIDTH)
            if watching and console.is_terminal:
                _watch(network, found, console)
            else:
                console.print(shown_status(found))
    if not found.healthy and any(row.state != "stopped" for row in found.nodes):
        raise typer.Exit(1)


def shown_status(found: NetworkStatus) -> RenderableType:
    """The table of the nodes and, below it, that of what they serve."""
    heights = [f"{name}, height {height}" for name, height in found.heights.items()]
    parts: list[RenderableType] = [", ".join(heights) or found.channel, _nodes(found)]
    if any(row.chaincodes for row in found.nodes):
        parts += ["", _chaincodes(found)]
    return Group(*parts)


def _watch(network: Network, found: NetworkStatus, console: Console) -> None:
    try:
        with Live(shown_status(found), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(_PAUSE)
                live.update(shown_status(network.status()), refresh=True)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _nodes(found: NetworkStatus) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("node", no_wrap=True)
    for name in ("department", "state", "version"):
        table.add_column(name, no_wrap=True)
    channels = list(found.heights) if len(found.heights) <= _CHANNEL_COLUMNS else []
    many = len(found.heights) > 1
    for channel in channels:
        table.add_column(channel if many else "height", justify="right")
    if not channels:
        table.add_column("heights" if many else "height", justify="right")
    table.add_column("leader")
    table.add_column("days", justify="right")
    table.add_column("memory", justify="right", no_wrap=True)
    table.add_column("ports", overflow="fold")
    for row in found.nodes:
        heights = [_height(row, channel, found) for channel in channels] or [
            Text("\n").join(_named_heights(row, found))
        ]
        table.add_row(
            row.node,
            row.department,
            Text(row.state, _STATES[row.state]),
            row.version if row.kind != "chaincode" else "",
            *heights,
            _leads(row, found),
            _days(row.certificate_days),
            "" if row.memory is None else f"{row.memory / 2**20:.0f} MB",
            _port_ranges(sorted(row.ports.values())),
        )
    return table


def _height(row: NodeStatus, channel: str, found: NetworkStatus) -> Text:
    height = row.heights.get(channel)
    if height is None:
        return Text("")
    return Text(str(height), "yellow" if height < found.heights[channel] else "")


def _named_heights(row: NodeStatus, found: NetworkStatus) -> Iterable[Text]:
    for channel in row.heights:
        yield Text(f"{channel} ") + _height(row, channel, found)


def _leads(row: NodeStatus, found: NetworkStatus) -> str:
    """Which channels it leads; a tick where that is said by there being one channel."""
    if len(found.heights) == 1:
        return "✓" if row.leads else ""
    return ", ".join(row.leads)


def _days(days: int | None) -> Text:
    if days is None:
        return Text("")
    style = "red" if days < _VERY_FEW_DAYS else "yellow" if days < _FEW_DAYS else ""
    return Text(str(days), style)


def _chaincodes(found: NetworkStatus) -> Table:
    """A line for each version that is served: where there are several, departments differ."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("chaincode", "version", "served by"):
        table.add_column(name, no_wrap=name != "served by")
    serving = [row for row in found.nodes if row.kind == "chaincode"]
    everybody = list(dict.fromkeys(row.department for row in serving))
    by_code: dict[tuple[str, str], list[str]] = {}
    for row in serving:
        for code in row.chaincodes:
            departments = by_code.setdefault((code.name, code.version), [])
            if row.department not in departments:
                departments.append(row.department)
    names = [name for name, _ in by_code]
    for (name, version), departments in sorted(by_code.items()):
        several = names.count(name) > 1
        whole = len(departments) == len(everybody) > 2
        who = f"all {len(everybody)} departments" if whole else ", ".join(departments)
        table.add_row(name, Text(version, "yellow" if several else ""), who)
    return table


def _port_ranges(ports: list[int]) -> str:
    """Ports in order as a reader would say them: `7051-7053`, `7080, 7090`."""
    ranges: list[list[int]] = []
    for port in ports:
        if ranges and ranges[-1][1] == port - 1:
            ranges[-1][1] = port
        else:
            ranges.append([port, port])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
