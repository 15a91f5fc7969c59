"""A submit with an operation id: committed once, whoever asks for it and however often."""

from collections.abc import Callable, Sequence
from typing import Any

from weftwork.aio.calls import Calls
from weftwork.aio.submitting import Submitting, Tries
from weftwork.aio.transaction import Commit, Proposal, Transaction
from weftwork.arguments import check_text, decode_result
from weftwork.errors import (
    ArgumentError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    OperationError,
)
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.status import Status
from weftwork.operation import (
    MAX_ATTEMPTS,
    Recorded,
    counting,
    nonce_of,
    recorded_in_block,
    recorded_transaction,
)
from weftwork.proposals import build_proposal, transaction_id_of
from weftwork.retry import Retry
from weftwork.snapshots import BEFORE_SNAPSHOT

# Seconds to wait where the peer that is asked has not stored the block that another told of.
_READ_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


class Operation:
    """One call of ``submit`` with an operation id."""

    def __init__(
        self,
        calls: Calls,
        submitting: Submitting,
        propose: Callable[[bytes], Proposal],
        operation_id: str,
        channel: str,
        chaincode: str,
        args: Sequence[bytes],
    ) -> None:
        """``args`` are what the ledger will hold, the function's name first."""
        check_text("an operation id", operation_id)
        if not operation_id:
            raise ArgumentError("operation_id is empty: it must name one intent and no other")
        self._calls = calls
        self._creator = calls.identity.canonical.creator
        self._submitting = submitting
        self._propose = propose
        self._id = operation_id
        self._channel = channel
        self._chaincode = chaincode
        self._args = tuple(args)

    async def run(self, returns: Any, retry: Retry | None) -> Any:
        """The result of the transaction that the operation is on the ledger."""
        calls = self._calls
        tries = Tries(calls.channel, retry or calls.options.retry, self._submitting.deadline)
        submitting, endorsed = self._submitting, None
        for attempt in range(MAX_ATTEMPTS):
            nonce = nonce_of(self._id, self._channel, self._chaincode, attempt)
            transaction_id = transaction_id_of(nonce, self._creator)
            endorsed = endorsed or await self._endorsed(nonce)
            if endorsed is None:
                await self._check_held(transaction_id)
                commit = Commit.of(self._calls, self._channel, transaction_id)
                status = await submitting.learned(commit)
            else:
                endorsed.decode(returns)
                status = await submitting.committed(endorsed)
            found = await self._recorded(transaction_id)
            self._check(found, transaction_id)
            if found.code is ValidationCode.VALID:
                return decode_result(
                    found.result,
                    returns,
                    function=self._args[0].decode(),
                    transaction_id=transaction_id,
                )
            mine, endorsed = endorsed, None
            if mine is not None and mine.payload == found.payload:
                invalid = Status(transaction_id, found.code, status.block_number)
                endorsed = await self._upgraded(mine, invalid, attempt + 1)
                if endorsed is None:
                    await tries.pause(invalid)
        raise OperationError(self._id, f"was invalidated {MAX_ATTEMPTS} times: take another id")

    async def _endorsed(self, nonce: bytes) -> Transaction | None:
        """The transaction endorsed; None where the ledger holds it already."""
        try:
            return await self._submitting.endorsed(lambda: self._propose(nonce))
        except EndorseError as error:
            if not error.is_recorded:
                raise
            return None

    async def _upgraded(
        self, transaction: Transaction, status: Status, attempt: int
    ) -> Transaction | None:
        nonce = nonce_of(self._id, self._channel, self._chaincode, attempt)
        return await self._submitting.upgraded(transaction, status, lambda: self._propose(nonce))

    def _check(self, found: Recorded, transaction_id: str) -> None:
        if found.creator != self._creator or not found.args:
            # Somebody had this id ordered in a transaction of their own, which is invalid.
            return
        if (found.chaincode, found.args) != (self._chaincode, self._args):
            function = found.args[0].decode(errors="replace")
            raise OperationError(
                self._id,
                f"stands for a call of {function} with other arguments already, "
                f"transaction {transaction_id}: take another id for another intent",
                transaction_id=transaction_id,
            )

    async def _check_held(self, transaction_id: str) -> None:
        """Refuse to wait at a peer for what its snapshot holds of the ledger: ids alone.

        Such a peer knows that the transaction is a duplicate, and waits for it to commit.
        """
        try:
            await self._evaluated("GetTransactionByID", transaction_id)
        except EvaluateError as error:
            if BEFORE_SNAPSHOT in str(error):
                raise CommitStatusError(
                    "OUT_OF_RANGE",
                    "the operation is on the ledger, in a block that this peer does not hold, "
                    "which joined by a snapshot: another peer can tell what became of it",
                    transaction_id=transaction_id,
                    peer=error.peer,
                ) from error
            # It may not be there yet: that is waited for.

    async def _recorded(self, transaction_id: str) -> Recorded:
        """The transaction that counts among those that were ordered under this id."""
        found = recorded_transaction(await self._qscc("GetTransactionByID", transaction_id))
        if found.code is ValidationCode.VALID:
            return found
        block = await self._qscc("GetBlockByTxID", transaction_id)
        return counting(recorded_in_block(block, transaction_id) or [found])

    async def _qscc(self, function: str, transaction_id: str) -> bytes:
        pauses = iter(_READ_PAUSES)
        while True:
            try:
                return await self._evaluated(function, transaction_id)
            except EvaluateError as error:
                pause = next(pauses, None)
                if pause is None or not await self._calls.channel.pause(pause):
                    # It is on the ledger, which an EvaluateError calls untouched.
                    raise CommitStatusError(
                        error.status,
                        f"its result could not be read back: {error.message}",
                        transaction_id=transaction_id,
                        refusals=error.refusals,
                        peer=error.peer,
                        attempts=error.attempts,
                    ) from error

    async def _evaluated(self, function: str, transaction_id: str) -> bytes:
        arguments = [part.encode() for part in (function, self._channel, transaction_id)]
        content = build_proposal(self._calls.identity.creator, self._channel, "qscc", arguments)
        proposal = Proposal(self._calls, content, function, ())
        return await proposal.evaluate(timeout=self._submitting.deadline.left())
