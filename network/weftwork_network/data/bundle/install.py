"""Installs from a bundle that `weftwork network bundle` made, with no network at all.

    tar xf weftwork-bundle.tar install.py
    python3 install.py weftwork-bundle.tar            makes .venv here and installs Weftwork into it
    python3 install.py --unpack weftwork-bundle.tar   only makes what is in it ready for pip

Either way every file is checked first against the checksums of its packing; Fabric's programs go
into this user's cache, and the images into the container engine, if one answers. Needs nothing but
Python, since nothing else is installed yet.
"""

import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Any

SUMS = "SHA256SUMS"
DESCRIPTION = "bundle.json"
IMAGES = "images.tar.gz"
PROGRAMS = "programs.tar.gz"
WHEELS = "wheels"
EXTRAS = "network,ca,metrics"
_BLOCK = 1 << 20


class BundleError(Exception):
    """The bundle is no good, or not for this machine."""


def main(words: list[str]) -> int:
    """Runs one of the two uses above; gives the exit status."""
    unpack_only = words[:1] == ["--unpack"]
    rest = words[1:] if unpack_only else words
    if len(rest) != 1:
        print("use: install.py [--unpack] BUNDLE", file=sys.stderr)
        return 2
    try:
        wheels = unpack(Path(rest[0]))
        if unpack_only:
            print(wheels)
        else:
            _install(wheels)
    except BundleError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename or rest[0]}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def unpack(bundle: Path) -> Path:
    """Checks a bundle whole, then puts each part where it belongs.

    Returns:
        The folder of its wheels.

    Raises:
        BundleError: it is not what was packed, or not for this machine.
    """
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".bundle.") as made:
        folder = Path(made)
        sums = _extract(bundle, folder)
        description = json.loads((folder / DESCRIPTION).read_text())
        _check_machine(bundle, description)
        _place_programs(folder / PROGRAMS, cache)
        _load_images(folder / IMAGES, description["images"])
        # By what is in it: another bundle's wheels do not mix with these.
        wheels = cache / f"wheels-{hashlib.sha256(sums).hexdigest()[:12]}"
        if not wheels.exists():
            (folder / WHEELS).rename(wheels)
    return wheels


def _extract(bundle: Path, folder: Path) -> bytes:
    """Copies every file out and compares it with its checksum; gives the list of checksums."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(bundle, "r:") as tar:
            for member in tar:
                source = tar.extractfile(member)
                target = (folder / member.name).resolve()
                if source is None or not target.is_relative_to(folder.resolve()):
                    raise BundleError(f"{bundle}: {member.name!r} does not belong in a bundle")
                target.parent.mkdir(parents=True, exist_ok=True)
                found[member.name] = _copy(source, target)
    except tarfile.TarError as error:
        raise BundleError(f"{bundle} is broken or no bundle ({error}); copy it anew") from None
    if SUMS not in found:
        raise BundleError(f"{bundle} holds no {SUMS}: it is no bundle, or only part of one")
    sums = (folder / SUMS).read_bytes()
    packed = _read_sums(sums)
    del found[SUMS]
    for name in sorted(packed.keys() | found.keys()):
        if packed.get(name) != found.get(name):
            what = "is missing from" if name not in found else "is not what was packed into"
            raise BundleError(f"{name} {what} {bundle} (by its checksum); copy the bundle anew")
    return sums


def _read_sums(content: bytes) -> dict[str, str]:
    """The checksums by file, as sha256sum writes them."""
    lines = [line.split("  ", 1) for line in content.decode(errors="replace").splitlines()]
    return {line[1]: line[0] for line in lines if len(line) == 2}


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _check_machine(bundle: Path, description: dict[str, Any]) -> None:
    own = {"python": ".".join(platform.python_version_tuple()[:2]), "machine": machine()}
    for what, here in own.items():
        if description[what] != here:
            raise BundleError(
                f"{bundle} is for {what} {description[what]} and this is {here}; make one on a "
                "machine like this, or set PYTHON to a Python of that version"
            )


def _place_programs(archive: Path, cache: Path) -> None:
    """Moves Fabric's programs where a build would have put them; leaves alone what is there."""
    with tempfile.TemporaryDirectory(dir=cache, prefix=".programs.") as made:
        with tarfile.open(archive, "r:gz") as tar:
            _extract_below(tar, Path(made))
        for folder in sorted(Path(made).iterdir()):
            if not (cache / folder.name).exists():
                folder.rename(cache / folder.name)
                print(f"{folder.name} into {cache}", file=sys.stderr)


def _extract_below(tar: tarfile.TarFile, folder: Path) -> None:
    """Unpacks below a folder and nowhere else; Pythons before 3.11.4 have no filter for that."""
    if hasattr(tarfile, "tar_filter"):
        tar.extractall(folder, filter="tar")
        return
    for member in tar.getmembers():
        inside = (folder / member.name).resolve().is_relative_to(folder.resolve())
        if not inside or not (member.isfile() or member.isdir()):
            raise BundleError(f"{PROGRAMS} holds {member.name}, which has no place in it")
    tar.extractall(folder)  # noqa: S202 - each member was looked at


def _load_images(archive: Path, names: list[str]) -> None:
    if not names:
        return
    engine = shutil.which("docker")
    if engine is None or _run([engine, "version"]):
        print("no container engine answers: the images stay in the bundle", file=sys.stderr)
        return
    if not any(_run([engine, "image", "inspect", name]) for name in names):
        return
    print(f"loading {len(names)} images into the container engine", file=sys.stderr)
    whole = archive.with_suffix("")
    with gzip.open(archive) as packed, whole.open("wb") as file:
        shutil.copyfileobj(packed, file, _BLOCK)
    why = _run([engine, "image", "load", f"--input={whole}"])
    if why:
        raise BundleError(f"{engine} does not load the images of the bundle: {why}")


def _install(wheels: Path) -> None:
    """Makes .venv in the current folder, with Weftwork in it."""
    python = Path(".venv/bin/python")
    if not python.exists():
        _must([sys.executable, "-m", "venv", ".venv"])
    source = ["--no-index", f"--find-links={wheels}"]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *source]
    _must([*pip, f"weftwork[{EXTRAS}]"])
    _must([*pip, "--no-deps", "jendobson-greenbutton"])
    print("installed; now: .venv/bin/weftwork network init && .venv/bin/weftwork network up")


def _must(words: list[str]) -> None:
    status = _run(words)
    if status:
        raise BundleError(f"`{' '.join(words)}` failed: {status}")


def _run(words: list[str]) -> str:
    """Runs a program; gives what it said last where it failed, else the empty text."""
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = (found.stderr or found.stdout).strip().splitlines()
    return (lines[-1] if lines else f"exit status {found.returncode}") if found.returncode else ""


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "weftwork"


def machine() -> str:
    """This machine as wheels are chosen for it, e.g. `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
