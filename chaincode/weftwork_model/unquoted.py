"""Which values travel as plain text: the client writes by the rule that the contract reads by."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

_PLAIN = (datetime, date, time, UUID, Decimal)


def is_unquoted(wanted: Any) -> bool:
    """Whether values of a type travel as text without quotes."""
    bare = bare_type(wanted)
    if get_origin(bare) is Literal:
        return all(type(value) is str for value in get_args(bare))
    if isinstance(bare, type) and issubclass(bare, Enum):
        return all(type(member.value) is str for member in bare)
    return bare is str or bare in _PLAIN


def bare_type(wanted: Any) -> Any:
    """The type without what ``Annotated`` adds to it."""
    while hasattr(wanted, "__metadata__"):
        wanted = get_args(wanted)[0]
    return wanted
