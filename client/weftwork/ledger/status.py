"""The outcome of a transaction, as the commit status call tells it."""

from dataclasses import dataclass

from weftwork.errors import CommitError
from weftwork.ledger.codes import ValidationCode


@dataclass(frozen=True, slots=True)
class Status:
    """What the peers decided of a transaction."""

    transaction_id: str
    code: ValidationCode
    block_number: int

    @property
    def successful(self) -> bool:
        """Whether the transaction changed the ledger."""
        return self.code is ValidationCode.VALID

    def check(self) -> "Status":
        """This status, if successful. Raises CommitError."""
        if not self.successful:
            raise CommitError(self.code.name, self.transaction_id, self.block_number)
        return self
