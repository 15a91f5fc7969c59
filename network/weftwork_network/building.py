"""Programs built from the pinned Go modules, telling what is done meanwhile."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from weftwork_network import stock_config
from weftwork_network.errors import ProgramError
from weftwork_network.golang import find_go
from weftwork_network.progress import Progress
from weftwork_network.releases import Release
from weftwork_network.state import write_json


class Manifest(msgspec.Struct, frozen=True):
    """What a build left in the cache, so that half of one is not taken for the whole.

    Attributes:
        version: the release's version.
        sizes: bytes by program.
    """

    version: str
    sizes: dict[str, int]


def build(release: Release, progress: Progress) -> Path:
    """Builds a release.

    Returns:
        A folder beside the release's place in the cache, to be moved there: `bin`, `config` and
        a manifest.

    Raises:
        ProgramError: with the last lines of what Go said.
    """
    release.cache.parent.mkdir(parents=True, exist_ok=True)
    if release.needs_c:
        _check_compiler(release)
    go = find_go(release.minimum_go, progress)
    progress.say(f"building {release} from its Go modules: one to three minutes, once")
    made = Path(tempfile.mkdtemp(dir=release.cache.parent, prefix=f".{release.cache.name}."))
    try:
        _Build(release, go, made, progress).run()
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return made


def _check_compiler(release: Release) -> None:
    named = os.environ.get("CC", "").split()
    # Without CC Go takes gcc, or clang on macOS.
    if not any(shutil.which(name) for name in named or ("gcc", "clang")):
        raise ProgramError(
            f"{release} needs a C compiler to be built (its database is SQLite) and there is "
            f"none here: install gcc, or put {' and '.join(release.programs)} {release.line}.x "
            "on PATH"
        )


def _has_static_libc() -> bool:
    """Whether the C compiler can link without the machine's libraries: on Debian it always can."""
    compiler = (os.environ.get("CC", "").split() or ["gcc"])[0]
    try:
        words = [compiler, "-print-file-name=libc.a"]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return False
    # A compiler that does not find the file gives back the bare name.
    return sys.platform.startswith("linux") and Path(found.stdout.strip()).is_absolute()


class _Build:
    def __init__(self, release: Release, go: Path, made: Path, progress: Progress) -> None:
        self._release = release
        self._go = go
        self._made = made
        self._progress = progress
        # A copy: the installed package's folder may not be writable, and Go may want to write.
        self._module = made / "module"
        self._packages = [f"{release.source}/cmd/{name}" for name in release.programs]

    def run(self) -> None:
        started = time.perf_counter()
        self._module.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copy(self._release.module / name, self._module / name)
        self._download()
        self._compile()
        self._configuration()
        shutil.rmtree(self._module)
        folder = self._made / "bin"
        sizes = {name: (folder / name).stat().st_size for name in self._release.programs}
        manifest = Manifest(version=self._release.version, sizes=sizes)
        write_json(self._made / "manifest.json", msgspec.to_builtins(manifest))
        os.chmod(self._made, 0o755)  # noqa: S103 - a cache may be shared; it holds no secret
        seconds = time.perf_counter() - started
        self._progress.say(f"{self._release} built in {seconds:.0f} s")

    def _download(self) -> None:
        count = 0

        def show(line: str) -> None:
            nonlocal count
            if line.startswith("go: downloading"):
                count += 1
                self._progress.doing(f"downloading module {count}: {line.split()[2]}")

        self._progress.doing("downloading modules")
        self._run(["list", "-deps", *self._packages], show)

    def _compile(self) -> None:
        total = len(self._run(["list", "-deps", *self._packages], lambda _: None))
        done = 0

        def show(line: str) -> None:
            nonlocal done
            if " " not in line:
                done += 1
                self._progress.doing(f"compiling package {done} of at most {total}: {line}")

        flags = f"-s -w -X {self._release.version_variable}={self._release.version}"
        tags: list[str] = []
        if self._release.needs_c and _has_static_libc():
            # Static as Go alone would make it, so that it runs in an image that holds nothing else.
            flags += " -linkmode external -extldflags -static"
            tags = ["-tags", "osusergo netgo sqlite_omit_load_extension"]
        target = self._made / "bin"
        target.mkdir()
        self._progress.doing(f"compiling at most {total} packages")
        self._run(
            [
                "build",
                "-v",
                "-trimpath",
                *tags,
                "-ldflags",
                flags,
                "-o",
                f"{target}/",
                *self._packages,
            ],
            show,
        )

    def _configuration(self) -> None:
        words = ["list", "-m", "-f", "{{.Dir}}", self._release.source]
        found = self._run(words, lambda _: None)
        target = self._made / "config"
        target.mkdir()
        for name in self._release.config_files:
            # Go's module cache is read-only; a plain copy of the content is not.
            (target / name).write_bytes((Path(found[-1]) / "sampleconfig" / name).read_bytes())
        if self._release.config_files and not self._release.empty_counts:
            stock_config.edit(target)

    def _run(self, words: Sequence[str], show: Callable[[str], None]) -> list[str]:
        """Runs Go; shows its messages as they come; returns the lines of its output."""
        environment = {
            **{name: value for name, value in os.environ.items() if name != "GOFLAGS"},
            "CGO_ENABLED": "1" if self._release.needs_c else "0",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOFLAGS": "-mod=readonly -buildvcs=false",
        }
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                [self._go, *words],
                cwd=self._module,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C reaches this program first, which then ends Go
            )
            said = self._follow(process, show)
            if process.returncode:
                detail = "\n".join(f"    {line}" for line in said)
                raise ProgramError(
                    f"`go {words[0]}` failed while {self._release} was built; "
                    f"is the Go module proxy reachable (go env GOPROXY)?\n{detail}"
                )
            output.seek(0)
            return output.read().splitlines()

    def _follow(self, process: subprocess.Popen[str], show: Callable[[str], None]) -> list[str]:
        """Shows what a program says until it ends; gives its last lines."""
        said: list[str] = []
        try:
            for line in process.stderr or ():
                said = [*said[-9:], line.rstrip()]
                show(line.rstrip())
            process.wait()
        except BaseException:
            _end_group(process)
            raise
        finally:
            if process.stderr:
                process.stderr.close()
        return said


def _end_group(process: subprocess.Popen[str]) -> None:
    """Ends Go and the compilers it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 15)
    process.wait()
