"""Generate the sync client from the async one: client/weftwork/aio/ → client/weftwork/_sync/.

    python scripts/unasync.py            write what changed, delete what has no source
    python scripts/unasync.py --check    write nothing; exit 1 naming the files that are stale

The PyPI library `unasync` turns the code; this script adds what is ours: names, docstrings, the
hand-written bridges that are left alone, and the house's format.
"""

import argparse
import io
import re
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

# Run as a script, this file's own folder would hide the library of the same name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]

import unasync  # noqa: E402  # see above

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "client" / "weftwork"
BRIDGES = ("waiting.py", "signatures.py")
NOTE = "\n\n# Generated from {source} by scripts/unasync.py: change that one.\n"

NAMES = {
    "aio": "_sync",
    "aclose": "close",
    "AsyncClient": "Client",
    "Awaitable": "Callable",
    "AnySigner": "Signer",
}

PROSE = [
    (
        re.compile(r"The client, async: .*? is its sync twin\."),
        "The client, sync: what ``import weftwork`` shows.",
    ),
    (re.compile(r"weftwork\.aio"), "weftwork"),
    (re.compile(r"\b(?:async|await) "), ""),
    (re.compile(r"\baclose\b"), "close"),
    (re.compile(r"Any number of tasks"), "Any number of threads"),
    (re.compile(r"from any task"), "from any thread"),
]


def main() -> int:
    """Write or check; the process's exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    check = parser.parse_args().check
    wanted = generate()
    there = {
        path.relative_to(PACKAGE / "_sync"): path.read_text(encoding="utf-8")
        for path in (PACKAGE / "_sync").rglob("*.py")
        if path.relative_to(PACKAGE / "_sync").as_posix() not in BRIDGES
    }
    stale = sorted(
        path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)
    )
    for path in stale:
        file = PACKAGE / "_sync" / path
        if check:
            print(f"stale: {file.relative_to(ROOT)}: run python scripts/unasync.py")
        elif path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], encoding="utf-8")
        else:
            file.unlink()
    return 1 if check and stale else 0


def generate() -> dict[Path, str]:
    """Every generated file's text, by its path under ``_sync/``."""
    with tempfile.TemporaryDirectory() as folder:
        source = PACKAGE / "aio"
        target = Path(folder) / "_sync"
        files = [
            path
            for path in source.rglob("*.py")
            if path.relative_to(source).as_posix() not in BRIDGES
        ]
        rule = unasync.Rule(f"{source}/", f"{target}/", additional_replacements=NAMES)
        unasync.unasync_files([str(path) for path in files], [rule])
        for path in files:
            copy = target / path.relative_to(source)
            note = NOTE.format(source=path.relative_to(PACKAGE.parent).as_posix())
            copy.write_text(reworded(copy.read_text(encoding="utf-8"), note), encoding="utf-8")
        style = ["--config", str(ROOT / "pyproject.toml"), "--quiet"]
        ruff = [sys.executable, "-m", "ruff"]
        # Sorting first: the new names have another order, and the formatter keeps the order.
        command = [*ruff, "check", "--select", "I", "--fix", *style, str(target)]
        subprocess.run(command, check=True, cwd=ROOT)
        subprocess.run([*ruff, "format", *style, str(target)], check=True, cwd=ROOT)
        return {
            path.relative_to(target): path.read_text(encoding="utf-8")
            for path in target.rglob("*.py")
        }


def reworded(text: str, note: str) -> str:
    """The text with docstrings that speak of blocking calls, ``note`` after the first."""
    lines = text.splitlines(keepends=True)
    out: list[str] = []
    row, column = 1, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.STRING or not token.string.startswith('"""'):
            continue
        out.append(_between(lines, (row, column), token.start))
        said = token.string
        for pattern, words in PROSE:
            said = pattern.sub(words, said)
        out.append(said if out[:-1] else said + note)
        row, column = token.end
    out.append(_between(lines, (row, column), (len(lines) + 1, 0)))
    return "".join(out)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    first = lines[start[0] - 1][start[1] :] if start[0] <= len(lines) else ""
    middle = lines[start[0] : end[0] - 1]
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return "".join([first, *middle, last])


if __name__ == "__main__":
    raise SystemExit(main())
