"""Container images made with no registry: Fabric's own programs, Python chaincode on Debian."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path

from weftwork_network.debian import python_archive
from weftwork_network.engine import Engine, need_engine
from weftwork_network.errors import EngineError, ImageError
from weftwork_network.golang import find_go
from weftwork_network.image_names import (
    BUILDER,
    CODE,
    DATA,
    FABRIC_CONFIG,
    HEALTH,
    PACKAGES,
    USER,
    ImageNames,
    image_names,
    requirements,
    tool_digest,
    tool_sources,
)
from weftwork_network.packages import Package, make_packages
from weftwork_network.programs import Programs, find_programs
from weftwork_network.progress import Progress
from weftwork_network.releases import cache_folder, data_folder, machine
from weftwork_network.topology import Topology

_MINIMUM_GO = (1, 24)
_TOOL = "weftwork-container"
# What a wheel may have been built for: Debian 12 has glibc 2.36.
_GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
_RUNTIME_PACKAGES = ("weftwork_chaincode", "weftwork_model", "weftwork_protos")

_NODE = """\
FROM scratch
COPY root /
ENV PATH=/usr/bin FABRIC_CFG_PATH={config}
USER {user}:{user}
ENTRYPOINT [{entrypoint}]
"""
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
    engine = need_engine()
    programs = find_programs(topology.fabric, progress)
    built = build_images(engine, programs, topology.fabric, progress)
    names, packages = image_names(topology.fabric), make_packages(topology, folder)
    return built + build_chaincode_images(engine, names, packages, folder)


def build_images(engine: Engine, programs: Programs, line: str, progress: Progress) -> list[str]:
    """Builds what is missing of the images that do not depend on a network.

    Returns:
        What was built.

    Raises:
        ImageError: something cannot be built here, in words.
    """
    if not sys.platform.startswith("linux"):
        raise ImageError("images are built on Linux; load them here from a machine that has them")
    names = image_names(line)
    built: list[str] = []
    for program, name in (("peer", names.peer), ("orderer", names.orderer)):
        if not engine.has_image(name):
            _build_node(engine, programs, program, name, progress)
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


def build_chaincode_images(
    engine: Engine, names: ImageNames, packages: Iterable[Package], folder: Path
) -> list[str]:
    """Builds the images of chaincodes whose code the engine does not hold yet.

    Args:
        engine: the engine.
        names: what images are called.
        packages: the chaincodes.
        folder: the project folder, where a contract of the project's own may lie.

    Returns:
        What was built.

    Raises:
        ImageError: an image cannot be built.
    """
    built: list[str] = []
    for package in packages:
        name = names.chaincode(package)
        if engine.has_image(name):
            continue
        top = top_package(package.chaincode.contract)
        text = _CHAINCODE.format(runtime=names.runtime, code=CODE, packages=PACKAGES, user=USER)
        with _context(text) as root:
            for each in sorted({top, *_RUNTIME_PACKAGES}):
                copy_package(each, folder, root / CODE.lstrip("/"))
            _build(engine, name, root.parent)
        built.append(name)
    return built


def top_package(contract: str) -> str:
    """The package that a contract's code is all in."""
    return contract.partition(":")[0].partition(".")[0]


def copy_package(package: str, folder: Path, target: Path) -> None:
    """Copies an importable package's files: the same from a checkout and from a wheel.

    Args:
        package: its name.
        folder: the project folder, where it may lie.
        target: where the package is to be found.

    Raises:
        ImageError: there is no such package.
    """
    spec = _find(package, folder)
    target.mkdir(parents=True, exist_ok=True)
    if not spec.submodule_search_locations:
        shutil.copy(str(spec.origin), target)
        return
    for place in spec.submodule_search_locations:
        shutil.copytree(
            place,
            target / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
            dirs_exist_ok=True,
        )


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


def _build_node(
    engine: Engine, programs: Programs, program: str, name: str, progress: Progress
) -> None:
    tool = _container_tool(progress)
    progress.doing(f"building {name}")
    words = [f"/usr/bin/{program}", *(["node", "start"] if program == "peer" else [])]
    text = _NODE.format(
        config=FABRIC_CONFIG,
        user=USER,
        entrypoint=", ".join(f'"{word}"' for word in words),
    )
    with _context(text) as root:
        for place in ("usr/bin", "tmp", DATA.lstrip("/"), FABRIC_CONFIG.lstrip("/")):
            (root / place).mkdir(parents=True)
        # A new volume takes its owner and mode from here, and containers run as who started them.
        (root / DATA.lstrip("/")).chmod(0o777)
        (root / "tmp").chmod(0o1777)
        shutil.copy(programs.path(program), root / "usr/bin" / program)
        shutil.copy(tool, root / "usr/bin" / _TOOL)
        (root / HEALTH.lstrip("/")).symlink_to(f"/usr/bin/{_TOOL}")
        config = "core.yaml" if program == "peer" else "orderer.yaml"
        shutil.copy(programs.config / config, root / FABRIC_CONFIG.lstrip("/") / config)
        if program == "peer":
            scripts = root / BUILDER.lstrip("/") / "bin"
            scripts.mkdir(parents=True)
            for step in ("detect", "build", "release"):
                (scripts / step).symlink_to(f"/usr/bin/{_TOOL}")
        _build(engine, name, root.parent)
    try:
        words = ["run", "--rm", "--network=none", f"--entrypoint=/usr/bin/{program}"]
        engine.run(*words, name, "version")
    except EngineError as error:
        engine.run("image", "rm", name)
        raise ImageError(
            f"{programs.path(program)} does not run in an image of its own ({error}); "
            "it must be a static program for Linux, built with CGO_ENABLED=0"
        ) from error


def _build_runtime(engine: Engine, names: ImageNames, progress: Progress) -> None:
    progress.say(f"building {names.runtime}: the packages that chaincode runs on")
    text = _RUNTIME.format(python=names.python, packages=PACKAGES, user=USER)
    with _context(text) as root:
        target = root / PACKAGES.lstrip("/")
        target.mkdir(parents=True)
        _install_packages(target)
        (root / "usr/bin").mkdir(parents=True)
        shutil.copy(_container_tool(progress), root / "usr/bin" / _TOOL)
        (root / HEALTH.lstrip("/")).symlink_to(f"/usr/bin/{_TOOL}")
        _build(engine, names.runtime, root.parent)


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


def _container_tool(progress: Progress) -> Path:
    """The program inside the images, built once a version."""
    made = cache_folder() / f"container-{tool_digest()[:12]}-{machine()}" / _TOOL
    if made.exists():
        return made
    go = find_go(_MINIMUM_GO, progress)
    progress.say("building the images' health check and chaincode builder: half a minute, once")
    made.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-buildvcs=false",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in tool_sources():
            shutil.copy(data_folder() / "container" / name, folder)
        partial = made.with_suffix(".part")
        words = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(partial), "."]
        found = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if found.returncode:
            raise ImageError(f"the images' own program cannot be built: {found.stderr.strip()}")
        partial.replace(made)
    return made


@contextmanager
def _context(dockerfile: str) -> Generator[Path]:
    """A build's folder; gives the part that becomes the image's root."""
    with tempfile.TemporaryDirectory(prefix="weftwork-image-") as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile)
        root = Path(folder) / "root"
        root.mkdir(mode=0o755)
        yield root


def _build(engine: Engine, name: str, context: Path) -> None:
    try:
        engine.run("image", "build", "--quiet", f"--tag={name}", str(context), timeout=600)
    except EngineError as error:
        raise ImageError(f"image {name} cannot be built: {error}") from error
