"""From the bytes of a proposal to a contract's method, and from its result to a response."""

from collections.abc import Iterable, Sequence
from typing import Any

from weftwork_chaincode import metadata
from weftwork_chaincode.bridge import Bridge
from weftwork_chaincode.context import Context
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.declaring import Function, Hook
from weftwork_chaincode.errors import ChaincodeError, ConfigError, Invalid, NotFound
from weftwork_chaincode.forms import FormError, not_encoded, result_of_any, shown
from weftwork_chaincode.hooks import Call, Proceed
from weftwork_chaincode.messages import OK, Response
from weftwork_chaincode.stub import Stub
from weftwork_chaincode.sync_context import SyncContext
from weftwork_chaincode.workers import MOST_WORKERS, Workers
from weftwork_model import ModelError

_OVER = "the transaction is over: it was given up, or its peer is gone"


class Dispatcher:
    """Runs the functions of a chaincode's contracts; a session's handler.

    A client names ``contract:function``, or a function of the first contract alone.
    """

    def __init__(
        self,
        contracts: Contract | Sequence[Contract],
        *,
        title: str = "",
        workers: int = MOST_WORKERS,
    ) -> None:
        """What runs, in the order given.

        Args:
            contracts: one, or several of different names; the first answers unqualified names.
            title: of the whole chaincode in its metadata; the first contract's where none is given.
            workers: how many functions that are plain ``def`` run at once.

        Raises:
            ConfigError: there is none, or two have one name.
        """
        self._contracts = [contracts] if isinstance(contracts, Contract) else list(contracts)
        self._by_name = _by_name(self._contracts)
        self._default = self._contracts[0]
        self._workers = Workers(workers)
        self._title = title
        self._calls: dict[bytes, _Runner] = {}
        for contract in self._contracts:
            for name, function in contract.functions.items():
                qualified = f"{contract.name}:{name}"
                if contract is self._default:
                    runner = _Runner(contract, function, name, self._workers)
                    self._calls[name.encode()] = runner
                else:
                    runner = _Runner(contract, function, qualified, self._workers)
                self._calls[qualified.encode()] = runner

    @property
    def functions(self) -> list[str]:
        """What metrics and logs name: unqualified where the contract is the first."""
        return sorted({runner.label for runner in self._calls.values()})

    async def invoke(self, stub: Stub) -> Response:
        """Calls the function that the first argument names."""
        given = stub.args
        runner = self._calls.get(given[0]) if given else None
        if runner is None:
            return await self._other(stub)
        stub.function = runner.label
        stub.read_only = not runner.writes
        arguments = runner.arguments(given)
        if runner.plain:
            result = await runner.method(runner.contract, Context(stub), *arguments)
        else:
            result = await runner.around(stub, arguments)
        return Response(OK, payload=runner.payload(result))

    async def _other(self, stub: Stub) -> Response:
        """What is no function: the metadata, an unknown hook's, or a refusal."""
        if not stub.args:
            raise Invalid(f"{self._default.name}: no function named; {_known(self._default)}")
        name = stub.args[0].decode("utf-8", "replace")
        if name == metadata.GET_METADATA:
            stub.function = name
            stub.read_only = True
            return Response(OK, payload=metadata.document(self._contracts, self._title))
        prefix, colon, rest = name.rpartition(":")
        contract = self._by_name.get(prefix) if colon else self._default
        if contract is None:
            known = ", ".join(sorted(self._by_name))
            raise NotFound(f"no contract {prefix[:64]!r} here; there is {known}")
        function = rest if colon else name
        hook = contract.hooks.unknown
        if hook is None:
            raise NotFound(f"{contract.name} has no function {function[:64]!r}; {_known(contract)}")
        # a name that a client chose is no label of a metric
        stub.function = f"{contract.name}:(unknown)"
        stub.read_only = False
        call = Call(contract.name, function, True, tuple(stub.args[1:]))
        with_hook = _Hooked(contract, stub, self._workers)
        try:
            result = await with_hook.run(hook, call)
        finally:
            with_hook.end()
        return Response(OK, payload=result_of_any(f"{contract.name}'s @unknown", result))


class _Runner:
    """One function as it is called: all that can be known beforehand."""

    __slots__ = (
        "_function",
        "_readers",
        "_workers",
        "_write",
        "contract",
        "label",
        "method",
        "plain",
        "writes",
    )

    def __init__(
        self, contract: Contract, function: Function, label: str, workers: Workers
    ) -> None:
        self.contract = contract
        self.label = label
        self.method = function.method
        self.plain = not function.blocks and not contract.hooks.any
        self.writes = function.writes
        self._function = function
        self._readers = function.readers
        self._workers = workers
        self._write = function.write

    def arguments(self, given: list[bytes]) -> list[Any]:
        """The arguments as values; Invalid names function and parameter of the first wrong one."""
        count = len(given) - 1
        if not self._function.required <= count <= len(self._readers):
            raise self._wrong_number(count)
        try:
            return [read(data) for read, data in zip(self._readers, given[1:], strict=False)]
        except Exception:
            raise self._wrong(given[1:]) from None

    def payload(self, result: object) -> bytes:
        """The result as bytes; ChaincodeError where it is not what the method says."""
        try:
            return self._write(result)
        except (ModelError, FormError) as error:
            raise not_encoded(self.label, error) from error

    async def around(self, stub: Stub, arguments: list[Any]) -> object:
        """The function within its hooks, in a thread where it blocks."""
        hooks = self.contract.hooks
        function = Hook(self._function.method, self._function.blocks)
        with_hooks = _Hooked(self.contract, stub, self._workers)
        call = Call(self.contract.name, self._function.name, self.writes, tuple(arguments))
        try:
            for hook in hooks.before:
                await with_hooks.run(hook, call)

            async def innermost() -> object:
                return await with_hooks.run(function, *arguments)

            proceed: Proceed = innermost
            for hook in reversed(hooks.around):
                proceed = with_hooks.within(hook, call, proceed)
            result = await proceed()
            for hook in hooks.after:
                await with_hooks.run(hook, call, result)
        finally:
            with_hooks.end()
        return result

    def _wrong(self, given: Iterable[bytes]) -> Exception:
        """Which argument it was: looked for a second time, where the time does not matter."""
        for parameter, data in zip(self._function.parameters, given, strict=False):
            try:
                parameter.read(data)
            except (ModelError, FormError) as error:
                reason = str(error)
            except ChaincodeError as error:
                return error
            except Exception as error:
                # a serializer's own: its text may hold values
                reason = f"{type(error).__name__} in the serializer"
            else:
                continue
            return Invalid(
                f"{self.label}: argument {parameter.name}: {reason} "
                f"({parameter.name}: {shown(parameter.type)})"
            )
        return Invalid(f"{self.label}: an argument cannot be read")

    def _wrong_number(self, count: int) -> Invalid:
        wanted = self._function.parameters
        most, least = len(wanted), self._function.required
        number = str(most) if most == least else f"{least} to {most}"
        names = ", ".join(one.name for one in wanted) or "none"
        plural = "" if number == "1" else "s"
        return Invalid(f"{self.label} takes {number} argument{plural} ({names}), got {count}")


class _Hooked:
    """One transaction's methods, each with the context of its kind."""

    __slots__ = ("_bridge", "_context", "_contract", "_sync", "_workers")

    def __init__(self, contract: Contract, stub: Stub, workers: Workers) -> None:
        self._contract = contract
        self._context = Context(stub)
        self._workers = workers
        self._bridge: Bridge | None = None
        self._sync: SyncContext | None = None

    async def run(self, hook: Hook, *arguments: Any) -> object:
        if not hook.blocks:
            return await hook.method(self._contract, self._context, *arguments)
        if self._sync is None:
            self._bridge = Bridge()
            self._sync = SyncContext(self._context, self._bridge)
        return await self._workers.run(hook.method, self._contract, self._sync, *arguments)

    def within(self, hook: Hook, call: Call, inner: Proceed) -> Proceed:
        used = False

        async def once() -> object:
            nonlocal used
            if used:
                raise ChaincodeError("an @around method awaited proceed() twice: once only")
            used = True
            return await inner()

        async def proceed() -> object:
            return await self.run(hook, call, once)

        return proceed

    def end(self) -> None:
        # Also where the task was cancelled and the thread still runs: its next call is told.
        if self._bridge is not None:
            self._bridge.end(_OVER)


def _by_name(contracts: Sequence[Contract]) -> dict[str, Contract]:
    if not contracts:
        raise ConfigError("a chaincode needs a contract")
    found: dict[str, Contract] = {}
    for contract in contracts:
        if contract.name in found or contract.name == metadata.SYSTEM_CONTRACT:
            raise ConfigError(
                f"two contracts are named {contract.name!r}: "
                'give one another name, class X(Contract, name="...")'
            )
        found[contract.name] = contract
    return found


def _known(contract: Contract) -> str:
    return f"it has {', '.join(contract.functions) or 'none'}"
