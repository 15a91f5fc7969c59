"""A transaction's way: proposal, endorsed transaction, commit; each step an object."""

# Generated from weftwork/aio/transaction.py by scripts/unasync.py: change that one.

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from weftwork._sync.calls import Calls
from weftwork.arguments import decode_result
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.rwsets import Read
from weftwork.ledger.status import Status
from weftwork.proposals import (
    ProposalBytes,
    commit_status_request,
    endorse_request,
    evaluate_request,
    signed_commit_status_request,
    submit_request,
)
from weftwork.responses import (
    commit_status,
    definitions_of_payload,
    endorsed_payload,
    evaluate_result,
    result_of_payload,
)

T = TypeVar("T")


class Proposal:
    """A call of a transaction function, not yet sent."""

    def __init__(
        self, calls: Calls, content: ProposalBytes, function: str, organizations: Sequence[str]
    ) -> None:
        self._calls = calls
        self._content = content
        self._function = function
        self._organizations = tuple(organizations)
        self._signature: bytes | None = None

    @property
    def transaction_id(self) -> str:
        """The id that the transaction will have."""
        return self._content.transaction_id

    def endorse(self, *, timeout: float | None = None) -> "Transaction":
        """Have the departments endorse it. ``timeout`` in seconds.

        Raises EndorseError with each department's refusal; nothing is ordered then.
        """
        request = endorse_request(self._content, self._signed(), self._organizations)
        answer = self._calls.endorse(self.transaction_id, request, timeout)
        return Transaction(self._calls, self._content, self._function, endorsed_payload(answer))

    def evaluate(self, *, timeout: float | None = None) -> bytes:
        """Ask one peer for the result and change nothing. ``timeout`` in seconds.

        Raises EvaluateError.
        """
        request = evaluate_request(self._content, self._signed(), self._organizations)
        return evaluate_result(self._calls.evaluate(self.transaction_id, request, timeout))

    def _signed(self) -> bytes:
        if self._signature is None:
            self._signature = self._calls.sign(self._content.proposal)
        return self._signature


class Transaction:
    """An endorsed transaction, not yet submitted."""

    def __init__(self, calls: Calls, content: ProposalBytes, function: str, payload: bytes) -> None:
        self._calls = calls
        self._content = content
        self._function = function
        self._payload = payload

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._content.transaction_id

    @property
    def result(self) -> bytes:
        """What the function returned. It counts only once the transaction has committed."""
        return result_of_payload(self._payload)

    @property
    def definitions(self) -> tuple[Read, ...]:
        """What it read of the definitions of the chaincodes that it calls."""
        return definitions_of_payload(self._payload)

    @overload
    def decode(self, returns: type[T]) -> T: ...
    @overload
    def decode(self, returns: Any) -> Any: ...
    def decode(self, returns: Any) -> Any:
        """The result as a value of type ``returns``. Raises ResultError."""
        return decode_result(
            self.result, returns, function=self._function, transaction_id=self.transaction_id
        )

    def submit(self, *, timeout: float | None = None) -> "Commit":
        """Hand it to ordering. ``timeout`` in seconds.

        Raises SubmitError; the transaction may commit all the same, so ask ``commit()`` for its
        status before you submit another in its place.
        """
        signature = self._calls.sign(self._payload)
        request = submit_request(
            self.transaction_id, self._content.channel, self._payload, signature
        )
        self._calls.submit(self.transaction_id, request, timeout)
        return self.commit()

    def commit(self) -> "Commit":
        """Its commit, to ask for the status; useful by itself after a SubmitError."""
        return Commit(self._calls, self._content.channel, self.transaction_id)


class Commit:
    """A submitted transaction whose outcome can be asked."""

    def __init__(self, calls: Calls, channel: str, transaction_id: str) -> None:
        self._calls = calls
        self._channel = channel
        self._transaction_id = transaction_id

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._transaction_id

    def status(self, *, timeout: float | None = None) -> Status:
        """Wait for the transaction to commit and say how. ``timeout`` in seconds.

        An invalidated transaction is a status too, not an error. Raises CommitStatusError.
        """
        request = commit_status_request(
            self._transaction_id, self._channel, self._calls.identity.creator
        )
        signed = signed_commit_status_request(request, self._calls.sign(request))
        answer = self._calls.commit_status(self._transaction_id, signed, timeout)
        code, block_number = commit_status(answer)
        status = Status(self._transaction_id, ValidationCode(code), block_number)
        self._calls.committed(status)
        return status
