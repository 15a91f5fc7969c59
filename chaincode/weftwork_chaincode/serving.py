"""Serving contracts from a program of one's own: ``serve(Parcels)``, as Go's ``shim.Start``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from weftwork_chaincode.errors import ConfigError

if TYPE_CHECKING:
    from weftwork_chaincode.config import Settings, TlsConfig
    from weftwork_chaincode.contract import Contract
    from weftwork_chaincode.tls import TlsFiles

Level = Literal["debug", "info", "warning"]


def serve(
    contracts: type[Contract] | Contract | Sequence[type[Contract] | Contract],
    *,
    name: str = "",
    chaincode_id: str = "",
    address: str = "",
    peer_address: str = "",
    tls: TlsConfig | TlsFiles | None = None,
    insecure: bool = False,
    execute_seconds: float | None = 25.0,
    drain_seconds: float = 10.0,
    operations_address: str = "",
    arguments: Sequence[str] | None = None,
    log_level: Level = "info",
) -> int:
    """Serves one chaincode until SIGTERM or SIGINT, then lets its transactions end.

    With ``address`` or ``peer_address`` everything is as the arguments say; with neither the
    command line and the environment are read, as ``python -m weftwork_chaincode`` reads them, so
    that ``sys.exit(serve(Parcels))`` is a whole program that a peer can launch.

    Args:
        contracts: classes or instances; the first of several answers calls that name none.
        name: the chaincode's name on the channel, by which a call of another chaincode is told
            from a client's.
        chaincode_id: ``label:hash`` of the installed package.
        address: ``host:port`` or ``unix:path`` to listen on.
        peer_address: in its place, the peer to call.
        tls: PEM files or texts; ``client_roots`` for mutual TLS, ``peer_roots`` to call a peer.
        insecure: True for plaintext, which nothing else allows.
        execute_seconds: a transaction is given up after this, answered with status 500; None:
            never.
        drain_seconds: how long transactions may take at the end.
        operations_address: ``host:port`` of `/healthz` and `/version`, under the same TLS.
        arguments: the command line, by default the process's.
        log_level: of what goes to standard error, where logging has not been set up.

    Returns:
        The process's exit status; what is wrong is one line on standard error.
    """
    # A contract's module that imports this runs in tests too, which need no server.
    from weftwork_chaincode.server import run

    log_to_stderr(log_level)
    listed = list(contracts) if isinstance(contracts, Sequence) else [contracts]
    made = [each() if isinstance(each, type) else each for each in listed]
    names = [_name(type(each)) for each in made]
    try:
        if address or peer_address:
            found = _explicit(
                names,
                name=name,
                chaincode_id=chaincode_id,
                address=address,
                peer_address=peer_address,
                tls=tls,
                insecure=insecure,
                execute_seconds=execute_seconds,
                drain_seconds=drain_seconds,
                operations_address=operations_address,
            )
        else:
            found = _told(names, arguments)
    except ConfigError as error:
        print(f"weftwork_chaincode: {error}", file=sys.stderr)
        return 2
    return run(found, made)


def log_to_stderr(level: str) -> None:
    """Sets up logging in the form and zone of the peers' logs, so both can be read in one order."""
    form = logging.Formatter(
        "%(asctime)s.%(msecs)03d UTC %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"
    )
    form.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _explicit(
    names: Sequence[str],
    *,
    name: str,
    chaincode_id: str,
    address: str,
    peer_address: str,
    tls: TlsConfig | TlsFiles | None,
    insecure: bool,
    execute_seconds: float | None,
    drain_seconds: float,
    operations_address: str,
) -> Settings:
    from weftwork_chaincode.config import (
        ChaincodeConfig,
        OperationsConfig,
        ServerConfig,
        checked,
        read_tls,
    )

    chaincode = ChaincodeConfig(
        name=name,
        contracts=tuple(names),
        address=address,
        peer_address=peer_address,
        package_id=chaincode_id,
    )
    config = ServerConfig(
        chaincodes=(chaincode,),
        insecure=insecure,
        execute_seconds=execute_seconds,
        drain_seconds=drain_seconds,
        operations=(
            OperationsConfig(operations_address, open_health=True) if operations_address else None
        ),
    )
    files = read_tls(tls)
    return checked(config, files, files if operations_address else None)


def _told(names: Sequence[str], arguments: Sequence[str] | None) -> Settings:
    from weftwork_chaincode.arguments import add_options, settings

    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser)
    given = parser.parse_args(arguments)
    return settings(names, given, os.environ)


def _name(contract: type[Contract]) -> str:
    """``module:Class``; a program's own module under the name by which others import it."""
    module = contract.__module__
    if module == "__main__":
        main = sys.modules["__main__"]
        spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
        if spec is not None:
            module = spec.name
        elif file:
            module = Path(file).stem
    return f"{module}:{contract.__qualname__}"
