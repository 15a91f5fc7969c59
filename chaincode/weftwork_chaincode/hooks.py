"""What a contract runs around its functions: before, after, around, and for names it has not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

HOOK_MARK = "__weftwork_hook__"
"""The attribute that a marked method carries."""

_Method = TypeVar("_Method", bound=Callable[..., Any])

Proceed: TypeAlias = Callable[[], Awaitable[object]]
"""What an ``@around`` method awaits for the function's own result; at most once."""


@dataclass(frozen=True, slots=True)
class Call:
    """What was called.

    Attributes:
        contract: the contract's name.
        function: the function's name on the wire.
        writes: True of ``@submit`` functions and unknown ones, False of ``@evaluate`` ones.
        arguments: as the function gets them; of an unknown function the bytes as they came.
    """

    contract: str
    function: str
    writes: bool
    arguments: tuple[Any, ...]


def before(method: _Method) -> _Method:
    """Marks ``(self, ctx, call: Call) -> None``, which runs before each function.

    What it raises refuses the call. Several run as they are written, a base class's first.
    """
    return _marked(method, "before")


def after(method: _Method) -> _Method:
    """Marks ``(self, ctx, call: Call, result) -> None``, which runs when a function went well.

    What it raises fails the transaction. Several run in the reverse order of :func:`before`.
    """
    return _marked(method, "after")


def around(method: _Method) -> _Method:
    """Marks ``async (self, ctx, call: Call, proceed: Proceed) -> object``.

    It awaits ``proceed()`` and returns the result, that one or another of the same type. The
    first that is written is the outermost; all lie between before and after.
    """
    return _marked(method, "around")


def unknown(method: _Method) -> _Method:
    """Marks ``(self, ctx, call: Call) -> object``, which answers names that are no function.

    One a contract. It may write. Its result is nothing, text, bytes, or what JSON has a canonical
    form for. Neither before nor after nor around run with it, as in Go's and Node's contracts.
    """
    return _marked(method, "unknown")


def _marked(method: _Method, kind: str) -> _Method:
    setattr(method, HOOK_MARK, kind)
    return method
