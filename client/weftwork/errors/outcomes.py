"""What goes wrong with a transaction that was ordered."""

from weftwork.errors.root import WeftworkError


class CommitError(WeftworkError):
    """The transaction was ordered and every peer invalidated it: it changed nothing."""

    def __init__(
        self, code: str, transaction_id: str, block_number: int, attempts: int = 1
    ) -> None:
        self.code = code
        """Name of the validation code, for example ``MVCC_READ_CONFLICT``."""
        self.transaction_id = transaction_id
        self.block_number = block_number
        """Block that records it as invalid."""
        self.attempts = attempts
        """How many transactions were tried, this the last of them."""
        tried = f" (attempt {attempts}, the last)" if attempts > 1 else ""
        super().__init__(
            f"transaction {transaction_id} was invalidated in block {block_number}: {code}{tried}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        fields = (self.code, self.transaction_id, self.block_number, self.attempts)
        return (type(self), fields)


class OperationError(WeftworkError, ValueError):
    """An operation id was used before for another call, or cannot be used any more."""

    def __init__(self, operation_id: str, message: str, *, transaction_id: str = "") -> None:
        self.operation_id = operation_id
        self.message = message
        self.transaction_id = transaction_id
        """The transaction that the id stands for."""
        super().__init__(f"operation {operation_id!r}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_operation_error, (self.operation_id, self.message, self.transaction_id))


def _rebuild_operation_error(
    operation_id: str, message: str, transaction_id: str
) -> OperationError:
    return OperationError(operation_id, message, transaction_id=transaction_id)
