"""A chaincode on a channel: evaluate, submit, or the steps of a submit one by one."""

# Generated from weftwork/aio/contract.py by scripts/unasync.py: change that one.

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, overload

from weftwork._sync.bulk import Bulk
from weftwork._sync.calls import Calls
from weftwork._sync.explaining import served_version
from weftwork._sync.operating import Operation
from weftwork._sync.submitting import Submitting
from weftwork._sync.transaction import Proposal, SubmittedTransaction
from weftwork.arguments import (
    check_text,
    decode_result,
    encode_arguments,
    encode_organizations,
    encode_transient,
)
from weftwork.bulk import BulkCall, BulkProgress, BulkReport
from weftwork.proposals import build_proposal
from weftwork.retry import Retry
from weftwork.tracing import traced_submit

T = TypeVar("T")


class Contract:
    """A chaincode's transaction functions, called by name."""

    def __init__(self, calls: Calls, channel: str, chaincode: str, name: str = "") -> None:
        check_text("a chaincode's name", chaincode)
        check_text("a contract's name", name)
        self._calls = calls
        self._channel = channel
        self.chaincode: str = chaincode
        """The chaincode's name on the channel."""
        self.name: str = name
        """Name of one contract within it, empty for the default one."""

    @overload
    def submit(
        self,
        function: str,
        *args: object,
        returns: type[T],
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
        retry: Retry | None = ...,
        operation_id: str | None = ...,
    ) -> T: ...
    @overload
    def submit(
        self,
        function: str,
        *args: object,
        returns: None,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
        retry: Retry | None = ...,
        operation_id: str | None = ...,
    ) -> None: ...
    @overload
    def submit(
        self,
        function: str,
        *args: object,
        returns: UnionType,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
        retry: Retry | None = ...,
        operation_id: str | None = ...,
    ) -> Any: ...
    @overload
    def submit(
        self,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
        retry: Retry | None = ...,
        operation_id: str | None = ...,
    ) -> bytes: ...
    def submit(
        self,
        function: str,
        *args: object,
        returns: Any = bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] | None = None,
        timeout: float | None = None,
        retry: Retry | None = None,
        operation_id: str | None = None,
    ) -> Any:
        """Endorse, submit, wait for the commit; the function's result.

        ``args`` travel as they are (text, bytes) or as canonical JSON (anything else).
        ``returns`` is the type of the result; a result that is not of it stops the transaction
        before it is submitted. ``endorsing_organizations`` are MSP ids: those and no others are
        asked. ``timeout`` is in seconds, for all steps together. What peers of other departments
        alone refuse, or endorse otherwise, is asked again, as ``Options.lag_pauses`` says; so is
        what no peers are known for yet, as ``Options.gossip_pauses`` says.

        Where the peers invalidated the transaction because the chaincode was upgraded between its
        endorsement and its commit, it is endorsed by the new code and submitted once more.
        ``retry`` does so for conflicts with other transactions, in place of ``Options.retry``.

        Where a connection or the orderers leave in doubt whether it was ordered, the ledger is
        asked before anybody is told that it failed, as ``Options.doubt`` says.

        ``operation_id`` makes the call idempotent: however often, from however many processes and
        after whatever crash it is submitted with the same id, by the same certificate, it is
        committed once, and each of them gets the result of that one. Take a fresh id that nobody
        can guess for each intent, a UUID for example, and store it first. Transient data is not
        on the ledger, so it is not compared.

        Raises ArgumentError, EndorseError, ResultError, SubmitError, CommitStatusError,
        OperationError where the id stands for another call, and CommitError where the peers
        invalidated the transaction.
        """

        def propose(nonce: bytes | None = None) -> Proposal:
            return self._proposal(function, args, transient, endorsing_organizations, nonce)

        submitting = Submitting(self._calls, self._channel, self.chaincode, propose, timeout)
        with traced_submit(
            self._calls.options.tracing,
            self._channel,
            self.chaincode,
            self._named(function),
            self._calls.identity.mspid,
        ):
            if operation_id is None:
                return submitting.run(returns, retry)
            named = encode_arguments(self._named(function), args)
            operation = Operation(
                self._calls, submitting, propose, operation_id, self._channel, self.chaincode, named
            )
            return operation.run(returns, retry)

    def submit_async(
        self,
        function: str,
        *args: object,
        returns: Any = bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> SubmittedTransaction:
        """Endorse and submit, and ask for the outcome later: of the object that is returned.

        Parameters as for ``submit``; ``returns`` is what the result must be a value of for the
        transaction to be submitted. Raises ArgumentError, EndorseError, ResultError, SubmitError.
        """

        def propose() -> Proposal:
            return self._proposal(function, args, transient, endorsing_organizations, None)

        submitting = Submitting(self._calls, self._channel, self.chaincode, propose, timeout)
        return submitting.handed_in(returns)

    def submit_all(
        self,
        calls: Iterable[BulkCall] | Iterable[BulkCall],
        *,
        in_flight: int = 64,
        retry: Retry | None = None,
        timeout: float | None = None,
        stop_on_error: bool = False,
        progress: Callable[[BulkProgress], None] | None = None,
    ) -> BulkReport:
        """Submit many calls at once, and report which of them failed.

        A call is taken from ``calls`` only when less than ``in_flight`` are under way, so these may
        be made, or read from a file, as they are needed; they are submitted in any order.
        ``retry`` and ``timeout`` (seconds) are each call's own, as for ``submit``.
        ``stop_on_error`` begins no call after one has failed. ``progress`` is told of each call
        that has ended, one at a time; what it raises ends the whole.

        A call that fails is in the report. Raises ValueError for ``in_flight`` below 1,
        ClosedError, ForkedError, and what ``calls`` or ``progress`` raise, when all that was under
        way has ended.
        """

        def one(call: BulkCall) -> bytes:
            return self.submit(
                call.function,
                *call.args,
                transient=call.transient,
                endorsing_organizations=call.endorsing_organizations,
                timeout=timeout,
                retry=retry,
                operation_id=call.operation_id,
            )

        bulk = Bulk(one, calls, in_flight=in_flight, stop_on_error=stop_on_error, progress=progress)
        return bulk.run()

    @overload
    def evaluate(
        self,
        function: str,
        *args: object,
        returns: type[T],
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> T: ...
    @overload
    def evaluate(
        self,
        function: str,
        *args: object,
        returns: UnionType | None,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> Any: ...
    @overload
    def evaluate(
        self,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> bytes: ...
    def evaluate(
        self,
        function: str,
        *args: object,
        returns: Any = bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Ask one peer for the function's result; the ledger is left as it is.

        Parameters as for ``submit``. Raises ArgumentError, EvaluateError, ResultError.
        """
        proposal = self.proposal(
            function,
            *args,
            transient=transient,
            endorsing_organizations=endorsing_organizations,
        )
        payload = proposal.evaluate(timeout=timeout)
        return decode_result(
            payload, returns, function=function, transaction_id=proposal.transaction_id
        )

    def served_version(self, mspid: str, *, timeout: float | None = None) -> str:
        """The version of the code that a department's peers run for this chaincode.

        Chaincode on the ``weftwork_chaincode`` runtime says so. ``timeout`` in seconds. Raises
        EvaluateError where it does not, or where no peer of that department runs it.
        """
        return served_version(self._calls, self._channel, self.chaincode, mspid, timeout)

    def proposal(
        self,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] | None = None,
    ) -> Proposal:
        """A call of ``function``, to be endorsed and submitted step by step.

        Parameters as for ``submit``. Raises ArgumentError.
        """
        return self._proposal(function, args, transient, endorsing_organizations, None)

    def _proposal(
        self,
        function: str,
        args: tuple[object, ...],
        transient: Mapping[str, bytes] | None,
        endorsing_organizations: Sequence[str] | None,
        nonce: bytes | None,
    ) -> Proposal:
        organizations = encode_organizations(endorsing_organizations)
        named = self._named(function)
        identity = self._calls.identity
        content = build_proposal(
            identity.creator if nonce is None else identity.canonical.creator,
            self._channel,
            self.chaincode,
            encode_arguments(named, args),
            transient=encode_transient(transient),
            nonce=nonce,
        )
        return Proposal(self._calls, content, named, organizations)

    def _named(self, function: str) -> str:
        return f"{self.name}:{function}" if self.name and function else function
