"""What runs of a network and what its nodes keep, seen past the tool, on either back end.

The only place in the tests that knows what a process and what a container is.
"""

import shutil
import subprocess
from pathlib import Path

from weftwork_network import Network
from weftwork_network.choice import kept_choice
from weftwork_network.engine import PROJECT_LABEL, need_engine
from weftwork_network.image_names import image_names

_FOLDER_LABEL = "com.docker.compose.project.working_dir"


def running_nodes(network: Network) -> list[str]:
    """What runs of a network: processes by their own working folders, containers by the engine.

    No record of the tool's is asked.
    """
    return [*_processes(network), *_containers(network)]


def break_ledger(network: Network, node: str) -> None:
    """Damages a stopped peer's ledger so that it cannot start on it: a file for a folder."""
    found = network.topology.node(node)
    folder = network.state.data(found) / "ledgersData"
    if folder.is_dir():
        (folder / "ledgerProvider").rename(folder / "gone")
        (folder / "ledgerProvider").write_text("not a folder")
        return
    engine = need_engine()
    kept = kept_choice(network.state)
    assert kept is not None
    words = ("volume", "ls", "--quiet", f"--filter=label={PROJECT_LABEL}={kept.project}")
    (volume,) = [each for each in engine.run(*words).split() if each.endswith(f"_{node}")]
    script = "cd /data/ledgersData && mv ledgerProvider gone && echo x > ledgerProvider"
    image = image_names(network.topology).runtime
    words = ("run", "--rm", "--user=0", f"--volume={volume}:/data", "--entrypoint=/bin/sh")
    engine.run(*words, image, "-c", script)


def _processes(network: Network) -> list[str]:
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = (process / "cwd").readlink()
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        program = Path(words[0].decode()).name
        nodes = program in ("peer", "orderer", "fabric-ca-server") or b"weftwork_chaincode" in words
        if nodes and folder.is_relative_to(network.project.folder):
            found.append(f"{process.name} {program}")
    return found


def _containers(network: Network) -> list[str]:
    if shutil.which("docker") is None:
        return []
    words = ["docker", "ps", f"--filter=label={_FOLDER_LABEL}={network.state.folder}"]
    done = subprocess.run(
        [*words, "--format={{.Names}}"], capture_output=True, text=True, check=False
    )
    return done.stdout.split()
