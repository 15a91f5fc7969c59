"""The command `weftwork chaincode dev`."""

import importlib.util
import signal
from pathlib import Path
from typing import Annotated

import typer

from weftwork_network.chaincodes import Chaincodes
from weftwork_network.console import ConsoleProgress, failures_in_words
from weftwork_network.deployed import read_deployed
from weftwork_network.develop.loop import Development, check_can_develop
from weftwork_network.develop.words import Words
from weftwork_network.errors import NetworkError
from weftwork_network.network import Network
from weftwork_network.scaffold.workplace import find_workplace


def dev(
    name: Annotated[
        str | None, typer.Argument(help="The chaincode; by itself the one of this folder.")
    ] = None,
    debug: Annotated[
        int | None,
        typer.Option(min=1024, max=65535, help="A port: wait there for a debugger (debugpy)."),
    ] = None,
    department: Annotated[
        str | None,
        typer.Option("--as", help="Whose process is debugged and shown; the first by itself."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            "-C",
            "--network",
            help="The network's project folder; by itself the nearest from here upwards.",
        ),
    ] = None,
) -> None:
    """Serve what is edited here in place of what was approved, until Ctrl-C.

    Every department that runs the chaincode serves the working tree, anew at each change; code
    that does not load changes nothing. Needs no package and no approval, except that a new
    chaincode is deployed first.
    """
    # Started in a shell's background it would not be told to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with failures_in_words():
        if debug is not None and importlib.util.find_spec("debugpy") is None:
            raise NetworkError("a debugger needs debugpy: pip install debugpy")
        place = find_workplace([name] if name else [], folder)
        if not place.names:
            raise NetworkError(
                "which chaincode? name it, or run this in its folder; "
                "`weftwork chaincode new NAME` makes one"
            )
        check_can_develop(Network.open(place.network_folder))
        words = Words()
        with place.joined(words.say) as network:
            (developed,) = place.names
            if developed not in read_deployed(network.state):
                with ConsoleProgress() as progress:
                    for change in Chaincodes(network).deploy([developed], progress):
                        words.say(f"deployed {change.chaincode} {change.version}")
        Development(
            network, developed, words, debug=debug, debugged=_named(network, department)
        ).run()


def _named(network: Network, department: str | None) -> str | None:
    if department is None:
        return None
    try:
        return network.topology.member(department).name
    except KeyError:
        raise NetworkError(f"no department '{department}'") from None
