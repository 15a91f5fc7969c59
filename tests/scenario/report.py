"""What became of the scenarios: behave's report counted, shown as a table, judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Counts = dict[str, Counter[str]]
"""By feature: scenarios by what became of them; `failed` is whatever is neither of the others."""


def counted(report: Sequence[Mapping[str, Any]]) -> Counts:
    """The scenarios of a report in behave's JSON."""
    counts: Counts = {}
    for feature in report:
        name = Path(str(feature["location"]).rsplit(":", 1)[0]).stem
        counts[name] = Counter(
            status if status in ("passed", "skipped") else "failed"
            for element in feature.get("elements", [])
            if element["type"] == "scenario"
            for status in [element["status"]]
        )
    return counts


def passed(counts: Counts) -> bool:
    """Whether some have passed and none has failed."""
    total = _total(counts)
    return total["passed"] > 0 and total["failed"] == 0


def tally(counts: Counts) -> str:
    """All in one line."""
    total = _total(counts)
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    return f"{total['passed']} of {sum(total.values())} scenarios passed{skipped}"


def table(found: Mapping[str, Counts]) -> str:
    """A line a feature, three columns a client."""
    names = sorted({name for counts in found.values() for name in counts})
    heads = "".join(f"{f'{client}: passed failed skipped':>30}" for client in found)
    lines = [f"{'feature':<18}{heads}"]
    for name in names:
        cells = ""
        for counts in found.values():
            count = counts.get(name, Counter())
            cells += f"{count['passed']:>15}{count['failed']:>7}{count['skipped']:>8}"
        lines.append(f"{name:<18}{cells}")
    return "\n".join(lines)


def _total(counts: Counts) -> Counter[str]:
    return sum(counts.values(), Counter[str]())
