"""``python -m weftwork_chaincode CONFIG.json``, or ``… package.module:Class`` with environment."""

import argparse
import logging
import sys
import time

from weftwork_chaincode.config import from_environment, from_file
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Reads the command line and serves; 2 for a wrong configuration, 1 for a cut-off end."""
    parser = argparse.ArgumentParser(prog="python -m weftwork_chaincode", description=__doc__)
    parser.add_argument("what", help="a JSON configuration, or package.module:Class")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    options = parser.parse_args(arguments)
    # In the zone and form of the peers' logs, so that both can be read in one order.
    form = logging.Formatter(
        "%(asctime)s.%(msecs)03d UTC %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"
    )
    form.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    logging.basicConfig(level=options.log_level.upper(), handlers=[handler])
    what: str = options.what
    try:
        named = ":" in what and not what.endswith(".json")
        settings = from_environment(what) if named else from_file(what)
    except ConfigError as error:
        print(f"weftwork_chaincode: {error}", file=sys.stderr)
        return 2
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
