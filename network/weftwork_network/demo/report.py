"""What the demo shows: a line a step, or a JSON object a line with --json."""

import json
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from weftwork import WeftworkError
from weftwork.errors import GatewayError
from weftwork.ledger import Transaction


def department(mspid: str) -> str:
    """A department's name as people say it."""
    return mspid.removesuffix("MSP")


class Report:
    """Writes each step as it happens, and remembers who endorsed what."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._console = Console(highlight=False, soft_wrap=True)
        self._number = 0
        self._endorsed: dict[tuple[str, str], dict[frozenset[str], int]] = {}

    def act(self, title: str) -> None:
        """Begin a part of the story."""
        if self._json:
            self._line({"act": title})
        else:
            self._console.print(f"\n[bold]{title}[/bold]")

    def committed(self, what: str, transaction: Transaction) -> None:
        """A step whose transaction is in a block, valid or not, as read back from that block."""
        endorsers = [member.mspid for member in transaction.endorsers]
        code = transaction.code.name
        if code == "VALID":
            name = (transaction.chaincode, transaction.function)
            sets = self._endorsed.setdefault(name, {})
            sets[frozenset(endorsers)] = sets.get(frozenset(endorsers), 0) + 1
        self._number += 1
        if self._json:
            self._line(
                {
                    "step": self._number,
                    "what": what,
                    "block": transaction.block_number,
                    "transaction": transaction.transaction_id,
                    "code": code,
                    "endorsers": endorsers,
                    "function": f"{transaction.chaincode}.{transaction.function}",
                }
            )
            return
        colour = "green" if code == "VALID" else "red"
        line = Text(f"{self._number:3}  {what:<72}")
        line.append(f" block {transaction.block_number:<4}", style="cyan")
        line.append(f" {transaction.transaction_id[:8]} ", style="dim")
        line.append(code, style=colour)
        line.append("  " + ", ".join(map(department, endorsers)), style="dim")
        self._console.print(line)

    def refused(self, what: str, error: WeftworkError) -> None:
        """A step that was refused before it reached a block, with the integrator's own error."""
        self._number += 1
        if self._json:
            refusals = [
                {"department": r.mspid, "address": r.address, "message": r.message}
                for r in (error.refusals if isinstance(error, GatewayError) else ())
            ]
            self._line(
                {
                    "step": self._number,
                    "what": what,
                    "refused": type(error).__name__,
                    "message": str(error),
                    "refusals": refusals,
                }
            )
            return
        line = Text(f"{self._number:3}  {what:<72}")
        line.append(" refused", style="red")
        self._console.print(line)
        for part in f"{type(error).__name__}: {error}".splitlines():
            self._console.print(Text(f"       {part}", style="red"))

    def checked(self, what: str, **facts: object) -> None:
        """Something an authorised client verified for itself, off the chain."""
        self._number += 1
        if self._json:
            self._line({"step": self._number, "what": what, **facts})
        else:
            self._console.print(Text(f"{self._number:3}  {what}"))

    def account(self) -> None:
        """Who endorsed what, counted over the steps that became valid."""
        rows = [
            (".".join(name), sorted(map(department, who)), times)
            for name, sets in self._endorsed.items()
            for who, times in sets.items()
        ]
        if self._json:
            self._line(
                {
                    "endorsed": [
                        {"function": name, "departments": who, "transactions": times}
                        for name, who, times in rows
                    ]
                }
            )
            return
        table = Table("function", "endorsed by", "transactions", title="Who endorsed what")
        table.columns[2].justify = "right"
        for name, who, times in rows:
            table.add_row(name, ", ".join(who), str(times))
        self._console.print()
        self._console.print(table)

    def closing(self, text: str, **facts: object) -> None:
        """The last line."""
        if self._json:
            self._line({"done": True, "what": text, **facts})
        else:
            self._console.print(text)

    def _line(self, content: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def yuan(fen: int) -> str:
    """Money for people: fen as yuan with two places."""
    return f"{fen // 100:,}.{fen % 100:02d} yuan"


def listed(words: Iterable[str]) -> str:
    """A list as people say it: `a, b and c`."""
    *front, last = list(words)
    return f"{', '.join(front)} and {last}" if front else last
