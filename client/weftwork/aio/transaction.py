"""A transaction's way: proposal, endorsed transaction, commit; each step an object.

Each can be signed elsewhere: ``to_bytes()`` and ``digest`` go there, and the gateway's method of
the same name restores it with the signature, in this process or another.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from weftwork.aio.calls import Calls
from weftwork.aio.signable import Signable
from weftwork.arguments import decode_result
from weftwork.errors import CommitStatusError, SignatureTimeoutError
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
from weftwork.travelling import write_proposal, write_transaction

T = TypeVar("T")


class Proposal(Signable):
    """A call of a transaction function, not yet sent."""

    def __init__(
        self,
        calls: Calls,
        content: ProposalBytes,
        function: str,
        organizations: Sequence[str],
        signature: bytes = b"",
    ) -> None:
        super().__init__(calls.signing, content.proposal, signature)
        self._calls = calls
        self._content = content
        self._function = function
        self._organizations = tuple(organizations)

    @property
    def transaction_id(self) -> str:
        """The id that the transaction will have."""
        return self._content.transaction_id

    def to_bytes(self) -> bytes:
        """A serialized ``gateway.ProposedTransaction``: see ``Gateway.proposal``."""
        return write_proposal(self._content, self._organizations, self._signature)

    async def endorse(self, *, timeout: float | None = None) -> "Transaction":
        """Have the departments endorse it. ``timeout`` in seconds.

        Raises EndorseError with each department's refusal, SignatureError; nothing is ordered then.
        """
        timeout = await self._sign(timeout, self._calls.options.endorse.timeout)
        request = endorse_request(self._content, self._signature, self._organizations)
        answer = await self._calls.endorse(self.transaction_id, request, timeout)
        return Transaction(
            self._calls,
            self.transaction_id,
            self._content.channel,
            self._function,
            endorsed_payload(answer),
        )

    async def evaluate(self, *, timeout: float | None = None) -> bytes:
        """Ask one peer for the result and change nothing. ``timeout`` in seconds.

        Raises EvaluateError, SignatureError.
        """
        timeout = await self._sign(timeout, self._calls.options.evaluate.timeout)
        request = evaluate_request(self._content, self._signature, self._organizations)
        return evaluate_result(await self._calls.evaluate(self.transaction_id, request, timeout))


class Transaction(Signable):
    """An endorsed transaction, not yet submitted."""

    def __init__(
        self,
        calls: Calls,
        transaction_id: str,
        channel: str,
        function: str,
        payload: bytes,
        signature: bytes = b"",
    ) -> None:
        super().__init__(calls.signing, payload, signature)
        self._calls = calls
        self._transaction_id = transaction_id
        self._channel = channel
        self._function = function
        self._payload = payload
        # Read here: what cannot be read must be refused before it is submitted, not after.
        self._result = result_of_payload(payload)

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._transaction_id

    @property
    def result(self) -> bytes:
        """What the function returned. It counts only once the transaction has committed."""
        return self._result

    @property
    def payload(self) -> bytes:
        """What is signed and ordered: a serialized ``common.Payload``."""
        return self._payload

    @property
    def definitions(self) -> tuple[Read, ...]:
        """What it read of the definitions of the chaincodes that it calls."""
        return definitions_of_payload(self._payload)

    def to_bytes(self) -> bytes:
        """A serialized ``gateway.PreparedTransaction``: see ``Gateway.transaction``."""
        return write_transaction(self._transaction_id, self._payload, self._signature)

    @overload
    def decode(self, returns: type[T]) -> T: ...
    @overload
    def decode(self, returns: Any) -> Any: ...
    def decode(self, returns: Any) -> Any:
        """The result as a value of type ``returns``. Raises ResultError."""
        return decode_result(
            self.result, returns, function=self._function, transaction_id=self.transaction_id
        )

    async def submit(self, *, timeout: float | None = None) -> "SubmittedTransaction":
        """Hand it to ordering. ``timeout`` in seconds.

        Raises SubmitError; the transaction may commit all the same, so ask ``commit()`` for its
        status before you submit another in its place. Raises SignatureError.
        """
        timeout = await self._sign(timeout, self._calls.options.submit.timeout)
        request = submit_request(self.transaction_id, self._channel, self._payload, self._signature)
        await self._calls.submit(self.transaction_id, request, timeout)
        return self.commit()

    def commit(self) -> "SubmittedTransaction":
        """Its commit, to ask for the status; useful by itself after a SubmitError."""
        return SubmittedTransaction(
            self._calls, self._channel, self.transaction_id, self._function, self.result
        )


class Commit(Signable):
    """A submitted transaction whose outcome can be asked."""

    def __init__(
        self, calls: Calls, transaction_id: str, request: bytes, signature: bytes = b""
    ) -> None:
        super().__init__(calls.signing, request, signature)
        self._calls = calls
        self._transaction_id = transaction_id
        self._request = request

    @classmethod
    def of(cls, calls: Calls, channel: str, transaction_id: str) -> "Commit":
        """The commit of any transaction on the channel."""
        creator = calls.identity.creator
        return Commit(
            calls, transaction_id, commit_status_request(transaction_id, channel, creator)
        )

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._transaction_id

    def to_bytes(self) -> bytes:
        """A serialized ``gateway.SignedCommitStatusRequest``: see ``Gateway.commit``."""
        return signed_commit_status_request(self._request, self._signature)

    async def status(self, *, timeout: float | None = None) -> Status:
        """Wait for the transaction to commit and say how. ``timeout`` in seconds.

        An invalidated transaction is a status too, not an error. Raises CommitStatusError,
        SignatureError.
        """
        try:
            timeout = await self._sign(timeout, self._calls.options.commit_status.timeout)
        except SignatureTimeoutError as late:
            # It was handed in before: what is missing is the answer.
            raise CommitStatusError(
                "DEADLINE_EXCEEDED", str(late), transaction_id=self._transaction_id
            ) from late
        except Exception as error:
            error.add_note(
                f"the status of transaction {self._transaction_id} was to be asked: it may be "
                "committed"
            )
            raise
        signed = signed_commit_status_request(self._request, self._signature)
        answer = await self._calls.commit_status(self._transaction_id, signed, timeout)
        code, block_number = commit_status(answer)
        status = Status(self._transaction_id, ValidationCode(code), block_number)
        self._calls.committed(status)
        return status


class SubmittedTransaction(Commit):
    """A commit that knows what the function returned, before it is known whether that counts."""

    def __init__(
        self, calls: Calls, channel: str, transaction_id: str, function: str, result: bytes
    ) -> None:
        request = commit_status_request(transaction_id, channel, calls.identity.creator)
        super().__init__(calls, transaction_id, request)
        self._function = function
        self._result = result

    @property
    def result(self) -> bytes:
        """What the function returned. It counts only once the transaction has committed."""
        return self._result

    @overload
    def decode(self, returns: type[T]) -> T: ...
    @overload
    def decode(self, returns: Any) -> Any: ...
    def decode(self, returns: Any) -> Any:
        """The result as a value of type ``returns``. Raises ResultError."""
        return decode_result(
            self._result, returns, function=self._function, transaction_id=self.transaction_id
        )
