"""From a contract, or anything that handles transactions, to what a session runs."""

from collections.abc import Sequence
from typing import TypeAlias, cast

from weftwork_chaincode.contract import Contract
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.session import Handler

Code: TypeAlias = (
    type[Contract]
    | Contract
    | type[Handler]
    | Handler
    | Sequence[Contract]
    | Sequence[type[Contract]]
)
"""A contract's class (each department runs an instance of its own), an instance, several of one
chaincode, or a handler."""


def handler_of(code: Code) -> Handler:
    """What one department runs; ValueError where it is no chaincode."""
    made: object = code() if isinstance(code, type) else code
    if isinstance(made, Contract):
        return Dispatcher(made)
    if hasattr(made, "invoke"):
        return cast(Handler, made)
    if isinstance(made, Sequence):
        several = cast(Sequence[Contract | type[Contract]], made)
        return Dispatcher([each() if isinstance(each, type) else each for each in several])
    raise ValueError(f"{code!r} is no contract and handles no transactions")


def name_of(code: Code) -> str:
    """The name of a chaincode that is given none: its contract's; ValueError without one."""
    first: object = code[0] if isinstance(code, Sequence) and code else code
    name = getattr(first, "name", "")
    if not isinstance(name, str) or not name:
        raise ValueError("this chaincode has no name of its own: deploy it with a name")
    return name
