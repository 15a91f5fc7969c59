"""One file with all that a site without a network needs: wheels, Fabric's programs, images.

It holds its own installer, `install.py`, and the checksum of everything in it. What is packed of
Python packages is what is installed here, version by version: that is what was tried.
"""

import hashlib
import io
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec

from weftwork_network.engine import Engine, find_engine
from weftwork_network.errors import BundleError
from weftwork_network.faults import shown
from weftwork_network.image_names import image_names
from weftwork_network.images import build_network_images
from weftwork_network.node_images import container_tool
from weftwork_network.packages import make_packages
from weftwork_network.programs import pinned_programs
from weftwork_network.progress import Progress
from weftwork_network.releases import CA_RELEASE, RELEASES, data_folder
from weftwork_network.topology import Topology

SUMS = "SHA256SUMS"
EXTRAS = "network,ca,metrics"

# What pip itself needs to make an environment and to install a checkout into it.
_BUILD = ("pip", "hatchling", "editables")
# The demo's real year of meter readings, without what it would like to have beside it.
_READINGS = "jendobson-greenbutton==0.0.1"
_BLOCK = 1 << 20
_FAST = 1


@dataclass(frozen=True)
class Bundle:
    """A bundle that was made.

    Attributes:
        file: where it is.
        size: bytes.
        sha256: of the whole file, to be told to its receiver by another way.
        wheels: how many packages it holds.
        programs: the releases of Fabric's programs.
        images: the images, none where no engine answered.
        without_images: why there are none, in words.
    """

    file: Path
    size: int
    sha256: str
    wheels: int
    programs: tuple[str, ...]
    images: tuple[str, ...]
    without_images: str = ""


class _Direct(msgspec.Struct):
    """Where an installed package came from, as pip notes it."""

    url: str = ""


def make_bundle(topology: Topology, folder: Path, file: Path, progress: Progress) -> Bundle:
    """Packs what the network of a folder needs on a machine like this one.

    Args:
        topology: the network.
        folder: the project folder.
        file: the bundle's file, which appears whole or not at all.
        progress: takes what there is to say meanwhile.

    Raises:
        BundleError: something cannot be packed.
        ImageError: an image cannot be built.
        ProgramError: Fabric's programs cannot be had.
    """
    releases = [RELEASES[topology.fabric], *([CA_RELEASE] if topology.authorities else [])]
    caches = [pinned_programs(release, progress).folder.parent for release in releases]
    engine = find_engine()
    images: list[str] = []
    if isinstance(engine, Engine):
        build_network_images(topology, folder, progress)
        caches.append(container_tool(progress).parent)
        names = image_names(topology)
        packages = make_packages(topology, folder)
        images = [*names.base, *(names.chaincode(p.name, p.code_sha256) for p in packages)]
    with tempfile.TemporaryDirectory(prefix="weftwork-bundle-") as made:
        place = Path(made)
        progress.doing("gathering wheels")
        _gather_wheels(place / "wheels")
        progress.doing("packing Fabric's programs")
        _pack_programs(place / "programs.tar.gz", caches)
        if isinstance(engine, Engine):
            progress.doing(f"packing {len(images)} images")
            _pack_images(place / "images.tar.gz", engine, images)
        description = {
            "weftwork": metadata.version("weftwork"),
            "python": ".".join(platform.python_version_tuple()[:2]),
            "machine": f"{sys.platform}-{platform.machine()}",
            "programs": [str(release) for release in releases],
            "images": images,
        }
        (place / "bundle.json").write_text(json.dumps(description, indent=1) + "\n")
        shutil.copy(data_folder() / "bundle" / "install.py", place)
        progress.doing("writing the bundle")
        _write(place, file)
    with file.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    return Bundle(
        file=file,
        size=file.stat().st_size,
        sha256=digest,
        wheels=sum(name.startswith("wheels/") for name in _names(file)),
        programs=tuple(map(str, releases)),
        images=tuple(images),
        without_images="" if isinstance(engine, Engine) else engine,
    )


def _gather_wheels(folder: Path) -> None:
    folder.mkdir()
    own = _own_wheel(folder)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        held = {each.name: each.version for each in metadata.distributions()}
        # Those that can be had by name and version alone: not this package itself, whose file is
        # here, nor what is needed only to build it.
        free = {"weftwork", *_BUILD}
        lines = [f"{name}=={version}\n" for name, version in held.items() if name not in free]
        pins.writelines(sorted(lines))
        pins.flush()
        words = ["download", "--only-binary=:all:", f"--dest={folder}", f"--constraint={pins.name}"]
        _pip([*words, f"{own}[{EXTRAS}]", *_BUILD])
    _pip(["wheel", "--no-deps", f"--wheel-dir={folder}", _READINGS])


def _own_wheel(folder: Path) -> Path:
    """This package as a wheel: built from its checkout, else packed again from its files."""
    distribution = metadata.distribution("weftwork")
    noted = distribution.read_text("direct_url.json")
    direct = msgspec.json.decode(noted, type=_Direct) if noted else _Direct()
    checkout = Path(direct.url.removeprefix("file://"))
    if direct.url.startswith("file://") and (checkout / "pyproject.toml").is_file():
        _pip(["wheel", "--no-deps", f"--wheel-dir={folder}", str(checkout)])
        return next(folder.glob("weftwork-*.whl"))
    wheel = folder / f"weftwork-{distribution.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in distribution.files or ():
            # Commands are made anew at every installation, and so is what Python compiles.
            if ".." not in name.parts and name.suffix != ".pyc" and name.name not in _NOTES:
                packed.write(str(name.locate()), str(name))
    return wheel


# What pip notes of an installation; not part of the package.
_NOTES = ("INSTALLER", "REQUESTED", "direct_url.json")


def _pip(words: Sequence[str]) -> None:
    whole = [sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    found = subprocess.run(whole, capture_output=True, text=True, check=False)
    if found.returncode:
        said = [line for line in found.stderr.splitlines() if line.startswith("ERROR")]
        why = (said or found.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise BundleError(f"the wheels cannot be gathered: {why.removeprefix('ERROR: ')}")


def _pack_programs(file: Path, caches: Iterable[Path]) -> None:
    with tarfile.open(file, "w:gz", compresslevel=_FAST) as tar:
        for cache in caches:
            tar.add(cache, arcname=cache.name, filter=_plain)


def _pack_images(file: Path, engine: Engine, names: Sequence[str]) -> None:
    whole = file.with_suffix("")
    engine.run("image", "save", f"--output={whole}", *names, timeout=600)
    with whole.open("rb") as source:
        _compress(source, file)
    whole.unlink()


def _compress(source: io.BufferedReader, file: Path) -> None:
    import gzip

    # No time of packing and no name: the same images make the same bytes.
    with (
        file.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_FAST, mtime=0) as packed,
    ):
        shutil.copyfileobj(source, packed, _BLOCK)


def _write(place: Path, file: Path) -> None:
    """Writes the bundle; the installer and the checksums first, so that they are found at once."""
    files = sorted(path for path in place.rglob("*") if path.is_file())
    lines: list[str] = []
    for path in files:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(place)}\n")
    (place / SUMS).write_text("".join(lines))
    first = [place / "install.py", place / SUMS]
    partial = file.with_name(f".{file.name}.part")
    try:
        with tarfile.open(partial, "w") as tar:
            for path in [*first, *(path for path in files if path not in first)]:
                tar.add(path, arcname=str(path.relative_to(place)), filter=_plain)
        partial.replace(file)
    except OSError as error:
        raise BundleError(f"{shown(file)} cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def _names(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return tar.getnames()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's file, of no time: what is packed says nothing of who packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member
