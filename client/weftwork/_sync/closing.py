"""What a gateway, a stream and an administrator's link have in common: they are left by closing."""

# Generated from weftwork/aio/closing.py by scripts/unasync.py: change that one.

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """Used in ``with``: entered as it is, closed when it is left."""

    @abstractmethod
    def close(self) -> None:
        """Close it; each says what that ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
