"""The command line of a chaincode's process: options of Go's and Node's shims over the environment.

``--peer.address`` is the peer's own (dockercontroller.go gives it to what it launches); the others
are those of fabric-chaincode-node (lib/cmds). An option wins over every variable that says the
same.
"""

import argparse
from collections.abc import Mapping, Sequence

from weftwork_chaincode import environment as names
from weftwork_chaincode.config import Settings, from_file
from weftwork_chaincode.environment import from_environment
from weftwork_chaincode.errors import ConfigError

# Option: the variables it stands over, the one that it sets, what it is.
_OPTIONS: dict[str, tuple[Sequence[str], str, str]] = {
    "--chaincode-address": ((), names.ADDRESS, "host:port or unix:path to listen on"),
    "--chaincode-id": (names.IDENTIFIERS, names.IDENTIFIERS[0], "label:hash of the package"),
    "--chaincode-id-name": (names.IDENTIFIERS, names.IDENTIFIERS[1], "the same, as Fabric has it"),
    "--chaincode-name": ((), names.NAME, "its name on the channel"),
    "--chaincode-tls-key-file": (names.KEYS, names.KEYS[0], "PEM"),
    "--chaincode-tls-key-path": (names.KEYS, names.KEYS[2], "PEM in base64"),
    "--chaincode-tls-cert-file": (names.CERTIFICATES, names.CERTIFICATES[0], "PEM"),
    "--chaincode-tls-cert-path": (names.CERTIFICATES, names.CERTIFICATES[2], "PEM in base64"),
    "--chaincode-tls-client-cacert-file": (names.CALLERS, names.CALLERS[0], "PEM"),
    "--chaincode-tls-client-cacert-path": (names.CALLERS, names.CALLERS[2], "PEM in base64"),
    "--ssl-target-name-override": ((), names.SERVER_NAME, "the name in the peer's certificate"),
    "--execute-seconds": ((), names.EXECUTE, "how long a transaction may take (25)"),
    "--drain-seconds": ((), names.DRAIN, "how long transactions may take at the end (10)"),
    "--operations-address": ((), names.OPERATIONS, "host:port of /healthz and /version"),
}
# What a chaincode that calls its peer reads in place of a server's variables.
_CALLING = {
    names.KEYS[0]: names.KEYS[3],
    names.KEYS[2]: names.KEYS[4],
    names.CERTIFICATES[0]: names.CERTIFICATES[3],
    names.CERTIFICATES[2]: names.CERTIFICATES[4],
    names.CALLERS[0]: names.PEER_ROOTS,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Gives a parser the options; of those that exclude one another only one is taken."""
    parser.add_argument(
        "--peer.address",
        "-peer.address",
        dest="peer_address",
        default="",
        metavar="HOST:PORT",
        help="the peer to call, in place of an address to listen on",
    )
    for option, (_, _, text) in _OPTIONS.items():
        parser.add_argument(option, metavar="VALUE", help=text)
    parser.add_argument(
        "--chaincode-tls-disabled", action="store_true", help="plaintext, both ways of serving"
    )


def settings(what: Sequence[str], given: argparse.Namespace, env: Mapping[str, str]) -> Settings:
    """The settings that a command line means.

    Args:
        what: a JSON configuration's path, or contracts as ``package.module:Class``.
        given: the options, as :func:`add_options` names them.
        env: the environment.

    Raises:
        ConfigError: something is missing, wrong or said twice.
    """
    options = {
        option: value
        for option in _OPTIONS
        if (value := getattr(given, option.removeprefix("--").replace("-", "_")))
    }
    plaintext: bool = given.chaincode_tls_disabled
    peer: str = given.peer_address
    if len(what) == 1 and (":" not in what[0] or what[0].endswith(".json")):
        if options or plaintext or peer:
            raise ConfigError(f"{what[0]} is a whole configuration: it takes no options")
        return from_file(what[0])
    return from_environment(what, _over(env, options, peer, plaintext=plaintext), peer)


def _over(
    env: Mapping[str, str], options: Mapping[str, str], peer: str, *, plaintext: bool
) -> dict[str, str]:
    if peer and "--chaincode-address" in options:
        raise ConfigError("--peer.address to call or --chaincode-address to listen on, not both")
    merged = dict(env)
    said: dict[Sequence[str], str] = {}
    for option, value in options.items():
        stands_over, name, _ = _OPTIONS[option]
        if stands_over and stands_over in said:
            raise ConfigError(f"{said[stands_over]} or {option}, not both")
        said[stands_over] = option
        for other in stands_over:
            merged.pop(other, None)
        merged[_CALLING.get(name, name) if peer else name] = value
    tls = [option for option in options if option.startswith("--chaincode-tls-")]
    if plaintext and tls:
        raise ConfigError(f"{tls[0]} or --chaincode-tls-disabled, not both")
    if plaintext:
        merged[names.PLAINTEXT], merged[names.PEER_TLS] = "true", "false"
    elif tls:
        merged.pop(names.PLAINTEXT, None)
        merged[names.PEER_TLS] = "true"
    return merged
