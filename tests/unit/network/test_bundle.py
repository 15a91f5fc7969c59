"""The bundle's own installer: everything checked before anything is put anywhere."""

import gzip
import hashlib
import importlib.util
import io
import json
import platform
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from weftwork_network.releases import data_folder

PYTHON = ".".join(platform.python_version_tuple()[:2])
MACHINE = f"{sys.platform}-{platform.machine()}"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The installer, with a cache of its own and no engine."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    spec = importlib.util.spec_from_file_location(
        "bundle_install", data_folder() / "bundle" / "install.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Packs a small bundle; what is given is put in place of what would be packed."""

    def make(
        changed: dict[str, bytes] | None = None,
        left_out: str = "",
        more: str = "",
        **description: object,
    ) -> Path:
        told = {"python": PYTHON, "machine": MACHINE, "images": [], **description}
        files = {
            "bundle.json": json.dumps(told).encode(),
            "programs.tar.gz": _programs(),
            "images.tar.gz": gzip.compress(b"images"),
            "wheels/weftwork-1.whl": b"a wheel",
        }
        sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in files.items())
        files = {"SHA256SUMS": sums.encode(), **files, **(changed or {})}
        files |= {more: b"more"} if more else {}
        file = tmp_path / "weftwork-bundle.tar"
        with tarfile.open(file, "w") as tar:
            for name, content in files.items():
                if name != left_out:
                    _add(tar, name, content)
        return file

    return make


def _programs() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        _add(tar, "fabric-9.9.9-linux/bin/peer", b"a program", 0o755)
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def refusal(install: ModuleType, bundle: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert install.main(["--unpack", str(bundle)]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1
    left = [path.name for path in bundle.parent.glob("cache/weftwork/*")]
    assert left == [], "something was put in place"
    return said


def test_wheels_and_programs_are_put_in_place(
    install: ModuleType, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = make()
    for _ in range(2):
        assert install.main(["--unpack", str(bundle)]) == 0
        wheels = Path(capsys.readouterr().out.strip())
        assert (wheels / "weftwork-1.whl").read_bytes() == b"a wheel"
    peer = tmp_path / "cache" / "weftwork" / "fabric-9.9.9-linux" / "bin" / "peer"
    assert peer.stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["wheels/weftwork-1.whl", "programs.tar.gz", "bundle.json"])
def test_a_changed_file_is_refused_by_name(
    install: ModuleType, make: Make, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(install, make(changed={name: b"something else"}), capsys)
    assert f"{name} is not what was packed" in said


def test_a_missing_file_is_refused_by_name(
    install: ModuleType, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(install, make(left_out="images.tar.gz"), capsys)
    assert "images.tar.gz is missing from" in said


def test_a_file_that_was_not_packed_is_refused_by_name(
    install: ModuleType, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "wheels/evil.whl is not what" in refusal(install, make(more="wheels/evil.whl"), capsys)


def test_no_file_leaves_the_folder(
    install: ModuleType, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "does not belong" in refusal(install, make(more="../../evil"), capsys)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("what", "value"), [("python", "3.99"), ("machine", "plan9-mips")], ids=str
)
def test_another_machine_s_bundle_is_refused(
    install: ModuleType,
    make: Make,
    what: str,
    value: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = refusal(install, make(**{what: value}), capsys)
    assert f"is for {what} {value} and this is" in said


def test_what_is_no_bundle_is_refused(
    install: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "weftwork-bundle.tar"
    file.write_bytes(b"hello" * 1000)
    assert "broken or no bundle" in refusal(install, file, capsys)
    file.unlink()
    assert "No such file" in refusal(install, file, capsys)


def test_half_a_bundle_is_refused(
    install: ModuleType, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = make()
    whole.write_bytes(whole.read_bytes()[:3000])
    refusal(install, whole, capsys)


@pytest.mark.parametrize("holds", [True, False])
def test_images_are_loaded_where_an_engine_lacks_them(
    install: ModuleType, make: Make, tmp_path: Path, holds: bool
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    script = f"""#!/bin/sh
case "$2" in
inspect) exit {int(not holds)} ;;
load) echo "$3" >{tmp_path}/loaded ;;
esac
"""
    (programs / "docker").write_text(script)
    (programs / "docker").chmod(0o755)
    assert install.main(["--unpack", str(make(images=["weftwork/peer:1"]))]) == 0
    assert (tmp_path / "loaded").exists() is not holds
