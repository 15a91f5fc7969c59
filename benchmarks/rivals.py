"""The benchmark's chaincode in four languages: built once, each served by a process of its own."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.golang import find_go
from weftwork_network.progress import Silent
from weftwork_network.releases import cache_folder

SHIMS = Path(__file__).parent / "shims"
PYTHON_PACKAGE = "fabric-chaincode-python==2.5.4"


@dataclass(frozen=True)
class Rival:
    """One language's server: its name in the table, and how it is started."""

    name: str
    command: tuple[str, ...]
    folder: Path

    def start(self, package_id: str, port: int, log: Path) -> subprocess.Popen[bytes]:
        """Starts a server and waits until it listens."""
        address = f"127.0.0.1:{port}"
        environment = {
            **os.environ,
            "CHAINCODE_ID": package_id,
            "CHAINCODE_SERVER_ADDRESS": address,
            # Node logs a line a transaction, at a quarter of its CPU, unless it is told not to.
            "CORE_CHAINCODE_LOGGING_LEVEL": "ERROR",
            "NODE_ENV": "production",
        }
        given = {"{address}": address, "{id}": package_id}
        if self.name == "ours":
            config = log.with_suffix(".json")
            server = {
                "name": "bench",
                "contract": "bench_contract:Bench",
                "address": address,
                "package_id": package_id,
            }
            config.write_text(json.dumps({"chaincodes": [server], "insecure": True}))
            given["{config}"] = str(config)
        words = [given.get(word, word) for word in self.command]
        with log.open("wb") as file:
            process = subprocess.Popen(
                words, cwd=self.folder, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            time.sleep(0.05)
        process.kill()
        process.wait()
        raise SystemExit(f"{self.name} does not listen: {log.read_text()[-600:]}")


def build(wanted: Sequence[str] = ("go", "node", "python package")) -> list[Rival]:
    """Every rival of those that this machine can build, ours first; says which it cannot."""
    found = [
        Rival("ours", (sys.executable, "-m", "weftwork_chaincode", "{config}"), SHIMS / "ours")
    ]
    for name, make in (("go", _go), ("node", _node), ("python package", _python)):
        if name not in wanted:
            continue
        try:
            found.append(make(name))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out, it cannot be built: {error}", flush=True)
    return found


def _folder(name: str) -> Path:
    """Where a rival is built: another one for other sources."""
    digest = hashlib.sha256(PYTHON_PACKAGE.encode())
    for path in sorted((SHIMS / name).iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return cache_folder() / f"bench-{name}-{digest.hexdigest()[:12]}"


def _go(name: str) -> Rival:
    folder = _folder("go")
    program = folder / "bench"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run([str(find_go((1, 23), Silent())), "build", "-o", str(program), "."], SHIMS / "go")
    return Rival(name, (str(program),), folder)


def _node(name: str) -> Rival:
    folder = _folder("node")
    if not (folder / "node_modules" / "fabric-shim").exists():
        shutil.copytree(SHIMS / "node", folder, dirs_exist_ok=True)
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund"], folder)
    command = folder / "node_modules" / ".bin" / "fabric-chaincode-node"
    options = ("server", "--chaincode-address", "{address}", "--chaincode-id", "{id}")
    return Rival(name, (str(command), *options), folder)


def _python(name: str) -> Rival:
    folder = _folder("python")
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        _run([sys.executable, "-m", "venv", str(folder)], SHIMS)
        _run([str(python), "-m", "pip", "install", "--quiet", PYTHON_PACKAGE], folder)
        (folder / "installed").touch()
    return Rival(name, (str(python), str(SHIMS / "python" / "bench_package.py")), folder)


def _run(words: list[str], folder: Path) -> None:
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
