"""Which process a pid means: pids are used again, so a pid alone never tells whom to signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()
# Place of the start time in /proc/PID/stat, counted after the command's closing parenthesis.
_STATE, _START = 0, 19


def birth(pid: int) -> str | None:
    """What tells this process from every other that has had or will have its pid.

    Returns:
        The boot and the start time, or None when no such process runs (a zombie does not).
    """
    if _HAS_PROC:
        fields = _stat(pid)
        if fields is None or fields[_STATE] in "ZX":
            return None
        return f"{_boot()}:{fields[_START]}"
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    status, _, started = found.stdout.strip().partition(" ")
    return started.strip() if started and not status.startswith("Z") else None


def is_running(pid: int, born: str) -> bool:
    """Whether the process that was seen with this pid still runs."""
    return birth(pid) == born


def send_signal(pid: int, born: str, number: signal.Signals) -> bool:
    """Signals a process if it is still the one that was seen.

    Returns:
        False when it is gone, whoever has its pid now.
    """
    if sys.platform != "linux":
        if not is_running(pid, born):
            return False
        return _kill(pid, number)
    try:
        # A pidfd stays with its process: the pid cannot pass to another between look and signal.
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    except OSError:
        return is_running(pid, born) and _kill(pid, number)
    try:
        if not is_running(pid, born):
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)


def marked_processes(variable: str) -> Iterator[tuple[int, str]]:
    """The processes of this user that were started with a variable, each with its value.

    Only where /proc tells environments (Linux); elsewhere there is nothing to find.
    """
    if not _HAS_PROC:
        return
    prefix = f"{variable}=".encode()
    for entry in _PROC.glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        for line in environment.split(b"\0"):
            if line.startswith(prefix):
                yield int(entry.name), line[len(prefix) :].decode(errors="replace")


def commands() -> Iterator[tuple[int, list[str]]]:
    """Every process that runs, with the words it was started by; none where /proc is missing."""
    for entry in _PROC.glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        yield int(entry.name), [word.decode(errors="replace") for word in words]


def resident_bytes(pid: int) -> int | None:
    """Memory the process holds, or None where that is not told."""
    try:
        pages = (_PROC / str(pid) / "statm").read_text().split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The command's name may hold spaces and parentheses itself: its end is the last one.
    return text.rpartition(")")[2].split()


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _kill(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
