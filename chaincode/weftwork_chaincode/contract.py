"""A contract as a class with typed methods; its functions are resolved once, when it is created."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, get_type_hints

from weftwork_chaincode.context import Context
from weftwork_chaincode.errors import ContractError

_MARK = "__weftwork_function__"
_Method = TypeVar("_Method", bound=Callable[..., Any])


def submit(method: _Method) -> _Method:
    """Marks a method as a function that may write: clients submit it."""
    setattr(method, _MARK, "submit")
    return method


def evaluate(method: _Method) -> _Method:
    """Marks a method as a function that only reads: clients evaluate it; a write is refused."""
    setattr(method, _MARK, "evaluate")
    return method


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a contract function, after the context."""

    name: str
    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a contract as clients name it.

    Attributes:
        name: The method's name.
        writes: True for ``@submit``, False for ``@evaluate``.
        parameters: Those after the context.
        result: The annotation of the result.
        method: The method itself, to be called with contract, context and arguments.
    """

    name: str
    writes: bool
    parameters: tuple[Parameter, ...]
    result: Any
    method: Callable[..., Awaitable[object]]

    @property
    def required(self) -> int:
        """How many arguments must be given."""
        return sum(parameter.required for parameter in self.parameters)


class Contract:
    """Base of every contract.

    ``class Logistics(Contract, name="logistics")``; functions are ``async`` methods marked
    :func:`submit` or :func:`evaluate` whose first parameter is the :class:`Context`. An instance
    serves many transactions at once: keep nothing of a transaction on ``self``.

    Attributes:
        name: The contract's name; the class's name in lower case where none is given.
        functions: What clients can call, by name.
    """

    name: ClassVar[str] = ""
    functions: ClassVar[Mapping[str, Function]] = MappingProxyType({})

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        """Resolves the functions; raises ContractError where one cannot be served."""
        super().__init_subclass__(**kwargs)
        cls.name = name if name is not None else cls.__name__.lower()
        functions: dict[str, Function] = {}
        for attribute in dir(cls):
            method = inspect.getattr_static(cls, attribute)
            kind = getattr(method, _MARK, None)
            if kind is not None:
                functions[attribute] = _function(cls, attribute, method, kind)
        cls.functions = MappingProxyType(functions)


def _function(cls: type, name: str, method: Any, kind: str) -> Function:
    where = f"{cls.__module__}.{cls.__qualname__}.{name}"
    if not inspect.isfunction(method):
        raise ContractError(f"{where} is marked @{kind} but is no plain method")
    if not inspect.iscoroutinefunction(method):
        raise ContractError(f"{where} must be `async def`: functions that block are not served yet")
    parameters = list(inspect.signature(method).parameters.values())
    if len(parameters) < 2:
        raise ContractError(f"{where} needs `self` and a context as its first parameters")
    try:
        hints = get_type_hints(method)
    except NameError as error:
        raise ContractError(f"{where} has an annotation that does not resolve: {error}") from error
    if not _is_context(hints.get(parameters[1].name)):
        raise ContractError(f"{where} must annotate its first parameter with Context")
    if "return" not in hints:
        raise ContractError(f"{where} must annotate what it returns, None included")
    return Function(
        name=name,
        writes=kind == "submit",
        parameters=tuple(_parameter(where, item, hints) for item in parameters[2:]),
        result=hints["return"],
        method=method,
    )


def _is_context(annotation: Any) -> bool:
    return inspect.isclass(annotation) and issubclass(annotation, Context)


def _parameter(where: str, item: inspect.Parameter, hints: dict[str, Any]) -> Parameter:
    if item.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        raise ContractError(f"{where}: {item} cannot be filled, arguments come by position")
    if item.name not in hints:
        raise ContractError(f"{where} must annotate the parameter {item.name}")
    return Parameter(item.name, hints[item.name], item.default is inspect.Parameter.empty)
