"""Container images made with no registry: Fabric's own programs, Python chaincode on Debian."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path

from weftwork_network.debian import python_archive
from weftwork_network.engine import Engine, need_engine
from weftwork_network.errors import EngineError, ImageError
from weftwork_network.image_names import (
    CODE,
    HEALTH,
    PACKAGES,
    USER,
    ImageNames,
    image_names,
    requirements,
)
from weftwork_network.node_images import (
    TOOL,
    build_authority_image,
    build_context,
    build_image,
    build_node_image,
    container_tool,
)
from weftwork_network.packages import Package, make_packages
from weftwork_network.programs import Programs, find_ca_server, find_programs
from weftwork_network.progress import Progress
from weftwork_network.state import write_file
from weftwork_network.topology import Topology

# What a wheel may have been built for: Debian 12 has glibc 2.36.
_GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")

_RUNTIME = """\
FROM {python}
COPY root /
ENV PYTHONPATH={packages} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN python3 -m compileall -q {packages}
USER {user}:{user}
"""
_CHAINCODE = """\
FROM {runtime}
COPY root /
ENV PYTHONPATH={code}:{packages}
USER 0
RUN python3 -m compileall -q {code}
USER {user}:{user}
ENTRYPOINT ["python3", "-m", "weftwork_chaincode"]
"""


def missing_images(engine: Engine, names: ImageNames) -> list[str]:
    """Which of the images that a network needs the engine lacks."""
    return [name for name in names.base if not engine.has_image(name)]


def build_network_images(topology: Topology, folder: Path, progress: Progress) -> list[str]:
    """Builds every image of a network that the engine does not hold.

    Returns:
        What was built.

    Raises:
        EngineError: no engine answers.
        ImageError: an image cannot be built here.
        ProgramError: Fabric's programs cannot be had.
    """
    engine, names = need_engine(), image_names(topology)
    programs = find_programs(topology.fabric, progress)
    built = build_images(engine, programs, names, progress)
    packages = make_packages(topology, folder)
    return built + build_chaincode_images(engine, names, packages)


def build_images(
    engine: Engine, programs: Programs, names: ImageNames, progress: Progress
) -> list[str]:
    """Builds what is missing of the images that do not depend on a network.

    Returns:
        What was built.

    Raises:
        ImageError: something cannot be built here, in words.
    """
    if not sys.platform.startswith("linux"):
        raise ImageError("images are built on Linux; load them here from a machine that has them")
    built: list[str] = []
    for kind in ("peer", "orderer", *(["ca"] if names.ca else [])):
        name = names.of(kind)
        if engine.has_image(name):
            continue
        if kind in names.others:
            pull(engine, name, progress)
        elif kind == "ca":
            build_authority_image(engine, find_ca_server(progress), name, progress)
        else:
            build_node_image(engine, programs, kind, name, progress)
        built.append(name)
    if not engine.has_image(names.runtime):
        if not engine.has_image(names.python):
            archive = python_archive(progress)
            progress.doing(f"loading {names.python}")
            engine.run("image", "import", str(archive), names.python)
            built.append(names.python)
        _build_runtime(engine, names, progress)
        built.append(names.runtime)
    return built


def pull(engine: Engine, name: str, progress: Progress) -> None:
    """Has the engine fetch an image that was made elsewhere.

    Raises:
        ImageError: no registry gives it.
    """
    progress.doing(f"pulling {name}")
    try:
        engine.run("image", "pull", "--quiet", name, timeout=1800)
    except EngineError as error:
        raise ImageError(
            f"image {name} is not here and cannot be pulled: {error}; load it (`docker load`), or "
            "leave `images` out of network.yaml and it is built"
        ) from error


def build_chaincode_images(
    engine: Engine, names: ImageNames, packages: Iterable[Package]
) -> list[str]:
    """Builds the images of chaincodes whose code the engine does not hold yet.

    Args:
        engine: the engine.
        names: what images are called.
        packages: the chaincodes; what is in their packages is served.

    Returns:
        What was built.

    Raises:
        ImageError: an image cannot be built.
    """
    built: list[str] = []
    for package in packages:
        name = names.chaincode(package.name, package.code_sha256)
        if engine.has_image(name):
            continue
        text = _CHAINCODE.format(runtime=names.runtime, code=CODE, packages=PACKAGES, user=USER)
        with build_context(text) as root:
            for path, content in package.files().items():
                write_file(root / CODE.lstrip("/") / path, content)
            build_image(engine, name, root.parent)
        built.append(name)
    return built


def copy_module(module: str, folder: Path, target: Path) -> None:
    """Copies one module, so that it is imported by its full name without its parents' code.

    Raises:
        ImageError: there is no such module, or it is a package.
    """
    spec = _find(module, folder)
    if not spec.origin or spec.submodule_search_locations:
        raise ImageError(f"{module} is a package; name the module that holds the class")
    path = target.joinpath(*module.split("."))
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(spec.origin, path.with_suffix(".py"))


def _find(name: str, folder: Path) -> ModuleSpec:
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        spec = None
    finally:
        sys.path.remove(str(folder))
    if spec is None or not (spec.origin or spec.submodule_search_locations):
        raise ImageError(f"{name} cannot be found: is it installed?")
    return spec


def _build_runtime(engine: Engine, names: ImageNames, progress: Progress) -> None:
    progress.say(f"building {names.runtime}: the packages that chaincode runs on")
    text = _RUNTIME.format(python=names.python, packages=PACKAGES, user=USER)
    with build_context(text) as root:
        target = root / PACKAGES.lstrip("/")
        target.mkdir(parents=True)
        _install_packages(target)
        (root / "usr/bin").mkdir(parents=True)
        shutil.copy(container_tool(progress), root / "usr/bin" / TOOL)
        (root / HEALTH.lstrip("/")).symlink_to(f"/usr/bin/{TOOL}")
        build_image(engine, names.runtime, root.parent)


def _install_packages(target: Path) -> None:
    """The pinned wheels for the image's Python, whatever Python runs here."""
    architecture = os.uname().machine
    platforms = [f"--platform={glibc}_{architecture}" for glibc in _GLIBC]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--no-compile"]
    choice = ["--python-version=3.11", "--implementation=cp", *platforms]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirements())
        file.flush()
        words = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
        words += [*options, *choice, f"--target={target}", f"--requirement={file.name}"]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
    if found.returncode:
        said = (found.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise ImageError(f"the packages of chaincode images cannot be installed: {said}")
