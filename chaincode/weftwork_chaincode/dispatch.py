"""From the bytes of a proposal to a contract's method, and from its result to a response."""

from typing import Any

from weftwork_chaincode.context import Context
from weftwork_chaincode.contract import Contract, Function, Parameter
from weftwork_chaincode.errors import ChaincodeError, Invalid, NotFound
from weftwork_chaincode.messages import OK, Response
from weftwork_chaincode.stub import Stub
from weftwork_model import ModelError, decode, encode


class Dispatcher:
    """Runs a contract's functions; a session's handler."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._functions = contract.functions

    async def invoke(self, stub: Stub) -> Response:
        """Calls the function that the first argument names."""
        function = self._find(stub)
        stub.function = function.name
        stub.read_only = not function.writes
        arguments = _arguments(function, stub.args[1:])
        result = await function.method(self._contract, Context(stub), *arguments)
        return Response(OK, payload=encode_result(function.name, result))

    def _find(self, stub: Stub) -> Function:
        if not stub.args:
            raise Invalid(f"{self._contract.name}: no function named; {self._known()}")
        name = stub.args[0].decode("utf-8", "replace")
        function = self._functions.get(name)
        if function is None:
            raise NotFound(f"{self._contract.name} has no function {name[:64]!r}; {self._known()}")
        return function

    def _known(self) -> str:
        return f"it has {', '.join(sorted(self._functions)) or 'none'}"


def encode_result(function: str, result: object) -> bytes:
    """The payload for a function's result: nothing, raw text or bytes, else canonical JSON."""
    if result is None:
        return b""
    if isinstance(result, bytes):
        return result
    try:
        return result.encode() if isinstance(result, str) else encode(result)
    except (ModelError, UnicodeEncodeError) as error:
        # the contract's own value, not the client's: its fault is no refusal
        reason = str(error) if isinstance(error, ModelError) else "text that UTF-8 cannot hold"
        raise ChaincodeError(f"{function} returned what cannot be encoded: {reason}") from error


def _arguments(function: Function, given: list[bytes]) -> list[Any]:
    wanted = function.parameters
    if not function.required <= len(given) <= len(wanted):
        names = ", ".join(parameter.name for parameter in wanted) or "none"
        raise Invalid(f"{function.name} takes {_count(function)} ({names}), got {len(given)}")
    return [
        _argument(function, parameter, data) for parameter, data in zip(wanted, given, strict=False)
    ]


def _count(function: Function) -> str:
    most, least = len(function.parameters), function.required
    number = str(most) if most == least else f"{least} to {most}"
    return f"{number} argument{'' if number == '1' else 's'}"


def _argument(function: Function, parameter: Parameter, data: bytes) -> Any:
    if parameter.type is bytes:
        return data
    try:
        return data.decode() if parameter.type is str else decode(data, parameter.type)
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except ModelError as error:
        reason = str(error)
    raise Invalid(f"{function.name}: argument {parameter.name}: {reason}")
