"""A contract as a class with typed methods; its functions are resolved once, when it is created."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeVar, overload

from weftwork_chaincode import declaring
from weftwork_chaincode.declaring import Function, Hooks
from weftwork_chaincode.serializer import Serializer

_Method = TypeVar("_Method", bound=Callable[..., Any])

Case = Literal["snake", "camel", "pascal"]
"""How names are written on the wire: ``create_asset``, ``createAsset``, ``CreateAsset``."""


@overload
def submit(method: _Method, /) -> _Method: ...
@overload
def submit(*, name: str = "") -> Callable[[_Method], _Method]: ...
def submit(method: Any = None, /, *, name: str = "") -> Any:
    """Marks a method as a function that may write: clients submit it.

    Args:
        method: with ``@submit`` alone, the method.
        name: what clients call it, ``@submit(name="CreateAsset")``; else the method's name in the
            contract's ``case``.
    """
    return declaring.marked(method, "submit", name)


@overload
def evaluate(method: _Method, /) -> _Method: ...
@overload
def evaluate(*, name: str = "") -> Callable[[_Method], _Method]: ...
def evaluate(method: Any = None, /, *, name: str = "") -> Any:
    """Marks a method as a function that only reads: clients evaluate it; a write is refused.

    The arguments are those of :func:`submit`.
    """
    return declaring.marked(method, "evaluate", name)


class Contract:
    """Base of every contract.

    ``class Logistics(Contract, name="logistics")``; functions are methods marked :func:`submit` or
    :func:`evaluate`: ``async def`` with a :class:`Context` first, or plain ``def`` with a
    :class:`SyncContext`, which runs in a thread and keeps no other transaction waiting. An
    instance serves many transactions at once: keep nothing of a transaction on ``self``.

    Attributes:
        name: The contract's name; the class's name in lower case where none is given.
        case: How methods are named on the wire.
        serializer: How arguments and results travel; None for the forms of this package.
        title: For the metadata; the contract's name where none is given.
        version: Of the contract as its metadata states it.
        functions: What clients can call, by its name on the wire.
        hooks: What runs around them.
    """

    name: ClassVar[str] = ""
    case: ClassVar[Case] = "snake"
    serializer: ClassVar[Serializer | None] = None
    title: ClassVar[str] = ""
    version: ClassVar[str] = ""
    functions: ClassVar[Mapping[str, Function]] = MappingProxyType({})
    hooks: ClassVar[Hooks] = Hooks()

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        case: Case | None = None,
        serializer: Serializer | None = None,
        title: str | None = None,
        version: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Resolves functions and hooks; raises ContractError where one cannot be served."""
        super().__init_subclass__(**kwargs)
        cls.name = declaring.contract_name(cls, name if name is not None else cls.__name__.lower())
        cls.case = declaring.known_case(cls, case or cls.case)
        cls.serializer = serializer or cls.serializer
        cls.title = title if title is not None else cls.title
        cls.version = version if version is not None else cls.version
        cls.functions = declaring.functions(cls, cls.case, cls.serializer)
        cls.hooks = declaring.hooks(cls)
