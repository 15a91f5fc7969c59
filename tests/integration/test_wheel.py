"""A wheel in a fresh environment is enough: an empty folder, init, up, a transaction."""

import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ports import OWN_PORT

ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the programs of an environment that has the wheel and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("weftwork-*.whl")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    run(programs / "python", "-m", "pip", "install", "-q", f"{wheel}[network]", cwd=folder)
    return programs


@pytest.fixture
def project(installed: Path, tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (tmp_path / "configtx.yaml").exists():
        run(installed / "weftwork", "network", "clean", cwd=tmp_path)


def test_init_and_up_in_an_empty_folder(installed: Path, project: Path) -> None:
    weftwork = installed / "weftwork"
    run(weftwork, "network", "init", "--base-port", str(OWN_PORT), cwd=project)
    shown = run(weftwork, "network", "up", cwd=project)
    assert "4 peers, 3 orderers, 4 chaincodes" in shown
    status = json.loads(run(weftwork, "network", "status", "--json", cwd=project))
    assert status["healthy"]
    script = (
        "import weftwork\n"
        "from weftwork.departments import Energy\n"
        "profile = '.weftwork/departments/energy/profile.yaml'\n"
        "with weftwork.connect(profile, user='meter-operator') as gateway:\n"
        "    print(Energy(gateway.network('crosswork')).register_meter('M-1').id)\n"
    )
    assert run(installed / "python", "-c", script, cwd=project) == "M-1\n"
    run(weftwork, "chaincode", "new", "parcels", cwd=project)
    shown = run(weftwork, "chaincode", "deploy", cwd=project / "parcels")
    assert "endorsed by OutOf(3, 'LogisticsMSP.peer', " in shown
    assert "is sequence 1 on crosswork" in shown
    if os.environ.get("BACKEND") != "container":  # which dev does not serve
        develop(weftwork, project / "parcels")


def develop(weftwork: Path, folder: Path) -> None:
    dev = subprocess.Popen(
        [weftwork, "chaincode", "dev"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert dev.stdout is not None
        assert "served by 4 departments" in dev.stdout.readline()
    finally:
        dev.send_signal(signal.SIGINT)
        assert dev.wait(30) == 0


def test_a_chaincode_made_and_tested_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    weftwork = installed / "weftwork"
    run(weftwork, "chaincode", "new", "parcels", cwd=tmp_path)
    assert "2 passed" in run(weftwork, "chaincode", "test", cwd=tmp_path / "parcels")
    done = subprocess.run(
        [weftwork, "chaincode", "deploy"],
        cwd=tmp_path / "parcels",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no network here or in a folder above" in done.stderr
    # What a development server needs is there, and needs nothing else.
    run(installed / "python", "-c", "import weftwork_chaincode.develop.__main__", cwd=tmp_path)


def test_types_are_shipped(installed: Path) -> None:
    packages = ["weftwork", "weftwork_model", "weftwork_chaincode", "weftwork_contracts"]
    packages += ["weftwork_network", "weftwork_protos"]
    script = "import importlib, pathlib, sys\nfor name in sys.argv[1:]:\n"
    script += "    folder = pathlib.Path(importlib.import_module(name).__file__).parent\n"
    script += "    print(name, (folder / 'py.typed').exists())\n"
    told = run(installed / "python", "-c", script, *packages, cwd=installed)
    assert told.split() == [word for name in packages for word in (name, "True")]
