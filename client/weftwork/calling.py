"""What a call may be given beside its arguments, as keywords that an editor completes."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from weftwork.retry import Retry


class EvaluateOptions(TypedDict, total=False):
    """Keywords of ``evaluate`` and of a typed client's reading methods."""

    transient: Mapping[str, bytes] | None
    """Private data for the endorsers, which never reaches the ledger."""
    endorsing_organizations: Sequence[str] | None
    """MSP ids: those and no others are asked."""
    timeout: float | None
    """Seconds, for all steps together; None: as the gateway's options say."""


class SubmitOptions(EvaluateOptions, total=False):
    """Keywords of ``submit`` and of a typed client's writing methods."""

    retry: Retry | None
    """When to endorse afresh and try again; None: as the gateway's options say."""
    operation_id: str | None
    """Names the submit, so that a second one under the same name does nothing."""
