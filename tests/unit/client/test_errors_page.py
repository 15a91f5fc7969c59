"""docs/errors.md names every error there is, and what else each one is."""

import builtins
import inspect
import re
from pathlib import Path

from weftwork import errors

PAGE = (Path(__file__).resolve().parents[3] / "docs/errors.md").read_text()
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.WeftworkError)
}


def test_every_error_is_on_the_page_and_no_other() -> None:
    named = set(re.findall(r"`(?:weftwork\.)?(\w+Error)\b", PAGE))
    assert named - set(vars(builtins)) == set(KINDS)


def test_what_else_it_is_stands_beside_it() -> None:
    rows = re.findall(r"^\| `(\w+Error)` \|(.*?)\|", PAGE, re.MULTILINE)
    pairs = [(name, other) for name, also in rows for other in re.findall(r"`(\w+)`", also)]
    pairs += re.findall(r"`(\w+Error)` \(`(\w+)`\)", PAGE)
    assert len(pairs) > 12
    for name, other in pairs:
        base = KINDS.get(other) or getattr(builtins, other)
        assert issubclass(KINDS[name], base), f"{name} is no {other}"


def test_the_tree_in_the_docstring_is_whole() -> None:
    tree = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"WeftworkError"}
    assert tree == set(KINDS)
