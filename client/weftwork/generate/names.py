"""Names from metadata made into names of Python: safe, unlike one another, as Python spells them.

Metadata is other people's text. Whatever it says, what comes out is a plain identifier.
"""

import keyword
import re
import unicodedata
from collections.abc import Iterable

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SOFT = frozenset({"match", "case", "type", "_"})
_LONGEST = 50


def snake(text: str, otherwise: str) -> str:
    """As functions, parameters and fields are named: ``CreateAsset`` is ``create_asset``."""
    made = "_".join(word.lower() for word in _words(text))
    return _identifier(made, otherwise)


def pascal(text: str, otherwise: str) -> str:
    """As classes are named: ``org.example.notes`` is ``OrgExampleNotes``."""
    made = _identifier("".join(word[:1].upper() + word[1:] for word in _words(text)), otherwise)
    # A script without capitals: no class may be called as a field or a parameter can be.
    return made if made[:1].isupper() else f"{otherwise}{made}"


def is_name(text: str) -> bool:
    """Whether a text is a name that Python takes as it stands."""
    plain = unicodedata.normalize("NFKC", text) == text and not text.startswith("__")
    return plain and text.isidentifier() and not keyword.iskeyword(text)


class Names:
    """The names of one scope; each is given once.

    Args:
        taken: what no name may be.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def give(self, wanted: str) -> str:
        """``wanted``, or where that is taken the same with an underscore or a number after it."""
        name, number = wanted, 1
        while name in self._taken:
            name = f"{wanted}_" if number == 1 else f"{wanted}_{number}"
            number += 1
        self._taken.add(name)
        return name

    def is_free(self, name: str) -> bool:
        """Whether nothing has this name yet."""
        return name not in self._taken


def _words(text: str) -> list[str]:
    # Python reads identifiers in this form, so two that differ only in it would be one.
    plain = unicodedata.normalize("NFKC", text[: 4 * _LONGEST])
    parts = re.split(r"[\W_]+", plain)
    return [word for part in parts for word in _WORD_ENDS.split(part) if word]


def _identifier(made: str, otherwise: str) -> str:
    made = unicodedata.normalize("NFKC", made)[:_LONGEST]
    if made[:1].isdigit():
        made = f"{otherwise}_{made}" if otherwise.islower() else f"{otherwise}{made}"
    if not made.isidentifier():
        made = "".join(char for char in made if char.isascii() and (char.isalnum() or char == "_"))
        made = made if made.isidentifier() else otherwise
    return f"{made}_" if keyword.iskeyword(made) and made not in _SOFT else made
