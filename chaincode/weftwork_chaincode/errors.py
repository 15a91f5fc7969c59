"""What a contract raises and what the runtime raises at it, each with the status clients see.

    ChaincodeError              500
    ├── Invalid                 400  also a ValueError
    ├── Forbidden               403  also a PermissionError
    ├── NotFound                404  also a LookupError
    ├── AlreadyExists           409  also a ValueError
    ├── CalledChaincodeError    the called chaincode's own status
    ├── PeerError               500  the peer refused a request
    ├── ReadAfterWrite          500  a key read after it was written in the same transaction
    ├── WriteInEvaluate         500  an @evaluate function tried to write
    ├── PrivateRangeWithWrites  500  a range or query of private data beside writes
    ├── PagedReadInSubmit       500  a page read in a function that writes
    ├── PrivateDataInResult     500  a @submit function returns a private value
    ├── DeadlineExceeded        500  given up before the peer would have
    ├── StoredValueError        500  a value on the ledger does not decode
    └── TransactionOver         500  a request after the function had returned

Any other exception of a contract is answered with status 500 and no detail: its text may hold
values, and a response goes on the chain.
"""

from typing import ClassVar

INVALID = 400
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
INTERNAL = 500


class ChaincodeError(Exception):
    """A refusal with words for the client: its text becomes the response's message.

    Raise it (or a subclass) for anything the client should read. Put no private data into the
    text: the message of a refused proposal travels back in clear.
    """

    status: int = INTERNAL
    """Response status, 400 or more."""

    named: ClassVar[bool] = True
    """Whether the response's message begins with the class's name. A contract that takes the place
    of one in Go or Node, whose clients know its words, says False in a class of its own."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        if status is not None:
            if status < INVALID:
                raise ValueError(f"status {status} is not an error: give 400 or more")
            self.status = status

    def __str__(self) -> str:
        # KeyError and OSError among the bases would print the text in their own way
        return str(self.args[0]) if self.args else ""


class Invalid(ChaincodeError, ValueError):
    """The arguments, or what they ask for, make no sense (status 400)."""

    status = INVALID


class Forbidden(ChaincodeError, PermissionError):
    """The client may not do this (status 403)."""

    status = FORBIDDEN


class NotFound(ChaincodeError, LookupError):
    """A record that must exist does not (status 404)."""

    status = NOT_FOUND


class AlreadyExists(ChaincodeError, ValueError):
    """A record that must be new exists (status 409)."""

    status = CONFLICT


class PeerError(ChaincodeError):
    """The peer answered a request with an error; the text is the peer's own (status 500)."""


class CalledChaincodeError(ChaincodeError):
    """A called chaincode answered with a status of 400 or more.

    The calling transaction fails too, even where this error is caught: the called chaincode's
    writes, if it made any, stay in the shared simulation and could not be undone.
    """

    def __init__(self, chaincode: str, function: str, status: int, message: str) -> None:
        super().__init__(
            f"{chaincode}.{function} answered {status}: {message}",
            status=status if status >= INVALID else INTERNAL,
        )
        self.chaincode = chaincode
        self.function = function
        self.message = message


class ReadAfterWrite(ChaincodeError):
    """A read of a key that this transaction has written: Fabric would answer with the old value."""


class WriteInEvaluate(ChaincodeError):
    """An ``@evaluate`` function tried to write, bind or emit."""


class PrivateRangeWithWrites(ChaincodeError):
    """A range or rich query of private data in a transaction that writes: the peer refuses it."""


class PagedReadInSubmit(ChaincodeError):
    """A page read in a transaction that writes: the peer does not repeat a page at commit."""


class PrivateDataInResult(ChaincodeError):
    """A private value in what a ``@submit`` function returns or emits: that goes on the chain."""


class DeadlineExceeded(ChaincodeError, TimeoutError):
    """The transaction took longer than it may: it is given up before the peer's own limit."""


class StoredValueError(ChaincodeError):
    """A value read from the ledger is not what the record type says."""


class TransactionOver(ChaincodeError):
    """A stub was used after its function had returned, or after the peer's stream was lost."""


class ConfigError(ValueError):
    """A server's configuration is wrong; the text names the field or variable and what to write."""


class ContractError(TypeError):
    """A contract class cannot be served as written; raised when the class is created."""
