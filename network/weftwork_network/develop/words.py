"""What the developer reads: what is served, what does not load and where, what the code prints."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from weftwork_network.faults import one_line, shown


class Words:
    """Lines on the developer's terminal, red where something is wrong."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._wrong = False

    def say(self, text: str) -> None:
        """Something that is as it should be."""
        self._console.print(Text(text))

    def wrong(self, text: str) -> None:
        """Something that is not."""
        self._console.print(Text(text, style="bold red"))

    def failure(self, failed: Mapping[str, Any]) -> None:
        """Why code does not load: `file:line: error`, and what stands there."""
        where = failed["file"]
        place = f"{shown(Path(where))}:{failed['line']}: " if where else ""
        self.wrong(f"{place}{one_line(failed['error'])}")
        if failed["source"]:
            self._console.print(Text(f"    {one_line(failed['source'])}"))

    def logged(self, department: str, line: str) -> None:
        """A line that the served code printed or logged; what went wrong in it is red."""
        # What is indented goes on with the line before: where an exception was raised.
        self._wrong = " ERROR " in line or (self._wrong and line.startswith(" "))
        style = "red" if self._wrong else "dim"
        self._console.print(Text(f"{department} | {one_line(line)}", style=style))
