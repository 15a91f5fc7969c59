"""Generates weftwork_protos from its .proto files; with --check, says what is stale and fails."""

import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc  # pyright: ignore[reportMissingTypeStubs]

ROOT = Path(__file__).resolve().parent.parent / "protos"


def generate(into: Path) -> None:
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "weftwork_protos").glob("*.proto"))
    wellknown = files("grpc_tools") / "_proto"
    places = [f"-I{ROOT}", f"-I{wellknown}", f"--python_out={into}", f"--pyi_out={into}"]
    arguments = [*places, *sources]
    if protoc.main(["protoc", *arguments]) != 0:
        raise SystemExit("protoc failed")


def main() -> None:
    if sys.argv[1:] != ["--check"]:
        generate(ROOT)
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = sorted((Path(folder) / "weftwork_protos").iterdir())
        committed = ROOT / "weftwork_protos"
        stale = [
            f.name
            for f in fresh
            if not (committed / f.name).is_file()
            or (committed / f.name).read_bytes() != f.read_bytes()
        ]
    if stale:
        raise SystemExit(f"stale: {', '.join(stale)}; run `make protos`")


if __name__ == "__main__":
    main()
