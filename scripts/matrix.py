"""Install the wheel on several Pythons, with protobuf 6 and 7, and run the client's tests there.

    python scripts/matrix.py                               every Python from 3.11 on that is found
    python scripts/matrix.py --python 3.11 --protobuf 7    these alone

Pythons are looked for as python3.N on the PATH and in pyenv's folder of versions. Each combination
gets a virtual environment of its own under build/matrix, made anew; nothing of this checkout but
the tests is seen in it. Ends with a line for each combination; exits 1 where one has failed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "matrix"
OLDEST = 11
PROTOBUFS = ("6", "7")
TESTS = ("tests/unit/client", "tests/unit/model", "tests/unit/ledger")
# Strict type checking is the checkout's affair, and pyright a large download.
WITH_PYRIGHT = (
    "tests/unit/client/test_generate.py::test_what_is_written_passes_ruff_and_strict_pyright"
)
QUIETLY = (
    *("-q", "-p", "no:cacheprovider"),
    f"--deselect={WITH_PYRIGHT}",
)
EXTRAS = "network,hsm,metrics,otel"
# What the tests themselves need, of the extra `dev`.
FOR_TESTS = (
    "hypothesis",
    "opentelemetry-sdk",
    "pytest",
    "pytest-asyncio",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
    "unasync",
)


@dataclass(frozen=True)
class Combination:
    python: Path
    version: str
    protobuf: str

    @property
    def home(self) -> Path:
        return FOLDER / f"python{self.version}-protobuf{self.protobuf}"


class Failed(Exception):
    """A step of a combination that failed; the text is what it said."""


def main() -> int:
    """The process's exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="+", metavar="3.N", help="versions (default: all found)")
    parser.add_argument("--protobuf", nargs="+", choices=PROTOBUFS, default=list(PROTOBUFS))
    parser.add_argument("--workers", default="2", help="pytest's processes (default: 2)")
    asked = parser.parse_args()
    found = pythons()
    missing = [version for version in asked.python or [] if version not in found]
    if missing:
        print(f"no Python {', '.join(missing)} here; found {', '.join(found) or 'none'}")
        return 2
    versions = asked.python or list(found)
    combinations = [
        Combination(found[version], version, protobuf)
        for version in versions
        for protobuf in asked.protobuf
    ]
    if not combinations:
        print(f"no Python 3.{OLDEST} or newer was found")
        return 2
    began = time.monotonic()
    wheel = build()
    print(f"{wheel.name}: built in {time.monotonic() - began:.0f} s", flush=True)
    told = [run(combination, wheel, asked.workers) for combination in combinations]
    print("\n".join(line for _, line in told))
    return 0 if all(passed for passed, _ in told) else 1


def pythons() -> dict[str, Path]:
    """The newest interpreter of each version, by version: those that start."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    places = [Path(place) for place in os.environ.get("PATH", "").split(os.pathsep) if place]
    # Pyenv's shims are on the PATH too, but start only what is chosen for the folder.
    candidates = [
        *(path for place in places for path in sorted(place.glob("python3.[0-9]*"))),
        *sorted(root.glob("versions/3.*/bin/python3.[0-9]*"), reverse=True),
    ]
    found: dict[str, Path] = {}
    for path in candidates:
        named = re.fullmatch(r"python3\.(\d+)", path.name)
        version = f"3.{named[1]}" if named else ""
        if not named or int(named[1]) < OLDEST or version in found or not usable(path, version):
            continue
        found[version] = path
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def usable(python: Path, version: str) -> bool:
    """Whether it starts, is of that version, and can make virtual environments."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def build() -> Path:
    """The wheel of this checkout, built from its source distribution."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    step([sys.executable, "-m", "build", "--outdir", FOLDER, ROOT])
    return next(FOLDER.glob("*.whl"))


def run(combination: Combination, wheel: Path, workers: str) -> tuple[bool, str]:
    """Installs and tests one combination: whether all went well, and a line that says so."""
    began = time.monotonic()
    name = f"Python {combination.version}, protobuf {combination.protobuf}"
    print(f"{name} ...", flush=True)
    python = combination.home / "bin" / "python"
    major = int(combination.protobuf)
    try:
        step([combination.python, "-m", "venv", "--without-pip", combination.home])
        step(
            [
                *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
                *("--disable-pip-version-check", f"{wheel}[{EXTRAS}]"),
                *(f"protobuf>={major},<{major + 1}", *needed_by_tests()),
            ]
        )
        versions = step([python, "-c", INSTALLED, str(ROOT)]).strip()
        installed = time.monotonic() - began
        output = step([python, "-m", "pytest", *TESTS, *QUIETLY, "-n", workers])
    except Failed as failed:
        print(failed)
        return False, f"FAILED  {name}"
    summary = output.strip().splitlines()[-1].strip("= ")
    tested = time.monotonic() - began - installed
    times = f"installed in {installed:.0f} s, tested in {tested:.0f} s"
    return True, f"passed  {name} ({versions}): {summary}; {times}"


def needed_by_tests() -> list[str]:
    """The requirements of ``FOR_TESTS``, at the versions that the extra `dev` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dev: list[str] = project["optional-dependencies"]["dev"]
    return [line for line in dev if re.split(r"[^\w-]", line, maxsplit=1)[0] in FOR_TESTS]


INSTALLED = """
import pathlib, sys
import google.protobuf, grpc, weftwork, weftwork_chaincode, weftwork_model, weftwork_protos
root = pathlib.Path(sys.argv[1])
for module in (weftwork, weftwork_chaincode, weftwork_model, weftwork_protos):
    home = pathlib.Path(module.__file__)
    assert home.is_relative_to(sys.prefix), f"{home} is not the installed one"
version = ".".join(map(str, sys.version_info[:3]))
print(f"{version}, {google.protobuf.__version__}, grpcio {grpc.__version__}")
"""


def step(command: list[object]) -> str:
    """Runs a command in the checkout; its output. Raises Failed with it."""
    # The sources must not be seen: what is tried is what was installed.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(str(part) for part in command[:4])} ...:\n{done.stdout[-6000:]}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
