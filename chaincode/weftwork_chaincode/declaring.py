"""From a contract's class to what can be called: every rule of a declaration, checked once."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, get_type_hints

from weftwork_chaincode.context import Context
from weftwork_chaincode.errors import ContractError
from weftwork_chaincode.forms import Form, form_of
from weftwork_chaincode.hooks import HOOK_MARK
from weftwork_chaincode.serializer import Serializer
from weftwork_chaincode.sync_context import SyncContext

_MARK = "__weftwork_function__"
_NAME = re.compile(r"[^\s:\x00]+")
_HOOK_PARAMETERS = {
    "before": ("ctx", "call"),
    "after": ("ctx", "call", "result"),
    "around": ("ctx", "call", "proceed"),
    "unknown": ("ctx", "call"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a contract function, after the context.

    Attributes:
        name: as in the method.
        type: its annotation.
        required: whether it has no default.
        read: from the bytes that came to the value.
    """

    name: str
    type: Any
    required: bool
    read: Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a contract as clients name it.

    Attributes:
        name: Its name on the wire.
        writes: True for ``@submit``, False for ``@evaluate``.
        parameters: Those after the context.
        result: The annotation of the result.
        method: The method itself, to be called with contract, context and arguments.
        blocks: Whether it is a plain ``def``, which runs in a thread.
        write: From the result to the bytes that go out.
        required: How many arguments must be given.
        readers: The parameters' own.
    """

    name: str
    writes: bool
    parameters: tuple[Parameter, ...]
    result: Any
    method: Callable[..., Any]
    blocks: bool
    write: Callable[[Any], bytes]
    required: int
    readers: tuple[Callable[[bytes], Any], ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """One method that runs around functions.

    Attributes:
        method: to be called with contract, context and what its kind gets.
        blocks: whether it is a plain ``def``.
    """

    method: Callable[..., Any]
    blocks: bool


@dataclass(frozen=True, slots=True)
class Hooks:
    """A contract's hooks, each kind in the order in which it runs."""

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()
    around: tuple[Hook, ...] = ()
    unknown: Hook | None = None

    @property
    def any(self) -> bool:
        """Whether anything runs around the functions."""
        return bool(self.before or self.after or self.around)


def marked(method: Any, kind: str, name: str) -> Any:
    """Marks a method, or gives what marks it."""
    if method is None:
        return partial(marked, kind=kind, name=name)
    if isinstance(method, str):
        raise ContractError(f'@{kind}("{method}"): write @{kind}(name="{method}")')
    setattr(method, _MARK, (kind, name))
    return method


def contract_name(cls: type, name: str) -> str:
    """A contract's name; ContractError where clients could not say it."""
    if not _NAME.fullmatch(name):
        raise ContractError(
            f"{_place(cls)}: {name!r} cannot name a contract: no colon, space or U+0000, not empty"
        )
    return name


def known_case(cls: type, case: Any) -> Any:
    """The case; ContractError where there is no such."""
    if case not in ("snake", "camel", "pascal"):
        raise ContractError(
            f'{_place(cls)}: case {case!r} is unknown: write "snake", "camel" or "pascal"'
        )
    return case


def functions(cls: type, case: str, serializer: Serializer | None) -> Mapping[str, Function]:
    """A class's functions by their names on the wire; ContractError where one is declared wrong."""
    found: dict[str, Function] = {}
    origins: dict[str, str] = {}
    for attribute, method in _members(cls):
        mark = getattr(method, _MARK, None)
        if mark is None:
            continue
        kind, alias = mark
        name = alias or _cased(attribute, case)
        where = f"{_place(cls)}.{attribute}"
        if not _NAME.fullmatch(name):
            raise ContractError(f"{where}: {name!r} cannot name a function: no colon or space")
        if name in found:
            raise ContractError(
                f"{where}: {origins[name]} is named {name!r} too: give one another name, "
                f'@{kind}(name="...")'
            )
        found[name] = _function(where, name, method, kind, serializer)
        origins[name] = attribute
    return MappingProxyType(dict(sorted(found.items())))


def hooks(cls: type) -> Hooks:
    """A class's hooks; ContractError where one is declared wrong."""
    found: dict[str, list[Hook]] = {kind: [] for kind in _HOOK_PARAMETERS}
    for attribute, method in _members(cls):
        kind = getattr(method, HOOK_MARK, None)
        if kind is not None:
            found[kind].append(_hook(f"{_place(cls)}.{attribute}", method, kind))
    if len(found["unknown"]) > 1:
        raise ContractError(f"{_place(cls)}: two methods are marked @unknown: keep one")
    return Hooks(
        before=tuple(found["before"]),
        after=tuple(reversed(found["after"])),
        around=tuple(found["around"]),
        unknown=found["unknown"][0] if found["unknown"] else None,
    )


def _place(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """Attributes as they are written, a base class's first, each in its last definition."""
    names = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base))
    for name in names:
        yield name, inspect.getattr_static(cls, name)


def _cased(name: str, case: str) -> str:
    if case == "snake":
        return name
    first, *rest = name.strip("_").split("_")
    head = first if case == "camel" else first[:1].upper() + first[1:]
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _function(
    where: str, name: str, method: Any, kind: str, serializer: Serializer | None
) -> Function:
    blocks, hints, parameters = _method(where, method, kind)
    if "return" not in hints:
        raise ContractError(f"{where} must annotate what it returns, None included")
    made = tuple(_parameter(where, item, hints, serializer) for item in parameters[2:])
    result = _form(f"{where}: the result", hints["return"], serializer)
    return Function(
        name=name,
        writes=kind == "submit",
        parameters=made,
        result=hints["return"],
        method=method,
        blocks=blocks,
        write=result.write,
        required=sum(parameter.required for parameter in made),
        readers=tuple(parameter.read for parameter in made),
    )


def _method(
    where: str, method: Any, kind: str
) -> tuple[bool, dict[str, Any], list[inspect.Parameter]]:
    """Whether a method blocks, its annotations and parameters, once its head is right."""
    if not inspect.isfunction(method):
        raise ContractError(
            f"{where} is marked @{kind} but is no plain method: write `def` or `async def` with "
            "`self`, without @staticmethod, @classmethod or @property"
        )
    if inspect.isasyncgenfunction(method) or inspect.isgeneratorfunction(method):
        raise ContractError(f"{where} yields: return a list, a transaction has one result")
    blocks = not inspect.iscoroutinefunction(method)
    parameters = list(inspect.signature(method).parameters.values())
    if len(parameters) < 2:
        raise ContractError(f"{where} needs `self` and a context as its first parameters")
    try:
        hints = get_type_hints(method, include_extras=True)
    except (NameError, TypeError) as error:
        raise ContractError(f"{where} has an annotation that does not resolve: {error}") from error
    context = hints.get(parameters[1].name)
    wanted = SyncContext if blocks else Context
    if not (inspect.isclass(context) and issubclass(context, wanted)):
        how = "a plain `def` runs in a thread" if blocks else "an `async def` awaits its calls"
        raise ContractError(
            f"{where} must annotate its first parameter with {wanted.__name__}: {how}"
        )
    return blocks, hints, parameters


def _parameter(
    where: str, item: inspect.Parameter, hints: dict[str, Any], serializer: Serializer | None
) -> Parameter:
    if item.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        raise ContractError(
            f"{where}: {item} cannot be filled, arguments come by position: write a list"
        )
    if item.name not in hints:
        raise ContractError(f"{where} must annotate the parameter {item.name}")
    wanted = hints[item.name]
    form = _form(f"{where}: the parameter {item.name}", wanted, serializer)
    return Parameter(item.name, wanted, item.default is inspect.Parameter.empty, form.read)


def _form(where: str, wanted: Any, serializer: Serializer | None) -> Form:
    if serializer is not None:
        return Form(wanted, partial(_read_by, serializer, wanted), serializer.encode)
    try:
        return form_of(wanted, where)
    except TypeError as error:
        raise ContractError(str(error)) from error


def _read_by(serializer: Serializer, wanted: Any, data: bytes) -> object:
    return serializer.decode(data, wanted)


def _hook(where: str, method: Any, kind: str) -> Hook:
    blocks, _, parameters = _method(where, method, kind)
    wanted = _HOOK_PARAMETERS[kind]
    if len(parameters) != len(wanted) + 1:
        raise ContractError(f"{where} is marked @{kind}: write (self, {', '.join(wanted)})")
    if kind == "around" and blocks:
        raise ContractError(f"{where} is marked @around: write `async def`, it awaits proceed()")
    return Hook(method, blocks)
