"""What the README shows runs as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import weftwork
from tests.integration.documents import ROOT, shown
from weftwork_network import Network


def test_integrator(
    network: Network, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(network.project.folder)
    exec(compile(shown("README.md", "integrator"), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("CivicMSP Forbidden: this is for EnergyMSP") or re.match(
        r"\w+MSP Forbidden: this is for EnergyMSP", printed
    )


def test_operator(own_network: Callable[..., Network]) -> None:
    folder = own_network().project.folder
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    lines = [line.split("#")[0].strip() for line in shown("README.md", "operator").splitlines()]
    assert "make up" in lines
    for line in filter(None, lines):
        # The run-env target would install this folder, which is no checkout: all is there already.
        command = [*line.split(), "--old-file=run-env"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    assert not (folder / ".weftwork").exists()


def test_developer(own_network: Callable[..., Network]) -> None:
    network = own_network()
    folder = network.project.folder
    network.up()
    (folder / "parcels.py").write_text(shown("README.md", "developer contract"), encoding="utf-8")
    file = network.project.network_file
    assert list(yaml.safe_load(file.read_text()))[-1] == "chaincodes", "the block goes at the end"
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" + shown("README.md", "developer network"))
    command = Path(sys.executable).with_name("weftwork")
    deploy = [command, "chaincode", "deploy", "parcels"]
    done = subprocess.run(deploy, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    with weftwork.connect(network.profile("Logistics"), user="clerk") as gateway:
        parcels = gateway.network(network.channel).contract("parcels")
        parcels.submit("create", {"id": "P-1", "holder": "LogisticsMSP", "kind": "parcel", "v": 1})
        with pytest.raises(weftwork.EndorseError, match="exists"):
            parcels.submit(
                "create", {"id": "P-1", "holder": "LogisticsMSP", "kind": "parcel", "v": 1}
            )
        assert b"LogisticsMSP" in parcels.evaluate("read", "P-1")
