"""docs/generate.md, done as it stands there, and a written client with models of its own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.documents import ROOT, shown
from weftwork_network import Network

PAGE = "docs/generate.md"
PROFILE = ".weftwork/departments/logistics/profile.yaml"


def ran(line: str, folder: Path) -> str:
    words = line.replace("\\\n", " ").split()
    assert words[0] == "weftwork"
    command = [str(Path(sys.executable).with_name("weftwork")), *words[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_live_chaincode_s_client_is_written_and_used(
    network: Network,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / ".weftwork").symlink_to(network.project.folder / ".weftwork")
    assert network.profile("Logistics") == network.project.folder / PROFILE
    ran(shown(PAGE, "live"), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    exec(compile(shown(PAGE, "use"), PAGE, "exec"), {})
    assert capsys.readouterr().out == "DRAFT True\n"
    written = (tmp_path / "logistics_client.py").read_text(encoding="utf-8")
    assert "Open a consignment as a draft (Logistics)." in written
    assert re.search(r'^    kind: Literal\["consignment"\] = "consignment"$', written, re.MULTILINE)


def test_a_file_s_client_is_written_and_checked(tmp_path: Path) -> None:
    metadata = ROOT / "tests" / "vectors" / "contract_api" / "node" / "metadata.json"
    (tmp_path / "metadata.json").write_bytes(metadata.read_bytes())
    for line in shown(PAGE, "file").splitlines():
        ran(line, tmp_path)
    assert "class AsyncAssets(AsyncDepartment):" in (tmp_path / "assets_client.py").read_text()
