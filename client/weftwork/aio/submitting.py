"""A submit's way to a certain outcome: endorsed, ordered, and learned what became of it."""

from collections.abc import Callable, Iterator
from typing import Any

from weftwork.aio.calls import Calls
from weftwork.aio.explaining import explain
from weftwork.aio.peers import Peers
from weftwork.aio.transaction import Commit, Proposal, SubmittedTransaction, Transaction
from weftwork.deadline import Deadline
from weftwork.errors import ClosedError, CommitError, CommitStatusError, EndorseError, SubmitError
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.status import Status
from weftwork.logs import SUBMIT
from weftwork.retry import Retry

# Seconds to wait where a peer is at too many calls, or at this very transaction for another call.
_BUSY_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
# Seconds to wait for the commit of a submit in doubt before it is handed in again; then twice that.
_DOUBT_WAIT = 0.5
# The same for what an orderer has taken; a block waits for more transactions for 2 s by default.
_ORDERED_WAIT = 5.0
_LONGEST_WAIT = 8.0
# What a commit status ends with that tells nothing of the transaction.
_UNTOLD = ("DEADLINE_EXCEEDED", "CANCELLED", "UNAVAILABLE")


class Submitting:
    """One call of ``submit``; ``propose`` makes its proposal, a fresh one at each call."""

    def __init__(
        self,
        calls: Calls,
        channel: str,
        chaincode: str,
        propose: Callable[[], Proposal],
        timeout: float | None,
    ) -> None:
        self._calls = calls
        self._channel = channel
        self._chaincode = chaincode
        self._propose = propose
        self.deadline: Deadline = Deadline(timeout)

    async def run(self, returns: Any, retry: Retry | None) -> Any:
        """The result of type ``returns``, once it is committed. Raises as ``Contract.submit``."""
        calls = self._calls
        tries = Tries(calls.channel, retry or calls.options.retry, self.deadline)
        transaction = await self.endorsed()
        while True:
            result = transaction.decode(returns)
            status = await self.committed(transaction)
            if status.successful:
                return result
            again = await self.upgraded(transaction, status)
            if again is None:
                await tries.pause(status)
                again = await self.endorsed()
            transaction = again

    async def handed_in(self, returns: Any) -> SubmittedTransaction:
        """Endorsed and ordered, its outcome still to be asked."""
        transaction = await self.endorsed()
        transaction.decode(returns)
        try:
            return await self._submitted(transaction)
        except SubmitError as error:
            await self._resolved(transaction, error)
            return transaction.commit()

    async def endorsed(self, propose: Callable[[], Proposal] | None = None) -> Transaction:
        """Endorse, and ask again where a peer may be a block, or a word of gossip, behind."""
        pauses: _EndorsePauses | None = None
        while True:
            try:
                return await (propose or self._propose)().endorse(timeout=self.deadline.left())
            except EndorseError as error:
                if error.is_recorded:
                    raise
                pauses = pauses or _EndorsePauses(self._calls)
                pause = pauses.before_next(error)
                if pause is None or not _is_left(self.deadline, pause):
                    await explain(self._calls, self._channel, self._chaincode, error)
                    raise
                if not await self._calls.channel.pause(pause):
                    raise
            self._calls.endorse_retried()

    async def upgraded(
        self,
        transaction: Transaction,
        status: Status,
        propose: Callable[[], Proposal] | None = None,
    ) -> Transaction | None:
        """The same call endorsed anew, if a definition has changed since; None if none has.

        A transaction reads the definitions of the chaincodes that it calls. A conflict over
        anything else is the caller's to judge.
        """
        before = transaction.definitions
        if status.code is not ValidationCode.MVCC_READ_CONFLICT or not before:
            return None
        try:
            again = await self.endorsed(propose)
        except EndorseError:
            return None
        return again if again.definitions != before else None

    async def committed(self, transaction: Transaction) -> Status:
        """Submit and wait until it is known what became of it.

        Raises SubmitError where it was refused, or where nothing is known when the time is out;
        CommitStatusError where it was ordered and nothing is known when the time is out.
        """
        try:
            commit = await self._submitted(transaction)
        except SubmitError as error:
            return await self._resolved(transaction, error)
        if not self._calls.options.doubt:
            return await commit.status(timeout=self.deadline.left())
        left = self.deadline.left()
        limit = self._calls.options.commit_status.timeout if left is None else left
        return await self._settled(transaction, commit, Deadline(limit), _ORDERED_WAIT, None)

    async def _submitted(self, transaction: Transaction) -> SubmittedTransaction:
        """Handed to ordering, when the peer is not too busy to do so."""
        busy: Iterator[float] | None = None
        while True:
            try:
                return await transaction.submit(timeout=self.deadline.left())
            except SubmitError as error:
                busy = busy or iter(_BUSY_PAUSES)
                pause = next(busy, None) if error.is_busy else None
                if pause is None or not _is_left(self.deadline, pause):
                    raise
                if not await self._calls.channel.pause(pause):
                    raise

    async def learned(self, commit: Commit) -> Status:
        """The outcome; asked again where no peer answers, as long as ``Options.doubt`` says."""
        doubt = self._doubt()
        wait = _DOUBT_WAIT
        while True:
            try:
                return await commit.status(timeout=self.deadline.left())
            except CommitStatusError as error:
                away = error.status == "UNAVAILABLE" or error.is_busy
                if not away or not _is_left(doubt, wait):
                    raise
                if not await self._calls.channel.pause(wait):
                    raise
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _resolved(self, transaction: Transaction, error: SubmitError) -> Status:
        """What became of a submit in doubt. It is handed in again: the ledger takes an id once."""
        doubt = self._doubt()
        if not error.in_doubt or not _is_left(doubt, 0):
            raise error
        SUBMIT.info("transaction %s is in doubt: %s", error.transaction_id, error.status)
        return await self._settled(transaction, transaction.commit(), doubt, _DOUBT_WAIT, error)

    async def _settled(
        self,
        transaction: Transaction,
        commit: Commit,
        limit: Deadline,
        wait: float,
        error: SubmitError | None,
    ) -> Status:
        """The outcome of what was handed in; after ``wait`` seconds it is handed in again.

        Also what an orderer has taken: one that dies may not have told the others of it. The first
        ``error`` stands, what comes later may only be its echo. ``commit`` is one object for all
        attempts, so that a signer is asked once however often the peer is.
        """
        longest, unreached = 16 * wait, None
        while True:
            pause = Deadline(wait)
            try:
                return await commit.status(timeout=_shorter(limit, pause))
            except CommitStatusError as unknown:
                failure = error or unknown
                if unknown.status not in _UNTOLD and not unknown.is_busy:
                    raise failure from None
                rest = pause
                # A peer whose own deadline ran out first resets the call: that reads CANCELLED.
                waited = unknown.status in ("DEADLINE_EXCEEDED", "CANCELLED")
                if waited:
                    unreached = None
                else:
                    unreached = unreached or self._doubt()
                    rest = Deadline(min(wait, _DOUBT_WAIT))
            except ClosedError as closed:
                # That it may have committed is what must be told.
                raise error or closed from None
            goes_on = await self._calls.channel.pause(_shorter(limit, rest))
            if not goes_on or not _is_left(limit, 0) or (unreached and not _is_left(unreached, 0)):
                raise failure from None
            wait = min(2 * wait, longest)
            if error is None and not waited:
                continue
            SUBMIT.info("transaction %s is handed in again", transaction.transaction_id)
            try:
                await transaction.submit(timeout=limit.left())
            except ClosedError:
                raise failure from None
            except SubmitError:
                continue

    def _doubt(self) -> Deadline:
        left, doubt = self.deadline.left(), self._calls.options.doubt
        return Deadline(doubt if left is None else min(left, doubt))


class _EndorsePauses:
    """How long to wait before an endorsement is asked again, by the reason for it."""

    def __init__(self, calls: Calls) -> None:
        self._mspid = calls.identity.mspid
        self._lag = iter(calls.options.lag_pauses)
        self._gossip = iter(calls.options.gossip_pauses)
        self._busy = iter(_BUSY_PAUSES)

    def before_next(self, error: EndorseError) -> float | None:
        """Seconds; None where the error is the answer."""
        if error.is_under_way or error.is_busy:
            return next(self._busy, None)
        if error.endorsers_unknown:
            return next(self._gossip, None)
        if error.only_others_refused(self._mspid):
            return next(self._lag, None)
        return None


class Tries:
    """Counts the attempts of one call, and waits between them."""

    def __init__(self, channel: Peers, retry: Retry | None, deadline: Deadline) -> None:
        self._channel = channel
        self._retry = retry
        self._deadline = deadline
        self._within = Deadline(retry.deadline if retry else None)
        self._made = 1

    async def pause(self, status: Status) -> None:
        """Waits before the next attempt. Raises CommitError if there shall be none."""
        retry = self._retry
        if retry is not None and status.code in retry.codes and self._made < retry.attempts:
            pause = retry.pause(self._made)
            if _is_left(self._deadline, pause) and _is_left(self._within, pause):
                self._made += 1
                SUBMIT.info(
                    "transaction %s: %s, attempt %d follows in %.3f s",
                    status.transaction_id,
                    status.code.name,
                    self._made,
                    pause,
                )
                if await self._channel.pause(pause):
                    return
        raise CommitError(status.code.name, status.transaction_id, status.block_number, self._made)


def _is_left(deadline: Deadline, seconds: float) -> bool:
    left = deadline.left()
    return left is None or left > seconds


def _shorter(one: Deadline, other: Deadline) -> float:
    return min(left for left in (one.left(), other.left()) if left is not None)
