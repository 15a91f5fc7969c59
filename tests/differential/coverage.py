"""What a run has hit on each side: stub operations that worked, refusals, validation codes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.differential.steps import Block, Call, Outcome, Program


@dataclass
class Coverage:
    """Counts of one side."""

    operations: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    codes: Counter[str] = field(default_factory=Counter[str])
    endorsements: Counter[str] = field(default_factory=Counter[str])
    blocks: int = 0

    def answered(self, call: Call, outcome: Outcome) -> None:
        """Counts a call and what its operations gave."""
        self.endorsements["OK" if outcome.ok else outcome.status] += 1
        if outcome.ok:
            self._operations(call.program, outcome.result)
        for _, text in outcome.refusals:
            self.refusals[kind_of(text)] += 1

    def cut(self, block: Block) -> None:
        """Counts a block."""
        self.blocks += 1
        self.codes.update(entry.code for entry in block)
        self.operations["(event)"] += sum(entry.event is not None for entry in block)

    def _operations(self, program: Program, results: Any) -> None:
        if not isinstance(results, list):
            return
        for operation, result in zip(program, results, strict=True):
            name = operation[0] if operation[0] != "raw" else f"raw {operation[1]}"
            if "ok" in result:
                self.operations[name] += 1
                if name == "invoke":
                    self._operations(operation[2], result["ok"][2])
            else:
                self.operations[f"{name} (refused)"] += 1
                self.refusals[kind_of(result["error"])] += 1


def kind_of(text: str) -> str:
    """The kind of a refusal: the runtime's name for it, which stands before the colon."""
    head, _, rest = text.partition("chaincode response ")
    if rest:
        return rest.partition(", ")[2].partition(":")[0]
    return head.partition(":")[0]


def table(sides: dict[str, Coverage]) -> str:
    """A table for people: each count, side by side."""
    lines = [f"{'':36}" + "".join(f"{name:>10}" for name in sides)]
    lines.append(f"{'blocks':36}" + "".join(f"{each.blocks:10}" for each in sides.values()))
    for what in ("endorsements", "codes", "operations", "refusals"):
        lines.append(f"-- {what}")
        counts = [getattr(each, what) for each in sides.values()]
        for key in sorted(set().union(*counts)):
            lines.append(f"{key[:35]:36}" + "".join(f"{count[key]:10}" for count in counts))
    return "\n".join(lines)
