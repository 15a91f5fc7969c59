"""Recordings run again in processes under other hash seeds, time zones and locales."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from weftwork_chaincode.replay.differences import Difference, difference
from weftwork_chaincode.replay.recorder import Recorder
from weftwork_chaincode.replay.recording import Recording, ReplayError, read
from weftwork_chaincode.replay.running import Departure

_SECONDS = 300.0
"""How long one variant may take."""

_SET = ("PYTHONHASHSEED", "TZ", "LC_ALL", "LC_TIME", "LC_NUMERIC", "LANG", "LANGUAGE")


@dataclass(frozen=True, slots=True)
class Variant:
    """One environment: what it sets, in place of what the machine has."""

    settings: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        if not self.settings:
            return "another process"
        return " ".join(f"{name}={value}" for name, value in self.settings)


_PLAIN = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}

PLAIN = Variant(())
"""Hash seed 0, UTC and the C locale: what all variants have in common."""

# POSIX zones need no file of the machine; a locale that it lacks is the C one there.
VARIANTS = (
    PLAIN,
    *(
        Variant(settings)
        for settings in (
            (("PYTHONHASHSEED", "1"),),
            (("PYTHONHASHSEED", "2"),),
            (("TZ", "XXX-14"),),
            (("TZ", "XXX+11:30"),),
            (("LC_ALL", "tr_TR.UTF-8"), ("LANG", "de_DE.UTF-8")),
        )
    ),
)
"""What a recording is run under, each a process of its own that differs from the plain one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay found."""

    transactions: int
    """How many were run, in each variant."""

    variants: tuple[Variant, ...]
    differences: tuple[Difference, ...]
    """The first of each transaction and variant; those that the plain variant has too are told
    of once, under it."""

    def check(self) -> None:
        """Raises AssertionError, with every difference in words, where there is one."""
        if self.differences:
            raise AssertionError(f"departments' peers would endorse different results:\n{self}")

    def __str__(self) -> str:
        """Each place that departs, once, and the variants under which it does."""
        places: dict[tuple[str, str, str, int], list[Difference]] = {}
        for each in self.differences:
            place = (each.chaincode, each.function, each.transaction_id, each.message)
            places.setdefault(place, []).append(each)
        lines: list[str] = []
        for found in places.values():
            lines.append(str(found[0]))
            others = [each.variant for each in found[1:] if each.variant != found[0].variant]
            if others:
                lines.append(f"  otherwise again under {', '.join(dict.fromkeys(others))}")
        return "\n".join(lines)


def replay(path: str | Path, variants: Sequence[Variant] = VARIANTS) -> Outcome:
    """Runs a recording under each variant and compares every message of the chaincode.

    Raises:
        ReplayError: the file is no recording, or its contracts cannot be made.
    """
    path = Path(path).resolve()
    recording = read(path)
    most = min(len(variants), os.cpu_count() or 1) or 1
    with ThreadPoolExecutor(most) as pool:
        ran = list(pool.map(partial(_run, path), variants))
    results = list(zip(variants, ran, strict=True))
    plain = [each for variant, departures in results if variant == PLAIN for each in departures]
    found = [
        _difference(recording, variant, departure)
        for variant, departures in results
        for departure in departures
        if variant == PLAIN or departure not in plain
    ]
    # the same of several departments' processes is one
    unique = tuple(dict.fromkeys(found))
    return Outcome(len(recording.transactions), tuple(variants), unique)


@contextmanager
def repeatable(
    handlers: Mapping[str, str] | None = None, variants: Sequence[Variant] = VARIANTS
) -> Generator[Recorder]:
    """Records what runs within, then replays it; AssertionError where anything differs.

    ``handlers`` is as :class:`Recorder` takes it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.jsonl"
        with Recorder(path, handlers) as recorder:
            yield recorder
        replay(path, variants).check()


def _difference(recording: Recording, variant: Variant, departure: Departure) -> Difference:
    transaction = recording.transactions[departure.transaction]
    stream = next(each for each in recording.streams if each.id == transaction.stream)
    return difference(str(variant), stream, transaction, departure.place, departure.said)


def _run(path: Path, variant: Variant) -> list[Departure]:
    kept = {name: value for name, value in os.environ.items() if name not in _SET}
    search = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    environment = kept | _PLAIN | dict(variant.settings) | {"PYTHONPATH": search}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "weftwork_chaincode.replay", str(path)],
            env=environment,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReplayError(f"{path}: under {variant} it did not end in {_SECONDS:.0f} s") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word of it"]
        raise ReplayError(f"{path}: under {variant}: {lines[-1]}")
    return msgspec.json.decode(done.stdout, type=list[Departure])
