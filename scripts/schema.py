"""Generates network.schema.json from the config model; with --check, says if it is stale."""

import sys
from pathlib import Path

from weftwork_network.schema import SCHEMA, schema_text

FILE = Path(__file__).resolve().parent.parent / "network/weftwork_network/data" / SCHEMA


def main() -> None:
    if sys.argv[1:] != ["--check"]:
        FILE.write_text(schema_text(), encoding="utf-8")
    elif not FILE.is_file() or FILE.read_text(encoding="utf-8") != schema_text():
        raise SystemExit(f"stale: {FILE.name}; run `make schema`")


if __name__ == "__main__":
    main()
