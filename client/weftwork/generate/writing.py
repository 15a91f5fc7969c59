"""Python text that holds others' words: literals and docstrings nothing can break out of, lines.

Everything is written as ruff's formatter would leave it, at any line length from 88 on.
"""

import textwrap
import unicodedata
from collections.abc import Sequence

WIDTH = 88
"""Longest line that is written where it can be broken, in characters."""

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST_TEXT = 4000


def literal(value: object) -> str:
    """A text, integer, boolean or None as Python writes it."""
    return _text(value) if isinstance(value, str) else repr(value)


def comment(words: str) -> str:
    """Words for a comment: one line, nothing that hides or ends it."""
    return " ".join(_visible(words).split())[:_LONGEST_TEXT]


def docstring(text: str, indent: str) -> list[str]:
    """The lines of a docstring, wrapped."""
    lines = _wrapped(text, WIDTH - len(indent) - 6) or ["(It says nothing of itself.)"]
    last = lines[-1].rstrip('"')
    quotes = len(lines[-1]) - len(last)
    lines = [_escaped(line) for line in [*lines[:-1], last]]
    lines[-1] += '\\"' * quotes  # a bare one would end the docstring too early
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    rest = [f"{indent}{line}".rstrip() for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *rest, f'{indent}"""']


def called(before: str, items: Sequence[str], after: str, indent: str) -> list[str]:
    """``before(items)after`` in one line, or an item a line where that is too long."""
    whole = f"{indent}{before}{', '.join(items)}{after}"
    if len(whole) <= WIDTH or not items:
        return [whole]
    return [f"{indent}{before}", *(f"{indent}    {item}," for item in items), f"{indent}{after}"]


def _wrapped(text: str, width: int) -> list[str]:
    """Paragraphs wrapped; indented lines, such as code and lists, stay as they are."""
    made: list[str] = []
    raw = textwrap.dedent("\n" + _visible(_undented(text[:_LONGEST_TEXT]))).strip().splitlines()
    paragraph: list[str] = []
    for line in [*raw, ""]:
        if line.strip() and not line.startswith((" ", "- ", "* ", "|", "#")):
            paragraph.append(line.strip())
            continue
        if paragraph:
            made += _filled(" ".join(paragraph), width)
            paragraph = []
        made += [line.rstrip()] if len(line) <= width else _filled(line.strip(), width)
    while made and not made[-1]:
        made.pop()
    return made


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _filled(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _undented(text: str) -> str:
    """A docstring without its lines' common indent, which does not count the first line."""
    first, newline, rest = text.expandtabs().partition("\n")
    return first + newline + textwrap.dedent(rest)


def _visible(text: str) -> str:
    """Without characters that do not show, or that show text in another order than it is read."""
    return "".join(
        char if char == "\n" or unicodedata.category(char) not in _INVISIBLE else "�"
        for char in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def _text(value: str) -> str:
    # The quotes that need fewer escapes, as the formatter has it.
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_character(char, quote) for char in value) + quote


def _character(char: str, quote: str) -> str:
    if char == quote:
        return "\\" + char
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char == " " or char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
