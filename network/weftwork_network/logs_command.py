"""`weftwork network logs`: the nodes' logs as one, for people in colour, for programs as JSON."""

import datetime
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from weftwork_network.console import failures_in_words
from weftwork_network.errors import NetworkError
from weftwork_network.log_entries import LEVELS, Entry
from weftwork_network.log_transactions import (
    LoggedTransaction,
    transaction_named,
    whole_id,
    with_block,
)
from weftwork_network.logs import Wanted, chosen_nodes, follow, recent
from weftwork_network.network import Network
from weftwork_network.topology import Node

_LINES = 50
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green")
_LEVEL_STYLES = {"debug": "dim", "info": "", "warn": "yellow", "error": "red", "fatal": "bold red"}
_AGO = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def logs(
    nodes: Annotated[
        list[str] | None, typer.Argument(help="Nodes or departments; all when none is named.")
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", "-C", help="The project folder, which holds configtx.yaml.")
    ] = Path("."),
    lines: Annotated[
        int | None,
        typer.Option(
            "-n", "--lines", min=0, help=f"The last so many; {_LINES}, or all of a transaction."
        ),
    ] = None,
    department: Annotated[
        list[str] | None, typer.Option("--department", "-d", help="Only a department's nodes.")
    ] = None,
    transaction: Annotated[
        str | None,
        typer.Option("--tx", help="Only what tells of a transaction; the id's beginning will do."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 90s, 10m, 2h, 1d, or a time in UTC.")
    ] = None,
    level: Annotated[
        str, typer.Option(help=f"Only what is as grave: {', '.join(LEVELS)}.")
    ] = LEVELS[0],
    following: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with lines as they are written.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the nodes' logs, merged in the order of time."""
    with failures_in_words(as_json=as_json):
        network = Network.open(folder)
        chosen = _chosen(network, nodes or [], department or [])
        wanted = Wanted(_level(level), _moment(since))
        backend = network.backend
        show = _Shown(network, as_json)
        if transaction is not None:
            found = _found(network, transaction_named(transaction))
            show.transaction(found)
            wanted = replace(wanted, transaction=found)
        # Begun before the past is read, so that nothing written meanwhile is lost.
        coming = backend.follow_logs(chosen) if following else iter(())
        most = lines if lines is not None or transaction else _LINES
        past = recent(backend, chosen, wanted, most)
        try:
            show.entries(past)
            show.entries(_not_again(follow(coming, wanted), past))
        except (KeyboardInterrupt, BrokenPipeError):
            sys.stderr.close()  # else the interpreter complains of the closed pipe at its end
            raise typer.Exit from None


def _chosen(network: Network, names: list[str], departments: list[str]) -> list[Node]:
    topology = network.topology
    try:
        chosen = chosen_nodes(topology, names)
    except KeyError as error:
        known = ", ".join(node.id for node in topology.nodes)
        raise NetworkError(f"no node or department {error}; the nodes: {known}") from None
    try:
        members = {topology.member(name).name for name in departments}
    except KeyError as error:
        known = ", ".join(member.name for member in topology.members)
        raise NetworkError(f"no department {error}; there are {known}") from None
    return [node for node in chosen if not members or node.department in members]


def _found(network: Network, named: LoggedTransaction) -> LoggedTransaction:
    """The transaction with its whole id and its block, as far as logs and ledger tell them."""
    if len(named.id) < 64:
        peers = network.topology.peers
        named = whole_id(named, recent(network.backend, peers, Wanted(transaction=named), None))
    return with_block(network.state, network.topology, named) or named


def _level(text: str) -> str:
    found = [level for level in LEVELS if text and level.startswith(text.lower()[:4])]
    if not found:
        raise NetworkError(f"no level {text!r}; there are {', '.join(LEVELS)}")
    return found[0]


def _moment(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    if found := _AGO.fullmatch(text.strip()):
        ago = datetime.timedelta(**{_UNITS[found[2]]: int(found[1])})
        return datetime.datetime.now(datetime.UTC) - ago
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise NetworkError(
            f"--since {text!r}: write 90s, 10m, 2h, 1d or a time such as 2030-01-31T12:00:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _not_again(coming: Iterator[Entry], past: list[Entry]) -> Iterator[Entry]:
    """Entries without those at the beginning that were shown already."""
    shown = set(past)
    for entry in coming:
        if entry not in shown:
            yield entry


class _Shown:
    """Prints entries."""

    def __init__(self, network: Network, as_json: bool) -> None:
        self._json = as_json
        nodes = network.topology.nodes
        self._width = max(len(node.id) for node in nodes)
        self._departments = {node.id: node.department for node in nodes}
        self._kinds = {node.id: node.kind for node in nodes}
        names = [member.name for member in network.topology.members]
        self._colours = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(names)}
        self._console = Console(highlight=False, soft_wrap=True)
        self._today = datetime.datetime.now(datetime.UTC).date()

    def transaction(self, found: LoggedTransaction) -> None:
        """Says what the ledger knows of a transaction."""
        if self._json:
            return
        if found.block is None:
            words = "not on a ledger that can be asked now: only what names it is shown"
        else:
            words = f"block {found.block} of {found.channel}, {found.code}"
        self._console.print(f"transaction {found.id}: {words}", markup=False, style="bold")

    def entries(self, found: Iterable[Entry]) -> None:
        """Prints entries as they come."""
        for entry in found:
            if self._json:
                print(json.dumps(self._object(entry)), flush=True)
            else:
                self._console.print(self._line(entry))

    def _object(self, entry: Entry) -> dict[str, object]:
        return {
            "time": entry.time.isoformat() if entry.time else None,
            "node": entry.node,
            "department": self._departments.get(entry.node),
            "kind": self._kinds.get(entry.node),
            "level": entry.level,
            "text": entry.text,
        }

    def _line(self, entry: Entry) -> Text:
        colour = self._colours.get(self._departments.get(entry.node, ""), "")
        level = _LEVEL_STYLES[entry.level]
        return Text.assemble(
            (self._time(entry.time), "dim"),
            " ",
            (f"{entry.node:<{self._width}}", colour),
            " ",
            (f"{entry.level:<5}", level),
            " ",
            (entry.text, level if entry.level != "info" else ""),
        )

    def _time(self, time: datetime.datetime | None) -> str:
        if time is None:
            return " " * 12
        form = "%H:%M:%S" if time.date() == self._today else "%Y-%m-%d %H:%M:%S"
        return f"{time.strftime(form)}.{time.microsecond // 1000:03}"
