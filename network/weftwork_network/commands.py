"""The command `weftwork network`: the operator's words, each one line of result or of failure."""

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from weftwork_network import logs_command, metrics_command, status_command
from weftwork_network.bundle import make_bundle
from weftwork_network.console import ConsoleProgress, failures_in_words, show_json
from weftwork_network.doctor import command as doctor_command
from weftwork_network.errors import NetworkError
from weftwork_network.faults import shown
from weftwork_network.images import build_network_images
from weftwork_network.network import Network, UpResult
from weftwork_network.project import find_state
from weftwork_network.running import uninterrupted
from weftwork_network.skeleton import CHANNEL, shape_of
from weftwork_network.starter import write_project
from weftwork_network.stopping import delete_all, stop_all

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="A Fabric network of departments, described by network.yaml and configtx.yaml.",
)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", help="The project folder, which holds configtx.yaml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Timings = Annotated[bool, typer.Option("--timings", help="Show how long each phase took.")]


class Ordering(Enum):
    """How blocks are agreed on, as an option."""

    RAFT = "raft"
    BFT = "bft"


@app.command()
def init(
    folder: Folder = Path("."),
    base_port: Annotated[
        int, typer.Option(min=1024, max=64000, help="The first port of the layout.")
    ] = 7000,
    departments: Annotated[
        str, typer.Option(help="Departments of your own, e.g. Harbour,Rail,Customs.")
    ] = "",
    peers: Annotated[int, typer.Option(min=1, max=4, help="Peers of each of your own.")] = 1,
    channel: Annotated[str, typer.Option(help="The channel that your own share.")] = CHANNEL,
    ordering: Annotated[
        Ordering | None, typer.Option(help="How blocks are agreed on; Raft by itself.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a first network.yaml and configtx.yaml into an empty folder.

    By itself the four departments and their four chaincodes.
    """
    with failures_in_words(as_json=as_json):
        names = [name.strip() for name in departments.split(",") if name.strip()]
        if not names and (peers != 1 or channel != CHANNEL):
            raise NetworkError("--peers and --channel are of departments of your own: name them")
        shape = shape_of(names, peers=peers, channel=channel) if names else None
        made = write_project(
            folder,
            base_port=base_port,
            definition=shape,
            ordering=ordering.value if ordering is not None else None,
        )
        written = [str(path) for path in made]
        if as_json:
            show_json({"written": written})
        else:
            typer.echo(f"wrote {', '.join(shown(Path(path)) for path in written)}")


@app.command()
def up(folder: Folder = Path("."), as_json: Json = False, timings: Timings = False) -> None:
    """Start the network, or what of it does not run, and wait until it answers."""
    with failures_in_words(as_json=as_json):
        _up(Network.open(folder), as_json, timings)


@app.command()
def down(folder: Folder = Path("."), as_json: Json = False) -> None:
    """Stop the network and keep its state."""
    with failures_in_words(as_json=as_json):
        stopped = stop_all(find_state(folder))
        if as_json:
            show_json({"stopped": stopped})
        else:
            _say_stopped(stopped)


@app.command()
def restart(folder: Folder = Path("."), as_json: Json = False, timings: Timings = False) -> None:
    """Stop the network and start it again on the same ledger."""
    with failures_in_words(as_json=as_json):
        network = Network.open(folder)
        stopped = network.down()
        if not as_json:
            _say_stopped(stopped)
        _up(network, as_json, timings)


app.command()(status_command.status)
app.command()(doctor_command.doctor)
app.command()(doctor_command.schema)


app.command()(logs_command.logs)
app.command()(metrics_command.metrics)


@app.command()
def images(folder: Folder = Path("."), as_json: Json = False) -> None:
    """Build the container images that a network here needs, without any registry."""
    with failures_in_words(as_json=as_json), ConsoleProgress(quiet=as_json) as progress:
        network = Network.open(folder)
        built = build_network_images(network.topology, network.project.folder, progress)
        if as_json:
            show_json({"built": built})
        else:
            typer.echo(f"built {', '.join(built)}" if built else "all images are there")


@app.command()
def bundle(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "weftwork-bundle.tar"
    ),
    folder: Folder = Path("."),
    as_json: Json = False,
) -> None:
    """Pack what a site without a network needs into one file: wheels, programs, images."""
    with failures_in_words(as_json=as_json), ConsoleProgress(quiet=as_json) as progress:
        network = Network.open(folder)
        made = make_bundle(network.topology, network.project.folder, output, progress)
        if as_json:
            show_json({**asdict(made), "file": str(made.file)})
            return
        images = f"{len(made.images)} images" if made.images else "no images"
        if made.without_images:
            images += f" ({made.without_images})"
        typer.echo(
            f"{shown(made.file)}: {made.size / 2**20:.0f} MB: {made.wheels} wheels, "
            f"{', '.join(made.programs)}, {images}"
        )
        typer.echo(f"sha256 {made.sha256}")


@app.command()
def clean(folder: Folder = Path("."), as_json: Json = False) -> None:
    """Stop the network and delete its state: ledgers, keys, logs."""
    with failures_in_words(as_json=as_json):
        deleted = delete_all(find_state(folder))
        if as_json:
            show_json({"deleted": deleted})
        elif deleted:
            for line in deleted:
                typer.echo(f"deleted {line}")
        else:
            typer.echo("nothing to delete")


def _up(network: Network, as_json: bool, timings: bool) -> None:
    with ConsoleProgress(quiet=as_json) as progress:
        result = network.up(progress)
    with uninterrupted():  # it is up: an interrupt now would be told to have stopped it
        _tell_up(network, result, as_json, timings)


def _tell_up(network: Network, result: UpResult, as_json: bool, timings: bool) -> None:
    if as_json:
        show_json(_up_json(network, result))
        return
    if result.already:
        typer.echo(f"already up, height {result.height}")
        return
    for change in result.changes:
        if change.why:
            typer.echo(f"{change.chaincode}: {change.why} changed, now sequence {change.sequence}")
    typer.echo(ready_line(network, result))
    if timings:
        for phase, seconds in result.phases.items():
            typer.echo(f"  {seconds:5.2f} s  {phase}")


def ready_line(network: Network, result: UpResult) -> str:
    """What a person is told of a network that came up."""
    topology = network.topology
    whole = len(result.started) == len(topology.nodes)
    head = f"{network.channel} ready in {result.seconds:.1f} s"
    if whole:
        counts = [
            (len(topology.peers), "peer"),
            (len(topology.orderers), "orderer"),
            (len(topology.chaincodes), "chaincode"),
            *([(len(topology.authorities), "CA")] if topology.authorities else []),
        ]
        return f"{head}: " + ", ".join(
            f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts
        )
    started = f", started {', '.join(result.started)}" if result.started else ""
    return f"{head}: height {result.height}{started}"


def _up_json(network: Network, result: UpResult) -> dict[str, object]:
    return {
        "channel": network.channel,
        "already": result.already,
        "height": result.height,
        "seconds": round(result.seconds, 3),
        "phases": {phase: round(seconds, 3) for phase, seconds in result.phases.items()},
        "started": list(result.started),
        "changes": [
            {"chaincode": change.chaincode, "sequence": change.sequence, "why": change.why}
            for change in result.changes
        ],
        "programs": result.programs,
        "profiles": {
            member.name: str(network.state.profile(member))
            for member in network.topology.members
            if member.peers
        },
    }


def _say_stopped(stopped: list[str]) -> None:
    nodes = f"{len(stopped)} node{'' if len(stopped) == 1 else 's'}"
    typer.echo(f"stopped {nodes}; state is kept" if stopped else "nothing was running")
