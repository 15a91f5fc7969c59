"""Log files read as they grow."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_POLL = 0.3


def follow_files(logs: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Each line that is written to files from now on, after the name that the mapping gives."""
    return _written(logs, {name: _size(path) for name, path in logs.items()})


def _written(logs: Mapping[str, Path], places: dict[str, int]) -> Iterator[tuple[str, str]]:
    while True:
        for name, path in logs.items():
            if _size(path) < places[name]:
                places[name] = 0  # the node was started anew, and its log with it
            if _size(path) == places[name]:
                continue
            with path.open("rb") as file:
                file.seek(places[name])
                content = file.read()
            # A line that is still being written waits for its end.
            whole = content[: content.rfind(b"\n") + 1]
            places[name] += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                yield name, line
        time.sleep(_POLL)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
