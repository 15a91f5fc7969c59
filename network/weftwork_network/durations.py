"""Durations as Fabric's files write them: `200ms`, `1m30s`, as Go reads them."""

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]*\.?[0-9]+)(ms|us|µs|ns|h|m|s)")


def seconds(text: str) -> float | None:
    """A duration in seconds; None when it is none."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def plain(text: str) -> str:
    """One form for one duration: `1500ms` and `1.5s` are the same; what is none stays as it is."""
    found = seconds(text)
    if found is None:
        return text
    return f"{found:g}s" if found >= 1 else f"{found * 1000:g}ms"
