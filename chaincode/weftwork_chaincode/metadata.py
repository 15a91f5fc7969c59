"""What a chaincode says of itself: the document that ``org.hyperledger.fabric:GetMetadata`` gives.

Its form is that of Go's and Node's contract APIs (fabric-contract-api-go
``metadata/schema/schema.json``, fabric-chaincode-node ``contract-schema.json``), which generators
of clients read. It is made of the code alone, which departments approve by its digest: a file
beside it, as Go and Node have, would be a second word for the same thing.
"""

import inspect
import json
from collections.abc import Sequence
from typing import Any

from weftwork_chaincode.contract import Contract
from weftwork_chaincode.declaring import Function
from weftwork_chaincode.schemas import Schemas

SYSTEM_CONTRACT = "org.hyperledger.fabric"
"""The contract by which every chaincode answers for itself."""

GET_METADATA = f"{SYSTEM_CONTRACT}:GetMetadata"
"""The function's full name."""

_TAGS = {True: ["submit", "SUBMIT", "submitTx"], False: ["evaluate", "EVALUATE"]}


def document(contracts: Sequence[Contract], title: str = "") -> bytes:
    """The metadata of a chaincode's contracts as JSON, the first of them its default."""
    return json.dumps(described(contracts, title), sort_keys=True, separators=(",", ":")).encode()


def described(contracts: Sequence[Contract], title: str = "") -> dict[str, Any]:
    """The same as a dict."""
    schemas = Schemas(
        annotation
        for contract in contracts
        if contract.serializer is None
        for function in contract.functions.values()
        for annotation in (*(each.type for each in function.parameters), function.result)
    )
    first = contracts[0]
    return {
        "info": {"title": title or first.title or first.name, "version": first.version},
        "contracts": {
            **{
                contract.name: {
                    "name": contract.name,
                    "default": contract is first,
                    "info": _info(contract),
                    "transactions": [
                        _transaction(function, schemas, contract.serializer is None)
                        for function in contract.functions.values()
                    ],
                }
                for contract in contracts
            },
            SYSTEM_CONTRACT: {
                "name": SYSTEM_CONTRACT,
                "default": False,
                "info": {"title": SYSTEM_CONTRACT, "version": ""},
                "transactions": [
                    {"name": "GetMetadata", "tag": _TAGS[False], "returns": {"type": "string"}}
                ],
            },
        },
        "components": {"schemas": schemas.components},
    }


def _info(contract: Contract) -> dict[str, str]:
    info = {"title": contract.title or contract.name, "version": contract.version}
    text = inspect.cleandoc(type(contract).__doc__ or "").partition("\n\n")[0]
    return {**info, "description": " ".join(text.split())} if text else info


def _described(method: object) -> dict[str, str]:
    """A function's docstring. The field's schemas have no such word, and let it stand."""
    text = inspect.cleandoc(getattr(method, "__doc__", None) or "")
    return {"description": text} if text else {}


def _transaction(function: Function, schemas: Schemas, typed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": function.name,
        **_described(function.method),
        "tag": _TAGS[function.writes],
    }
    if function.parameters:
        found["parameters"] = [
            {
                "name": each.name,
                "required": each.required,
                "schema": schemas.of(each.type) if typed else {},
            }
            for each in function.parameters
        ]
    if function.result not in (None, type(None)):
        found["returns"] = schemas.of(function.result) if typed else {}
    return found
