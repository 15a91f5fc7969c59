"""``python -m weftwork_chaincode CONFIG.json``, or ``… module:Class`` and the environment."""

import argparse
import os
import sys

from weftwork_chaincode.arguments import add_options, settings
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.server import run
from weftwork_chaincode.serving import log_to_stderr


def main(arguments: list[str] | None = None) -> int:
    """Reads the command line and serves; 2 for a wrong configuration, 1 for a cut-off end."""
    parser = argparse.ArgumentParser(
        prog="python -m weftwork_chaincode", description=__doc__, allow_abbrev=False
    )
    parser.add_argument(
        "what",
        nargs="+",
        help="a JSON configuration; or package.module:Class, the first of several the main one",
    )
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    add_options(parser)
    options = parser.parse_args(arguments)
    log_to_stderr(options.log_level)
    try:
        found = settings(options.what, options, os.environ)
    except ConfigError as error:
        print(f"weftwork_chaincode: {error}", file=sys.stderr)
        return 2
    return run(found)


if __name__ == "__main__":
    sys.exit(main())
