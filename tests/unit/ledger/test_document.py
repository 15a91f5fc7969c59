"""docs/testing-chaincode.md: its tests run as they stand there, with the fixture alone."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.documents import shown


def test_the_documents_tests(tmp_path: Path) -> None:
    (tmp_path / "test_parcels.py").write_text(shown("docs/testing-chaincode.md", "parcels"))
    options = ["-q", "-p", "weftwork_pytest", "-p", "no:cacheprovider", "--strict-markers"]
    place = ["-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *place],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
