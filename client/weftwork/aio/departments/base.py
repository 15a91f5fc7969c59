"""What every department's client has in common: a network, its chaincode, submit and evaluate."""

from types import UnionType
from typing import Any, ClassVar, TypeVar, Unpack, overload

from weftwork.aio.contract import Contract
from weftwork.aio.network import Network
from weftwork.calling import EvaluateOptions, SubmitOptions

T = TypeVar("T")


class Department:
    """Base of the typed department clients.

    A subclass names its chaincode and turns each transaction function into one method:

        class Logistics(Department):
            chaincode = "logistics"

            async def offer(self, consignment: str, *, to: str, items: list[str]) -> Offer:
                return await self.submit("offer", consignment, to, items, returns=Offer)

            async def read(self, consignment: str) -> Consignment:
                return await self.evaluate("read", consignment, returns=Consignment)

    Arguments go to the chaincode as ``Contract.submit`` says: text as it is, bytes as they are,
    anything else as canonical JSON. ``returns`` is the type that the result is decoded into.
    """

    chaincode: ClassVar[str] = ""
    """Name of the chaincode on the channel, set by each subclass."""

    def __init__(self, network: Network, *, chaincode: str | None = None) -> None:
        """Use the department's chaincode on ``network``.

        ``chaincode`` names it where a network deployed it under another name.
        """
        name = chaincode or self.chaincode
        if not name:
            raise TypeError(f"{type(self).__name__} names no chaincode: set its class attribute")
        self.network: Network = network
        self.contract: Contract = network.contract(name)

    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: type[T],
        **options: Unpack[SubmitOptions],
    ) -> T: ...
    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: None = ...,
        **options: Unpack[SubmitOptions],
    ) -> None: ...
    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: UnionType,
        **options: Unpack[SubmitOptions],
    ) -> Any: ...
    async def submit(
        self,
        function: str,
        *args: object,
        returns: Any = None,
        **options: Unpack[SubmitOptions],
    ) -> Any:
        """Endorse, submit and wait for the commit; the result decoded into ``returns``.

        ``returns=None`` (the default) says that the function returns nothing. Further keywords
        are those of ``Contract.submit``.

        Raises EndorseError, SubmitError, CommitStatusError, CommitError, ResultError.
        """
        return await self.contract.submit(
            function,
            *args,
            returns=returns,
            **options,
        )

    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: type[T],
        **options: Unpack[EvaluateOptions],
    ) -> T: ...
    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: None,
        **options: Unpack[EvaluateOptions],
    ) -> None: ...
    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: UnionType,
        **options: Unpack[EvaluateOptions],
    ) -> Any: ...
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: Any,
        **options: Unpack[EvaluateOptions],
    ) -> Any:
        """Ask one peer, change nothing; the answer decoded into ``returns``.

        Further keywords are those of ``Contract.evaluate``.

        Raises EvaluateError, ResultError.
        """
        return await self.contract.evaluate(
            function,
            *args,
            returns=returns,
            **options,
        )
