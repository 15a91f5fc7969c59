"""An engine that dies, and one whose disk is full, while a network starts: a line, nothing lost.

The engine is one of the test's own, on a disk of its own, in a network namespace of its own:
killing it hurts nobody, and its rules meet nobody else's.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine
from weftwork_network.image_names import image_names
from weftwork_network.images import build_network_images
from weftwork_network.packages import make_packages
from weftwork_network.progress import Silent

WEFTWORK = str(Path(sys.executable).with_name("weftwork"))
DISK = 1500 * 2**20
SECONDS = 180

pytestmark = pytest.mark.timeout(900)


class Apart:
    """An engine apart from the machine's, and commands that know only this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        (folder / "run").mkdir()
        self._daemon: subprocess.Popen[bytes] | None = None
        self._space = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.environment = {
            **os.environ,
            "DOCKER_HOST": f"unix://{folder}/sock",
            "BACKEND": "container",
        }

    def open(self) -> None:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.data)]
        subprocess.run(mount, check=True)
        until(lambda: self.run("ip", "link", "set", "lo", "up").returncode == 0)
        self.start()

    def start(self) -> None:
        # One that was killed has left them, and its containerd may be a zombie.
        for left in ("pid", "run/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)
        words = ["dockerd", "--data-root", self.data, "--exec-root", self.folder / "run"]
        words += ["--pidfile", self.folder / "pid", "-H", self.environment["DOCKER_HOST"]]
        with (self.folder / "log").open("wb") as log:
            self._daemon = subprocess.Popen(
                [*self._into(), *map(str, words)], stdout=log, stderr=log
            )
        until(lambda: self.run("docker", "version").returncode == 0)

    def kill(self) -> None:
        """Kills the engine and its helpers, as a machine that is short of memory might."""
        daemon = int((self.folder / "pid").read_text())
        os.kill(daemon, signal.SIGKILL)
        assert self._daemon is not None
        self._daemon.wait()
        for folder in Path("/proc").glob("[0-9]*"):
            if command(folder) in ("containerd", "docker-proxy") and self._lives_here(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(folder.name), signal.SIGKILL)

    def stop(self) -> None:
        if self._daemon is not None and self._daemon.poll() is None:
            self._daemon.terminate()
            self._daemon.wait(timeout=30)

    def close(self) -> None:
        self.stop()
        self._space.kill()
        self._space.wait()
        subprocess.run(["umount", "--lazy", self.data], check=False)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._into(), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._into(), *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _lives_here(self, process: Path) -> bool:
        try:
            return (process / "ns" / "net").readlink() == Path(
                f"/proc/{self._space.pid}/ns/net"
            ).readlink()
        except OSError:
            return False

    def count(self, *words: str) -> int:
        return len(self.run("docker", *words, "--quiet").stdout.split())

    def _into(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._space.pid}/ns/net"]


def until(condition, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def command(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Apart]:
    if os.geteuid():
        pytest.skip("only root may start an engine apart")
    folder = tmp_path_factory.mktemp("apart")
    network = Network.create(folder / "images")
    build_network_images(network.topology, folder, Silent())
    names, packages = image_names(network.topology), make_packages(network.topology, folder)
    images = folder / "images.tar"
    chaincodes = [names.chaincode(package.name, package.code_sha256) for package in packages]
    engine.run("image", "save", f"--output={images}", *names.base, *chaincodes)
    own = Apart(folder)
    try:
        own.open()
        loaded = own.run("docker", "load", "--quiet", f"--input={images}")
        assert loaded.returncode == 0, loaded.stderr
        images.unlink()
        yield own
    finally:
        own.close()


@pytest.fixture
def project(apart: Apart, tmp_path: Path) -> Iterator[Path]:
    Network.create(tmp_path)
    yield tmp_path
    cleaned = apart.run(WEFTWORK, "network", "clean", "-C", str(tmp_path))
    assert cleaned.returncode == 0, cleaned.stderr
    assert apart.count("container", "ls", "--all") == 0
    assert apart.count("volume", "ls") == 0


def told(said: str) -> str:
    """The one line that a person is told at the end."""
    assert "Traceback" not in said
    (line,) = [line for line in said.splitlines() if line.startswith("weftwork: ")]
    return line


def test_a_full_disk_is_told_and_nothing_is_left_running(apart: Apart, project: Path) -> None:
    ballast = apart.data / "ballast"
    room = shutil.disk_usage(apart.data).free - 40 * 2**20
    subprocess.run(["fallocate", "-l", str(room), str(ballast)], check=True)
    try:
        full = apart.run(WEFTWORK, "network", "up", "-C", str(project))
        assert full.returncode == 1
        assert "no space left on device" in told(full.stderr).lower()
        assert "make room on the container engine's disk" in told(full.stderr)
        assert apart.count("container", "ls") == 0
    finally:
        ballast.unlink()
    again = apart.run(WEFTWORK, "network", "up", "-C", str(project))
    assert again.returncode == 0, again.stderr


def test_an_engine_that_dies_is_told_and_the_network_starts_later(
    apart: Apart, project: Path
) -> None:
    starting = apart.begin(WEFTWORK, "network", "up", "-C", str(project))
    try:
        until(lambda: apart.count("container", "ls") >= 3)
        apart.kill()
        _, said = starting.communicate(timeout=SECONDS)
    finally:
        starting.kill()
    assert starting.returncode == 1
    assert "the engine" in told(said)
    assert told(said).endswith("start it, then `weftwork network restart`")
    # Twice: at first Docker 20.10 forwards the ports of containers that it was about to start when
    # it died, and has forgotten whose they are.
    for _ in range(2):
        apart.stop()
        apart.start()
    again = apart.run(WEFTWORK, "network", "restart", "-C", str(project))
    assert again.returncode == 0, again.stderr
    assert "ready in" in again.stdout
