"""What a gateway, a stream and an administrator's link have in common: they are left by closing."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """Used in ``async with``: entered as it is, closed when it is left."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close it; each says what that ends."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
