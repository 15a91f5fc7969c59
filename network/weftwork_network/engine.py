"""The container engine, spoken to by its own command line.

The command and not a library: it follows the user's contexts, rootless sockets and remote engines
as the user has set them up, and is there wherever the engine is.
"""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from weftwork_network.errors import EngineError

_ANSWER_TIMEOUT = 10.0
_TRIES = 8
_PAUSE = 0.25
_NO_COMPOSE = (
    "neither `docker compose` nor `docker-compose` is here; install either "
    "(Debian: apt-get install docker-compose)"
)
PROJECT_LABEL = "com.docker.compose.project"


@dataclass(frozen=True)
class Container:
    """A container as the engine knows it.

    Attributes:
        name: its name.
        id: the engine's id.
        pid: of its first process on the engine's machine; 0 when it does not run.
        running: whether it runs; not while the engine waits to start it once more.
        started: when it was last started, as the engine writes it.
        exit_code: how it ended, when it does not run.
        health: what its health check says: `healthy`, `unhealthy`, `starting` or nothing.
    """

    name: str
    id: str
    pid: int
    running: bool
    started: str
    exit_code: int
    health: str

    @property
    def begun(self) -> bool:
        """Whether it has ever run."""
        return not self.started.startswith("0001-")


class _Health(msgspec.Struct):
    status: str = msgspec.field(name="Status", default="")


class _State(msgspec.Struct):
    running: bool = msgspec.field(name="Running")
    restarting: bool = msgspec.field(name="Restarting", default=False)
    pid: int = msgspec.field(name="Pid", default=0)
    exit_code: int = msgspec.field(name="ExitCode", default=0)
    started: str = msgspec.field(name="StartedAt", default="")
    health: _Health | None = msgspec.field(name="Health", default=None)


class _Described(msgspec.Struct):
    """What the engine says of a container, as far as it is read here."""

    id: str = msgspec.field(name="Id")
    name: str = msgspec.field(name="Name")
    state: _State = msgspec.field(name="State")


class Engine:
    """A container engine that answers, and the compose program for it."""

    def __init__(self, program: str, version: str, compose: Sequence[str]) -> None:
        self.program = program
        self.version = version
        self._compose = tuple(compose)

    def __str__(self) -> str:
        return f"{Path(self.program).name} {self.version}"

    @property
    def compose_program(self) -> tuple[str, ...]:
        """The words that begin every call of compose; none where no compose program is here."""
        return self._compose

    @property
    def has_compose(self) -> bool:
        """Whether a compose program is here."""
        return bool(self._compose)

    def run(self, *words: str, timeout: float = 120.0) -> str:
        """Runs a command of the engine; gives what it printed.

        Raises:
            EngineError: it failed or took too long.
        """
        return _run([self.program, *words], timeout)

    def compose(self, file: Path, *words: str, timeout: float = 300.0) -> str:
        """Runs compose on a file.

        Raises:
            EngineError: there is no compose program, or it failed.
        """
        if not self._compose:
            raise EngineError(_NO_COMPOSE)
        return _run([*self._compose, "--file", str(file), *words], timeout)

    def compose_lines(self, file: Path, *words: str) -> Iterator[str]:
        """Runs compose and gives each line as it comes, until the caller stops asking.

        Raises:
            EngineError: there is no compose program.
        """
        if not self._compose:
            raise EngineError(_NO_COMPOSE)
        process = subprocess.Popen(
            [*self._compose, "--file", str(file), *words], stdout=subprocess.PIPE, text=True
        )
        try:
            for line in process.stdout or ():
                yield line.rstrip("\n")
        finally:
            process.terminate()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def has_image(self, image: str) -> bool:
        """Whether the engine holds an image.

        Raises:
            EngineError: the engine does not answer.
        """
        return self._has("image", image)

    def has_volume(self, volume: str) -> bool:
        """Whether the engine holds a volume.

        Raises:
            EngineError: the engine does not answer.
        """
        return self._has("volume", volume)

    def volumes(self, project: str) -> set[str]:
        """The names of a project's volumes.

        Raises:
            EngineError: the engine does not answer.
        """
        return set(self._ids("volume", "ls", project=project))

    def containers(self, project: str) -> list[Container]:
        """Every container of a project, running or not.

        Raises:
            EngineError: the engine does not answer.
        """
        ids = self._ids("container", "ls", "--all", project=project)
        return self.described(ids) if ids else []

    def described(self, names: Sequence[str]) -> list[Container]:
        """Those of some containers that there are, running or not.

        Raises:
            EngineError: the engine does not answer.
        """
        words = [self.program, "container", "inspect", *names]
        # One that is missing makes the command fail; what it prints of the others is whole.
        found = subprocess.run(words, capture_output=True, text=True, check=False)
        try:
            described = msgspec.json.decode(found.stdout, type=list[_Described])
        except ValueError:
            raise EngineError(f"{self} does not answer: {_last(found.stderr)}") from None
        if not described and found.returncode and "no such" not in found.stderr.lower():
            raise EngineError(f"{self} does not answer: {_last(found.stderr)}")
        return [_container(each) for each in described]

    def logs(self, container: str, *, tail: int | None = None, since: str = "") -> str:
        """What a container has written, both streams, in the engine's order.

        Raises:
            EngineError: there is no such container.
        """
        words = ["container", "logs", *([f"--tail={tail}"] if tail is not None else [])]
        words += [f"--since={since}"] if since else []
        return _run([self.program, *words, container], 60.0, both=True)

    def remove_project(self, project: str) -> None:
        """Removes a project's containers and networks; its volumes stay.

        Raises:
            EngineError: a container cannot be removed.
        """
        containers = self._ids("container", "ls", "--all", project=project)
        if containers:
            self.run("container", "rm", "--force", *containers)
        for left in reversed(range(_TRIES)):
            networks = self._ids("network", "ls", project=project)
            if not networks:
                return
            try:
                self.run("network", "rm", *networks)
            except EngineError:
                # A busy engine still counts containers that it has removed already. When it goes
                # on doing so, an empty network that stays does no harm.
                if not left:
                    return
                time.sleep(_PAUSE)
                self._disconnect(networks)

    def remove_volumes(self, project: str) -> list[str]:
        """Removes a project's volumes; gives their names.

        Raises:
            EngineError: the engine refuses, or a container still uses one.
        """
        volumes = sorted(self.volumes(project))
        if volumes:
            self.run("volume", "rm", *volumes)
        return volumes

    def _has(self, kind: str, name: str) -> bool:
        try:
            self.run(kind, "inspect", name)
        except EngineError as error:
            if "no such" in str(error).lower():
                return False
            raise
        return True

    def _disconnect(self, networks: Sequence[str]) -> None:
        """Takes from networks what is left in them of containers that are gone."""
        form = "{{range .Containers}}{{.Name}} {{end}}"
        for network in networks:
            with contextlib.suppress(EngineError):
                for name in self.run("network", "inspect", f"--format={form}", network).split():
                    self.run("network", "disconnect", "--force", network, name)

    def _ids(self, *words: str, project: str) -> list[str]:
        return self.run(*words, "--quiet", "--filter", f"label={PROJECT_LABEL}={project}").split()


def find_engine() -> Engine | str:
    """The engine of this machine, or in words why there is none."""
    program = shutil.which("docker")
    if program is None:
        return "no docker here"
    try:
        version = _run(
            [program, "version", "--format", "{{.Server.Version}}"], _ANSWER_TIMEOUT
        ).strip()
    except EngineError as error:
        return f"docker does not answer ({str(error).partition(' failed: ')[2] or error})"
    return Engine(program, version, _find_compose(program))


def need_engine(*, compose: bool = False) -> Engine:
    """The engine of this machine.

    Args:
        compose: whether a compose program is needed too.

    Raises:
        EngineError: there is none, or it does not answer.
    """
    found = find_engine()
    if isinstance(found, Engine):
        if compose and not found.has_compose:
            raise EngineError(_NO_COMPOSE)
        return found
    raise EngineError(f"no container engine: {found}; start it, then try again")


def _find_compose(program: str) -> list[str]:
    """The compose program: the engine's own word for it, else the older program."""
    try:
        _run([program, "compose", "version"], _ANSWER_TIMEOUT)
        return [program, "compose"]
    except EngineError:
        older = shutil.which("docker-compose")
        return [older] if older else []


def _run(words: Sequence[str], timeout: float, *, both: bool = False) -> str:
    try:
        found = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if both else subprocess.PIPE,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"`{_shown(words)}` has not answered within {timeout:.0f} s; is the engine well?"
        ) from None
    except OSError as error:
        raise EngineError(f"cannot run {words[0]}: {error.strerror}") from error
    if found.returncode:
        raise EngineError(f"`{_shown(words)}` failed: {_last(found.stderr or found.stdout)}")
    return found.stdout


def _shown(words: Sequence[str]) -> str:
    """A command short enough for one line."""
    named = [Path(words[0]).name, *words[1:]]
    return " ".join(named[:6]) + (" …" if len(named) > 6 else "")


def _last(said: str) -> str:
    """What a program said of its failure: its last line about an error, else its last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no word of why"])[-1]


def _container(described: _Described) -> Container:
    state = described.state
    return Container(
        name=described.name.lstrip("/"),
        id=described.id,
        pid=state.pid,
        running=state.running and not state.restarting,
        started=state.started,
        exit_code=state.exit_code,
        health=state.health.status if state.health is not None else "",
    )
