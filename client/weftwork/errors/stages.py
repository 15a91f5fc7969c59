"""What goes wrong with a call of the gateway, by its stage."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from weftwork.errors.refusals import Refusal
from weftwork.errors.root import WeftworkError

if TYPE_CHECKING:
    from weftwork.cursor import Cursor

# The words of Fabric's discovery (discovery/endorsement/endorsement.go).
_NO_PEERS = "no combination of peers can be derived"
# The words of Fabric's endorser (core/endorser, core/chaincode/transaction_contexts.go).
_RECORDED = "duplicate transaction found"
_UNDER_WAY = re.compile(r"txid: \w+\(.*?\) exists")
# A peer's words (internal/peer/node/grpc_limiters.go).
_BUSY = "exceeding concurrency limit"
NO_TIME_LEFT = "no time was left to send it"
"""The words for a call that was not sent, since its time was out before."""

# What a submit ends with that never left: gRPC found nobody, or the gateway no orderer, no time.
_NOT_SENT = (
    "failed to connect to all addresses",
    "no orderer nodes available",
    _BUSY,
    NO_TIME_LEFT,
)
_UNDECIDED = ("DEADLINE_EXCEEDED", "UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL")
_MAY_HAVE_COMMITTED = (
    "\n  it may have committed: ask its status before you submit another in its place"
)


class GatewayError(WeftworkError):
    """A call to the Gateway service failed.

    The text holds every refusal: department, address and message.
    """

    stage = "call the gateway"

    def __init__(
        self,
        status: str,
        message: str,
        *,
        transaction_id: str = "",
        refusals: tuple[Refusal, ...] = (),
        peer: str = "",
        attempts: "tuple[GatewayError, ...]" = (),
    ) -> None:
        self.status = status
        """Name of the gRPC status, for example ``ABORTED``."""
        self.message = message
        """The gateway's own words, without the refusals."""
        self.transaction_id = transaction_id
        """The transaction it was about, empty for events."""
        self.refusals = refusals
        """What each node said that was asked, in the gateway's order."""
        self.peer = peer
        """Address of the gateway peer, where known."""
        self.attempts = attempts
        """The failure at each gateway peer, where several were asked and none answered."""
        super().__init__(self._text())

    def _text(self) -> str:
        about = f" transaction {self.transaction_id}" if self.transaction_id else ""
        by = f" at {self.peer}" if self.peer else ""
        head = f"could not {self.stage}{about}{by}: {self.status}: {self.message}"
        tried = (f"{each.peer}: {each.status}: {each.message}" for each in self.attempts)
        return "\n  ".join([head, *(str(refusal) for refusal in self.refusals), *tried])

    @property
    def is_busy(self) -> bool:
        """Whether the peer has as many calls under way as it allows, 500 by default."""
        return _BUSY in self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_gateway_error, (type(self), self.__dict__.copy()))


def _rebuild_gateway_error(kind: type[GatewayError], fields: dict[str, object]) -> GatewayError:
    # Keyword-only fields are lost by Exception's own pickling, which repeats self.args alone.
    error = kind.__new__(kind)
    error.__dict__.update(fields)
    error.args = (error._text(),)  # pyright: ignore[reportPrivateUsage]  # this module's own class
    return error


class EvaluateError(GatewayError):
    """The peer that was asked could not evaluate; the ledger is untouched."""

    stage = "evaluate"


class EndorseError(GatewayError):
    """Not enough departments endorsed; nothing was ordered, the ledger is untouched."""

    stage = "endorse"

    _missing = ""
    versions: Mapping[str, str] = MappingProxyType({})
    """MSP id to the version of the code that it runs, where departments endorsed different results
    and were asked for it; one that did not answer is left out."""

    @property
    def endorsers_unknown(self) -> bool:
        """Whether the gateway's peer knows of no peers that could endorse, so that none was asked.

        Their departments may be down, or may have upgraded the chaincode a moment ago.
        """
        return self.status == "FAILED_PRECONDITION" and _NO_PEERS in self.message

    @property
    def is_recorded(self) -> bool:
        """Whether a peer said that the ledger holds a transaction of this id already."""
        return any(_RECORDED in words for words in self._said())

    @property
    def is_under_way(self) -> bool:
        """Whether a peer said that it is at this very transaction, asked by another call."""
        return any(_UNDER_WAY.search(words) for words in self._said())

    def _said(self) -> Sequence[str]:
        return [self.message, *(refusal.message for refusal in self.refusals)]

    def only_others_refused(self, mspid: str) -> bool:
        """Whether every refusal is another department's chaincode's, none one of ``mspid``.

        Or another result than that of ``mspid``. Peers that disagree on the same call see
        different blocks, or run different code.
        """
        return bool(self.refusals) and all(
            refusal.mspid != mspid and (refusal.chaincode_status is not None or refusal.differs)
            for refusal in self.refusals
        )

    def name_versions(self, versions: Mapping[str, str]) -> None:
        """Adds to the text which version of the code each department runs."""
        self.versions = dict(versions)
        self.args: tuple[object, ...] = (self._text(),)

    def name_missing(self, chaincode: str, version: str, mspids: Sequence[str]) -> None:
        """Adds to the text who has not approved the version that the channel has."""
        verb = "has" if len(mspids) == 1 else "have"
        self._missing = (
            f"\n  the channel has {chaincode} {version}: {', '.join(mspids)} {verb} not approved "
            "it, so cannot endorse"
        )
        self.args = (self._text(),)

    def _text(self) -> str:
        if not self.versions:
            return super()._text() + self._missing
        told = ", ".join(f"{mspid} runs {version}" for mspid, version in self.versions.items())
        same = len(self.versions) > 1 and len(set(self.versions.values())) == 1
        why = "the same code, so it depends on more than the ledger: " if same else ""
        return f"{super()._text()}\n  {why}{told}"


class SubmitError(GatewayError):
    """The transaction could not be handed to ordering, or that could not be confirmed.

    It may still commit: ask its status before you submit another in its place. A contract's
    ``submit`` has asked where it was ``in_doubt``.
    """

    stage = "submit"

    @property
    def in_doubt(self) -> bool:
        """Whether it may be ordered all the same.

        A connection that broke, or a time that ran out, may have done so after the transaction was
        handed on. Under BFT the gateway wants a quorum's word that each orderer took it, and one
        that has it already, because another passed it on, says no
        (Fabric: internal/pkg/gateway/submit.go).
        """
        if self.attempts:
            return any(isinstance(each, SubmitError) and each.in_doubt for each in self.attempts)
        if any(words in self.message for words in _NOT_SENT):
            return False
        return self.status in _UNDECIDED

    def _text(self) -> str:
        return super()._text() + (_MAY_HAVE_COMMITTED if self.in_doubt else "")


class CommitStatusError(GatewayError):
    """The outcome of a submitted transaction could not be learned; it may have committed."""

    stage = "learn the commit status of"

    def _text(self) -> str:
        return super()._text() + _MAY_HAVE_COMMITTED


class EventsError(GatewayError):
    """An event stream could not be opened or was broken off.

    Where its ``cursor`` is not None, handing it to ``checkpoint=`` goes on with the next event.
    """

    stage = "read events"
    cursor: "Cursor | None" = None
    """How far reading came; None where nothing fixes it."""
    _advice = ""

    def name_cursor(self, cursor: "Cursor | None", advice: str = "") -> None:
        """Adds how far reading came, and why it does not go on by itself."""
        self.cursor = cursor
        self._advice = advice
        self.args: tuple[object, ...] = (self._text(),)

    def _text(self) -> str:
        advice = f"; {self._advice}" if self._advice else ""
        place = f" (go on from cursor {self.cursor})" if self.cursor else ""
        return f"{super()._text()}{advice}{place}"
