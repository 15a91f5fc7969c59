"""Many submits at once, never more under way than are allowed."""

import time
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Protocol

from weftwork.aio.waiting import Source, gather
from weftwork.bulk import BulkCall, BulkFailure, BulkProgress, BulkReport
from weftwork.errors import ClosedError, ForkedError, WeftworkError


class Submit(Protocol):
    """Submits one call."""

    async def __call__(self, call: BulkCall) -> bytes:
        """Its result, once it is committed."""
        ...


class Bulk:
    """One bulk submit: workers that each take the next call when they are done with the last."""

    def __init__(
        self,
        submit: Submit,
        calls: Iterable[BulkCall] | AsyncIterable[BulkCall],
        *,
        in_flight: int,
        stop_on_error: bool,
        progress: Callable[[BulkProgress], None] | None,
    ) -> None:
        if in_flight < 1:
            raise ValueError(f"in_flight={in_flight}: at least one call must be under way")
        self._submit = submit
        self._source: Source[BulkCall] = Source(calls)
        self._in_flight = in_flight
        self._stop_on_error = stop_on_error
        self._progress = progress
        self._began = time.monotonic()
        self._busy = 0
        self._succeeded = 0
        self._failures: list[BulkFailure] = []

    async def run(self) -> BulkReport:
        """Submits all; ends when the last has ended."""
        await gather([self._work] * self._in_flight, self._source.stop)
        return BulkReport(
            succeeded=self._succeeded,
            failures=tuple(sorted(self._failures, key=lambda failure: failure.index)),
            stopped=self._stop_on_error and bool(self._failures),
            seconds=time.monotonic() - self._began,
        )

    async def _work(self) -> None:
        try:
            while (taken := await self._source.take()) is not None:
                await self._one(*taken)
        except BaseException:
            # The callback's error, an interrupt: the others end what they are at, and no more.
            self._source.stop()
            raise

    async def _one(self, index: int, call: BulkCall) -> None:
        result, failure = None, None
        with self._source.counting:
            self._busy += 1
        try:
            result = await self._submit(call)
        except (ClosedError, ForkedError):
            raise  # no call will do better
        except WeftworkError as error:
            failure = BulkFailure(index, call, error)
            if self._stop_on_error:
                self._source.stop()
        finally:
            with self._source.counting:
                self._busy -= 1
        with self._source.counting:
            if failure is None:
                self._succeeded += 1
            else:
                self._failures.append(failure)
            if self._progress is not None:
                self._progress(
                    BulkProgress(
                        index=index,
                        result=result,
                        failure=failure,
                        succeeded=self._succeeded,
                        failed=len(self._failures),
                        in_flight=self._busy,
                        seconds=time.monotonic() - self._began,
                    )
                )
