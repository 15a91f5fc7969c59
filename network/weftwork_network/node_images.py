"""Images of Fabric's own programs: a static program, its stock configuration, our health check."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from weftwork_network.engine import Engine
from weftwork_network.errors import EngineError, ImageError
from weftwork_network.golang import find_go
from weftwork_network.image_names import (
    BUILDER,
    DATA,
    FABRIC_CONFIG,
    HEALTH,
    USER,
    tool_digest,
    tool_sources,
)
from weftwork_network.programs import Programs
from weftwork_network.progress import Progress
from weftwork_network.releases import CA_SERVER, CONFIG_FILES, cache_folder, data_folder, machine

TOOL = "weftwork-container"
"""The program inside the images: their health check, and the external builder."""

_MINIMUM_GO = (1, 24)

_NODE = """\
FROM scratch
COPY root /
ENV PATH=/usr/bin FABRIC_CFG_PATH={config}
USER {user}:{user}
ENTRYPOINT [{entrypoint}]
"""


def build_node_image(
    engine: Engine, programs: Programs, program: str, name: str, progress: Progress
) -> None:
    """Builds a peer's or an orderer's image.

    Args:
        engine: the engine.
        programs: where the program and its stock configuration are.
        program: `peer` or `orderer`.
        name: what the image is to be called.
        progress: takes what there is to say meanwhile.

    Raises:
        ImageError: it cannot be built, or the program does not run in it.
    """
    peer = program == "peer"
    words = [f"/usr/bin/{program}", *(["node", "start"] if peer else [])]
    with _node_context(words, FABRIC_CONFIG, container_tool(progress)) as root:
        shutil.copy(programs.path(program), root / "usr/bin" / program)
        config = "core.yaml" if peer else "orderer.yaml"
        place = root / FABRIC_CONFIG.lstrip("/")
        place.mkdir(parents=True)
        shutil.copy(programs.config / config, place / config)
        if peer:
            scripts = root / BUILDER.lstrip("/") / "bin"
            scripts.mkdir(parents=True)
            for step in ("detect", "build", "release"):
                (scripts / step).symlink_to(f"/usr/bin/{TOOL}")
        progress.doing(f"building {name}")
        build_image(engine, name, root.parent)
    _try_program(engine, name, programs.path(program), "CGO_ENABLED=0")


def build_authority_image(engine: Engine, program: Path, name: str, progress: Progress) -> None:
    """Builds a Fabric CA's image.

    Args:
        engine: the engine.
        program: fabric-ca-server.
        name: what the image is to be called.
        progress: takes what there is to say meanwhile.

    Raises:
        ImageError: it cannot be built, or the program does not run in it.
    """
    words = [f"/usr/bin/{CA_SERVER}", "start", "--home", DATA]
    with _node_context(words, DATA, container_tool(progress)) as root:
        shutil.copy(program, root / "usr/bin" / CA_SERVER)
        progress.doing(f"building {name}")
        build_image(engine, name, root.parent)
    _try_program(engine, name, program, '-ldflags "-linkmode external -extldflags -static"')


def write_tools(folder: Path, config: Path, progress: Progress) -> None:
    """Writes what images made elsewhere lack, to be mounted into their containers, once.

    What is there is left: running containers have it mounted.

    Args:
        folder: where: our health check and builder, and Fabric's stock configuration in `config`.
        config: where that lies, as pinned here.
        progress: takes what there is to say meanwhile.

    Raises:
        ImageError: the health check cannot be built.
    """
    if folder.exists():
        return
    made = folder.with_name(f".{folder.name}")
    shutil.rmtree(made, ignore_errors=True)
    scripts = made / "builder" / "bin"
    scripts.mkdir(parents=True)
    shutil.copy(container_tool(progress), made / TOOL)
    (made / "health").symlink_to(TOOL)
    for step in ("detect", "build", "release"):
        (scripts / step).symlink_to(f"../../{TOOL}")
    (made / "config").mkdir()
    for name in CONFIG_FILES:
        shutil.copyfile(config / name, made / "config" / name)
    for path in (made, *made.rglob("*")):
        if not path.is_symlink():
            # Whoever runs in the containers reads them; nothing in them is secret.
            path.chmod(0o755 if path.is_dir() or path.name == TOOL else 0o644)
    made.rename(folder)


@contextmanager
def _node_context(entrypoint: Sequence[str], config: str, tool: Path) -> Generator[Path]:
    text = _NODE.format(
        config=config, user=USER, entrypoint=", ".join(f'"{word}"' for word in entrypoint)
    )
    with build_context(text) as root:
        for place in ("usr/bin", "tmp", DATA.lstrip("/")):
            (root / place).mkdir(parents=True)
        # A new volume takes its owner and mode from here, and containers run as who started them.
        (root / DATA.lstrip("/")).chmod(0o777)
        (root / "tmp").chmod(0o1777)
        shutil.copy(tool, root / "usr/bin" / TOOL)
        (root / HEALTH.lstrip("/")).symlink_to(f"/usr/bin/{TOOL}")
        yield root


def _try_program(engine: Engine, name: str, program: Path, how: str) -> None:
    """Runs an image's program once; an image in which it does not run is taken away again."""
    try:
        words = ["run", "--rm", "--network=none", f"--entrypoint=/usr/bin/{program.name}"]
        engine.run(*words, name, "version")
    except EngineError as error:
        engine.run("image", "rm", name)
        raise ImageError(
            f"{program} does not run in an image of its own ({error}); "
            f"it must be a static program for Linux, built with {how}"
        ) from error


def container_tool(progress: Progress) -> Path:
    """The program inside the images, built once a version. Raises ImageError."""
    made = cache_folder() / f"container-{tool_digest()[:12]}-{machine()}" / TOOL
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
def build_context(dockerfile: str) -> Generator[Path]:
    """A build's folder; gives the part that becomes the image's root."""
    with tempfile.TemporaryDirectory(prefix="weftwork-image-") as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile)
        root = Path(folder) / "root"
        root.mkdir(mode=0o755)
        yield root


def build_image(engine: Engine, name: str, context: Path) -> None:
    """Builds what a folder describes. Raises ImageError."""
    try:
        engine.run("image", "build", "--quiet", f"--tag={name}", str(context), timeout=600)
    except EngineError as error:
        raise ImageError(f"image {name} cannot be built: {error}") from error
