"""Many submits at once: what is asked, how far it is, and the report of what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from weftwork.errors import WeftworkError


@dataclass(frozen=True, slots=True)
class BulkCall:
    """One call of many."""

    function: str
    args: Sequence[object] = ()
    """As ``Contract.submit`` takes them."""
    transient: Mapping[str, bytes] | None = None
    endorsing_organizations: Sequence[str] | None = None
    operation_id: str | None = None
    """Makes the call idempotent: what was broken off can then be submitted again whole."""


@dataclass(frozen=True, slots=True)
class BulkFailure:
    """A call that failed."""

    index: int
    """Its place among the calls, from 0."""
    call: BulkCall
    error: WeftworkError

    @property
    def transaction_id(self) -> str:
        """The transaction that the error is about, empty where there was none yet."""
        return str(getattr(self.error, "transaction_id", ""))

    def __str__(self) -> str:
        return f"call {self.index} of {self.call.function}: {self.error}"


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far a bulk submit is: told once for each call that has ended."""

    index: int
    """The call that has ended."""
    result: bytes | None
    """What it returned; None where it failed."""
    failure: BulkFailure | None
    """Why it failed; None where it did well."""
    succeeded: int
    """Calls that are committed so far."""
    failed: int
    in_flight: int
    """Calls that are under way."""
    seconds: float
    """Since the beginning."""


@dataclass(frozen=True, slots=True)
class BulkReport:
    """What became of all calls."""

    succeeded: int
    """Calls that are committed."""
    failures: tuple[BulkFailure, ...]
    """Those that are not, or of which that is not known, in the order of the calls."""
    stopped: bool
    """Whether calls were left out because one had failed."""
    seconds: float
    """How long it took."""

    @property
    def started(self) -> int:
        """Calls that were submitted; those before this index and no others."""
        return self.succeeded + len(self.failures)

    def check(self) -> "BulkReport":
        """This report, if nothing failed. Raises the first call's error, with a note of the rest.

        An error of a submit that may have committed says so.
        """
        if not self.failures:
            return self
        first = self.failures[0]
        first.error.add_note(
            f"call {first.index} of {first.call.function}; in all {len(self.failures)} of "
            f"{self.started} calls failed"
        )
        raise first.error

    def __str__(self) -> str:
        rate = self.succeeded / self.seconds if self.seconds else 0.0
        head = f"{self.succeeded} committed, {len(self.failures)} failed in {self.seconds:.1f} s"
        stopped = ", stopped there" if self.stopped else ""
        lines = [f"{head} ({rate:.0f} a second){stopped}", *map(str, self.failures)]
        return "\n  ".join(lines)
