"""A whole written module: what it imports, its models, its clients."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from weftwork.errors import GenerateError
from weftwork.generate.clients import ClientText
from weftwork.generate.document import Chaincode, Contract, read_document
from weftwork.generate.models import model_lines
from weftwork.generate.names import is_name, pascal
from weftwork.generate.types import Types
from weftwork.generate.writing import comment, docstring

Style = Literal["both", "sync", "async"]
"""Which clients are written."""

_STANDARD = {
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "Any": "typing",
    "Literal": "typing",
    "TypeAlias": "typing",
    "Unpack": "typing",
}
_WEFTWORK = {
    "EvaluateOptions": "weftwork.calling",
    "SubmitOptions": "weftwork.calling",
    "as_json": "weftwork.arguments",
    "given": "weftwork.arguments",
}
_LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """How a client is written.

    Attributes:
        chaincode: its name on the channel; empty: as it calls itself.
        style: which clients are written. With ``both`` the async one's name begins with Async.
        class_name: of the client of the default contract; empty: after the contract.
        models: module to the names of classes in it that stand for schemas or enums of the same
            name, so that no class is written for these.
        optional: functions whose result may be nothing, which Go's and Node's metadata cannot say.
        renamed: function to the name of its method, where the function's own would not do.
        command: what made the module, for the comment at its top.
    """

    chaincode: str = ""
    style: Style = "both"
    class_name: str = ""
    models: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    optional: Collection[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    command: str = "weftwork generate"


def generate(metadata: bytes | str, settings: Settings | None = None) -> str:
    """The text of a typed client's module, the same for the same metadata and settings.

    Args:
        metadata: the JSON that a chaincode answers to ``org.hyperledger.fabric:GetMetadata``.
        settings: how it is written.

    Raises:
        GenerateError: it is no metadata, or what was asked for does not fit it.
    """
    chosen = settings or Settings()
    try:
        return _written(read_document(metadata), chosen)
    except RecursionError:
        raise GenerateError("the metadata's schemas are nested too deep") from None


def _written(chaincode: Chaincode, settings: Settings) -> str:
    contracts = [contract for contract in chaincode.contracts if contract.functions]
    name = settings.chaincode or _own_name(chaincode)
    functions = {each.name for contract in contracts for each in contract.functions}
    unknown = sorted({*settings.renamed, *settings.optional} - functions)
    if unknown:
        raise GenerateError(f"the chaincode has no function {unknown[0]!r}")
    known = {each: module for module, names in settings.models.items() for each in names}
    types = Types(chaincode.schemas, {each: each for each in known})
    named = [
        _class_name(contract, settings.class_name if index == 0 else "", chaincode, types)
        for index, contract in enumerate(contracts)
    ]
    body: list[str] = []
    for contract, class_name in zip(contracts, named, strict=True):
        client = ClientText(
            contract,
            name,
            types,
            tells_results=chaincode.tells_results,
            optional=settings.optional,
            renamed=_own(settings.renamed, contract),
        )
        body += _classes(client, class_name, settings.style)
    written = [f"{each}: TypeAlias = {types.aliases[each]}" for each in sorted(types.aliases)]
    written = ["", *written] if written else []
    for each in sorted(types.models):
        written += ["", "", *model_lines(types.models[each])]
    text = "\n".join([*written, *body]) + "\n"
    long = any(len(line) > _LONGEST_LINE for line in text.splitlines())
    head = _head(chaincode, name, settings.command, long=long)
    return "\n".join([*head, *_imports(text, known, models=bool(types.models))]) + "\n" + text


def _classes(client: ClientText, named: str, style: Style) -> Iterator[str]:
    for waits in {"both": (False, True), "sync": (False,), "async": (True,)}[style]:
        apart = style == "both" and waits
        base = "AsyncDepartment" if apart else "Department"
        yield from ["", "", *client.lines(f"Async{named}" if apart else named, base, waits=waits)]


def _head(chaincode: Chaincode, name: str, command: str, *, long: bool) -> list[str]:
    tells = chaincode.version not in ("", "latest")  # Go's word where none was given
    version = f" {comment(chaincode.version)}" if tells else ""
    said = f"The typed client of chaincode {comment(name)}{version}."
    note = f"# Written by {comment(command)} from the chaincode's metadata: do not edit."
    return [*docstring(said, ""), "", note, *(["# ruff: noqa: E501"] if long else []), ""]


def _imports(text: str, known: Mapping[str, str], *, models: bool) -> list[str]:
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    standard = _grouped({each: _STANDARD[each] for each in _STANDARD if each in used})
    modules = [f"import {each}" for each in ("datetime", "uuid") if each in used]
    ours = {each: _WEFTWORK[each] for each in _WEFTWORK if each in used}
    ours |= {each: known[each] for each in known if each in used}
    lines = _grouped(ours)
    waits = "AsyncDepartment" in used
    alone = "Department" in used and "async def" in text and not waits
    if waits:
        lines.append("from weftwork.aio.departments import Department as AsyncDepartment")
    if alone:
        lines.append("from weftwork.aio.departments.base import Department")
    elif "Department" in used:
        lines.append("from weftwork.departments import Department")
    future = ["from __future__ import annotations"] if models else []
    blocks = [future, [*modules, *standard]]
    blocks.append([*(["import msgspec"] if "msgspec" in used else []), *sorted(lines)])
    return "\n\n".join("\n".join(block) for block in blocks if block).split("\n")


def _grouped(names: Mapping[str, str]) -> list[str]:
    made: list[str] = []
    for module in sorted(set(names.values())):
        chosen = sorted(each for each in names if names[each] == module)
        line = f"from {module} import {', '.join(chosen)}"
        if len(line) > _LONGEST_LINE - 12:
            line = "\n".join([f"from {module} import (", *(f"    {each}," for each in chosen), ")"])
        made.append(line)
    return made


def _own_name(chaincode: Chaincode) -> str:
    default = chaincode.contracts[0].name
    return default if chaincode.title in ("", "undefined") else chaincode.title


def _own(renamed: Mapping[str, str], contract: Contract) -> dict[str, str]:
    functions = {each.name for each in contract.functions}
    return {name: method for name, method in renamed.items() if name in functions}


def _class_name(contract: Contract, asked: str, chaincode: Chaincode, types: Types) -> str:
    if asked and not is_name(asked):
        raise GenerateError(f"{asked!r} cannot be the name of a class")
    wanted = asked or pascal(contract.name, "Client")
    if not asked and wanted in {pascal(each, "Model") for each in chaincode.schemas}:
        wanted += "Client"
    name = types.names.give(wanted)
    types.names.give(f"Async{name}")
    return name
