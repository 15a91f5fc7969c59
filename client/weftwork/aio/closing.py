"""What a gateway, a stream and an administrator's link have in common: they are left by closing."""

from types import TracebackType
from typing import Self


class Closing:
    """Used in ``async with``: entered as it is, closed when it is left."""

    async def aclose(self) -> None:
        """Close it; each says what that ends."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
