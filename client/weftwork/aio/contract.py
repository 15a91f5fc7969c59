"""A chaincode on a channel: evaluate, submit, or the steps of a submit one by one."""

from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, overload

from weftwork import lifecycle
from weftwork.aio.calls import Calls
from weftwork.aio.transaction import Proposal, Transaction
from weftwork.aio.waiting import sleep
from weftwork.arguments import decode_result, encode_arguments, encode_transient
from weftwork.deadline import Deadline
from weftwork.errors import (
    ArgumentError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    ResultError,
    SubmitError,
)
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.status import Status
from weftwork.proposals import build_proposal

T = TypeVar("T")

VERSION_FUNCTION = "org.weftwork:GetVersion"
"""What the chaincode runtime answers itself: which code it serves."""

_VERSION_TIMEOUT = 5.0


class Contract:
    """A chaincode's transaction functions, called by name."""

    def __init__(self, calls: Calls, channel: str, chaincode: str, name: str = "") -> None:
        self._calls = calls
        self._channel = channel
        self.chaincode: str = chaincode
        """The chaincode's name on the channel."""
        self.name: str = name
        """Name of one contract within it, empty for the default one."""

    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: type[T],
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> T: ...
    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: None,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> None: ...
    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        returns: UnionType,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> Any: ...
    @overload
    async def submit(
        self,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> bytes: ...
    async def submit(
        self,
        function: str,
        *args: object,
        returns: Any = bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] | None = None,
        timeout: float | None = None,
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

        Raises ArgumentError, EndorseError, ResultError, SubmitError, CommitStatusError, and
        CommitError where the peers invalidated the transaction.
        """
        deadline = Deadline(timeout)

        def propose() -> Proposal:
            return self.proposal(
                function,
                *args,
                transient=transient,
                endorsing_organizations=endorsing_organizations,
            )

        transaction = await self._endorsed(propose, deadline)
        result = transaction.decode(returns)
        status = await self._committed(transaction, deadline)
        if status.code is ValidationCode.MVCC_READ_CONFLICT:
            again = await self._upgraded(transaction, propose, deadline)
            if again is not None:
                result = again.decode(returns)
                status = await self._committed(again, deadline)
        status.check()
        return result

    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: type[T],
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> T: ...
    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        returns: UnionType | None,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> Any: ...
    @overload
    async def evaluate(
        self,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = ...,
        endorsing_organizations: Sequence[str] | None = ...,
        timeout: float | None = ...,
    ) -> bytes: ...
    async def evaluate(
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
        payload = await proposal.evaluate(timeout=timeout)
        return decode_result(
            payload, returns, function=function, transaction_id=proposal.transaction_id
        )

    async def served_version(self, mspid: str, *, timeout: float | None = None) -> str:
        """The version of the code that a department's peers run for this chaincode.

        Chaincode on the ``weftwork_chaincode`` runtime says so. ``timeout`` in seconds. Raises
        EvaluateError where it does not, or where no peer of that department runs it.
        """
        whole = Contract(self._calls, self._channel, self.chaincode)
        found = await whole.evaluate(
            VERSION_FUNCTION,
            returns=dict[str, str],
            endorsing_organizations=[mspid],
            timeout=timeout,
        )
        return found.get("version", "")

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
        if isinstance(endorsing_organizations, str):
            # A text is a sequence of texts: each letter would be asked for as a department.
            raise ArgumentError("endorsing_organizations is a list of MSP ids, not one text")
        named = f"{self.name}:{function}" if self.name and function else function
        content = build_proposal(
            self._calls.identity.creator,
            self._channel,
            self.chaincode,
            encode_arguments(named, args),
            transient=encode_transient(transient),
        )
        return Proposal(self._calls, content, named, endorsing_organizations or ())

    async def _endorsed(self, propose: Callable[[], Proposal], deadline: Deadline) -> Transaction:
        """Endorse, and ask again where a peer may be a block, or a word of gossip, behind."""
        options = self._calls.options
        lag, gossip = iter(options.lag_pauses), iter(options.gossip_pauses)
        while True:
            try:
                return await propose().endorse(timeout=deadline.left())
            except EndorseError as error:
                pause = None
                if error.endorsers_unknown:
                    pause = next(gossip, None)
                elif error.only_others_refused(self._calls.identity.mspid):
                    pause = next(lag, None)
                left = deadline.left()
                if pause is None or (left is not None and left <= pause):
                    await self._explain(error)
                    raise
            self._calls.endorse_retried()
            await sleep(pause)

    async def _upgraded(
        self, transaction: Transaction, propose: Callable[[], Proposal], deadline: Deadline
    ) -> Transaction | None:
        """The same call endorsed anew, if a definition has changed since; None if none has.

        A transaction reads the definitions of the chaincodes that it calls. A conflict over
        anything else is the caller's to judge.
        """
        before = transaction.definitions
        if not before:
            return None
        try:
            again = await self._endorsed(propose, deadline)
        except EndorseError:
            return None
        return again if again.definitions != before else None

    async def _explain(self, error: EndorseError) -> None:
        """Adds what departments run, where they differ, or who has not approved what they call."""
        if error.endorsers_unknown:
            await self._name_missing(error)
        else:
            await self._name_versions(error)

    async def _name_missing(self, error: EndorseError) -> None:
        definitions = Contract(self._calls, self._channel, "_lifecycle")
        try:
            answer = await definitions.evaluate(
                "QueryChaincodeDefinition",
                lifecycle.committed_args(self.chaincode),
                timeout=_VERSION_TIMEOUT,
            )
        except EvaluateError:
            return  # there is none, or nobody may ask: the gateway's words stand alone
        found = lifecycle.committed_definition(self.chaincode, answer)
        missing = [mspid for mspid, approved in found.approvals.items() if not approved]
        if missing:
            error.name_missing(self.chaincode, found.version, missing)

    async def _name_versions(self, error: EndorseError) -> None:
        differing = [refusal.mspid for refusal in error.refusals if refusal.differs]
        versions: dict[str, str] = {}
        for mspid in [self._calls.identity.mspid, *differing] if differing else []:
            try:
                versions[mspid] = await self.served_version(mspid, timeout=_VERSION_TIMEOUT)
            except (EvaluateError, ResultError):
                continue  # that one's code does not say: the refusals are told all the same
        error.name_versions(versions)

    async def _committed(self, transaction: Transaction, deadline: Deadline) -> Status:
        """Submit and wait; where orderers leave it in doubt, the ledger is asked."""
        try:
            commit = await transaction.submit(timeout=deadline.left())
        except SubmitError as error:
            left, doubt = deadline.left(), self._calls.options.doubt
            limit = doubt if left is None else min(left, doubt)
            if not error.in_doubt or limit <= 0:
                raise
            try:
                return await transaction.commit().status(timeout=limit)
            except CommitStatusError:
                raise error from None
        return await commit.status(timeout=deadline.left())
