"""Where fabric-ca-server comes from, and what is said where it cannot be built."""

from pathlib import Path

import pytest

from weftwork_network import building, programs
from weftwork_network.errors import ProgramError
from weftwork_network.programs import find_ca_server
from weftwork_network.progress import Silent
from weftwork_network.releases import CA_RELEASE


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FABRIC_BIN", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")


def server(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    path = folder / "fabric-ca-server"
    path.write_text(f"#!/bin/sh\necho 'fabric-ca-server:'; echo ' Version: {version}'\n")
    path.chmod(0o755)
    return path


def test_a_named_one_goes_before_that_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, found = server(tmp_path / "named", "1.5.14"), server(tmp_path / "path", "v1.5.21")
    monkeypatch.setenv("PATH", str(found.parent))
    assert find_ca_server(Silent()) == found
    monkeypatch.setenv("FABRIC_BIN", str(named.parent))
    assert find_ca_server(Silent()) == named


def test_one_of_another_line_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(server(tmp_path / "old", "1.4.9").parent))
    built = tmp_path / "built"
    server(built / "bin", "1.5.21")
    monkeypatch.setattr(programs, "build", lambda *_: built)
    assert find_ca_server(Silent()) == CA_RELEASE.cache / "bin" / "fabric-ca-server"


def test_without_a_c_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(building, "find_go", lambda *_: pytest.fail("looked for Go first"))
    with pytest.raises(ProgramError, match=r"fabric-ca 1\.5\.21 needs a C compiler.*gcc") as caught:
        find_ca_server(Silent())
    assert "\n" not in str(caught.value)
