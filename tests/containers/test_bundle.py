"""One file carries the network to a site without one: tried where there is no way out."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from weftwork_network import Network
from weftwork_network.engine import Engine

ROOT = Path(__file__).parents[2]
# A machine whose cable is out: itself, and an address, without which Fabric's peers do not start.
NO_WAY_OUT = "ip link set lo up && ip address add 192.0.2.1/32 dev lo && "


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """Made from this checkout."""
    folder = tmp_path_factory.mktemp("bundle")
    Network.create(folder)
    file = folder / "weftwork-bundle.tar"
    weftwork = Path(sys.executable).with_name("weftwork")
    words = [weftwork, "network", "bundle", "-C", folder, "-o", file]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    print(made.stdout)
    return file


def offline(script: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script where no network is, as somebody who has nothing yet."""
    home.mkdir(exist_ok=True)
    words = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "BACKEND": "process"}
    return subprocess.run(
        [*words, "sh", "-euc", NO_WAY_OUT + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def checkout(folder: Path) -> Path:
    """This checkout as somebody else would have it: without what is made in it."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return folder


def test_the_first_command_works_with_the_cable_out(bundle: Path, tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    script = f"make demo BUNDLE={bundle} && make clean"
    ran = offline(script, folder, tmp_path / "home")
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    assert "settled in" in ran.stdout
    assert "nothing is fetched" in ran.stderr


def test_it_installs_where_there_is_no_checkout(bundle: Path, tmp_path: Path) -> None:
    script = f"""
    tar xf {bundle} install.py && {sys.executable} install.py {bundle}
    .venv/bin/weftwork network init && .venv/bin/weftwork network up
    .venv/bin/weftwork network clean
    """
    ran = offline(script, tmp_path, tmp_path / "home")
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    assert "crosswork ready in" in ran.stdout


def test_one_changed_byte_is_refused_by_name(bundle: Path, tmp_path: Path) -> None:
    changed = tmp_path / "weftwork-bundle.tar"
    content = bytearray(bundle.read_bytes())
    with tarfile.open(bundle) as tar:
        wheel = next(each for each in tar if each.name.startswith("wheels/grpcio-"))
        content[wheel.offset_data + wheel.size // 2] ^= 1
        installer = tar.extractfile("install.py")
        assert installer is not None
        (tmp_path / "install.py").write_bytes(installer.read())
    changed.write_bytes(content)
    ran = offline(f"{sys.executable} install.py {changed}", tmp_path, tmp_path / "home")
    assert ran.returncode == 1
    assert f"{wheel.name} is not what was packed into" in ran.stderr
    assert not (tmp_path / ".venv").exists()
    assert not list((tmp_path / "home").rglob("*.whl"))
