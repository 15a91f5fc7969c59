"""The metadata of a chaincode, read: the document of ``org.hyperledger.fabric:GetMetadata``.

Its form is that of fabric-contract-api-go ``metadata/schema/schema.json`` and of
fabric-chaincode-node ``contract-schema.json``; what a reader of clients does not need is not read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from weftwork.errors import GenerateError

SYSTEM_CONTRACT = "org.hyperledger.fabric"
"""The contract by which every chaincode answers for itself."""

GET_METADATA = f"{SYSTEM_CONTRACT}:GetMetadata"
"""The function that answers with the document."""

Schema = Mapping[str, Any]
"""A JSON schema."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function.

    Attributes:
        name: as the chaincode calls it.
        schema: what it may be.
        required: False where the chaincode says that it may be left out.
        description: in the chaincode's words; empty where there are none.
    """

    name: str
    schema: Schema
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Function:
    """One transaction function.

    Attributes:
        name: as clients call it, without its contract.
        writes: whether it is submitted; False: it is evaluated.
        parameters: in their order.
        returns: what it gives; None where the metadata names nothing.
        description: in the chaincode's words; empty where there are none.
    """

    name: str
    writes: bool
    parameters: tuple[Parameter, ...]
    returns: Schema | None
    description: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract of a chaincode.

    Attributes:
        name: as clients call it.
        default: whether its functions are called without its name.
        functions: in the document's order.
        description: in the chaincode's words; empty where there are none.
    """

    name: str
    default: bool
    functions: tuple[Function, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Chaincode:
    """A chaincode's metadata.

    Attributes:
        title: its own name, which need not be that on a channel; empty where it says none.
        version: empty where it says none.
        contracts: without the system contract, the default one first.
        schemas: the objects that functions take and give, by name.
        tells_results: whether a function without ``returns`` gives nothing. Node's contract API
            writes it only where a decorator says it.
    """

    title: str
    version: str
    contracts: tuple[Contract, ...]
    schemas: Mapping[str, Schema]
    tells_results: bool


def read_document(data: bytes | str) -> Chaincode:
    """The metadata in a chaincode's answer or in a file.

    Raises:
        GenerateError: it is no such document; the text says where.
    """
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GenerateError(f"the metadata is not JSON: {error}") from None
    document = _object(whole, "the metadata")
    if "contracts" not in document:
        raise GenerateError("the metadata names no contracts: it is another JSON document")
    info = _object(document.get("info"), "info")
    named = _object(document["contracts"], "contracts")
    contracts = [_contract(name, each) for name, each in named.items() if name != SYSTEM_CONTRACT]
    if not any(contract.functions for contract in contracts):
        raise GenerateError("the metadata names no function: it leaves nothing to write")
    components = _object(document.get("components"), "components")
    schemas = _object(components.get("schemas"), "components.schemas")
    return Chaincode(
        title=_text(info.get("title")),
        version=_text(info.get("version")),
        contracts=tuple(sorted(contracts, key=lambda each: (not each.default, each.name))),
        schemas={name: _object(each, f"schema {name!r}") for name, each in schemas.items()},
        tells_results="$schema" not in document,
    )


def _contract(name: str, value: object) -> Contract:
    where = f"contract {name!r}"
    found = _object(value, where)
    instance = _object(found.get("contractInstance"), where)  # where Node's has it
    return Contract(
        name=name,
        default=found.get("default") is True or instance.get("default") is True,
        functions=tuple(_function(each, where) for each in _list(found.get("transactions"), where)),
        description=_text(_object(found.get("info"), where).get("description")),
    )


def _function(value: object, where: str) -> Function:
    found = _object(value, f"a transaction of {where}")
    name = _text(found.get("name"))
    if not name:
        raise GenerateError(f"a transaction of {where} has no name")
    where = f"{name!r} of {where}"
    # "tags" is what Node's contract API writes of plain JavaScript.
    tags = {
        str(tag).lower()
        for key in ("tag", "tags")
        for tag in _list(found.get(key), f"the tags of {where}")
    }
    returns = found.get("returns")
    return Function(
        name=name,
        writes="evaluate" not in tags or bool(tags & {"submit", "submittx"}),
        parameters=tuple(
            _parameter(each, where, index)
            for index, each in enumerate(_list(found.get("parameters"), where))
        ),
        returns=None if returns is None else _object(returns, f"the result of {where}"),
        description=_text(found.get("description")) or _text(found.get("summary")),
    )


def _parameter(value: object, where: str, index: int) -> Parameter:
    found = _object(value, f"parameter {index} of {where}")
    name = _text(found.get("name")) or f"param{index}"
    return Parameter(
        name=name,
        schema=_object(found.get("schema"), f"parameter {name!r} of {where}"),
        required=found.get("required") is not False,
        description=_text(found.get("description")),
    )


def _object(value: object, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise GenerateError(f"{where}: expected a JSON object, got {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _list(value: object, where: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise GenerateError(f"{where}: expected a JSON array, got {type(value).__name__}")
    return cast("list[object]", value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
