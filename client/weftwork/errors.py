"""What can go wrong, as one tree of exceptions.

    WeftworkError
    ├── GatewayError            a call to the Gateway service failed
    │   ├── EvaluateError       ... asking one peer
    │   ├── EndorseError        ... collecting endorsements: nothing was sent to ordering
    │   ├── SubmitError         ... sending to ordering: the transaction may commit all the same
    │   ├── CommitStatusError   ... learning the outcome: the transaction may have committed
    │   └── EventsError         ... reading events
    ├── CommitError             ordered, but every peer invalidated it; nothing was changed
    ├── OperationError          an operation id stands for another call (also a ValueError)
    ├── PeerError               a peer refused a proposal sent to it directly (administration)
    │   └── DiscoveryError      ... or a question to its discovery service
    ├── OrdererError            an orderer's administration endpoint refused a request
    ├── CaError                 a certificate authority refused a request
    │   └── CaUnreachableError  ... or did not answer (also a ConnectionError)
    │       └── CaTlsError      ... because TLS failed: it is not trusted, or speaks no TLS
    ├── CheckpointError         a checkpoint file cannot be used (also a ValueError)
    ├── ClosedError             used after it was closed (also a ValueError, as files raise it)
    ├── ForkedError             used in a process forked off after connecting (also a RuntimeError)
    ├── ArgumentError           an argument cannot be sent (also a TypeError)
    ├── ResultError             a result is not of the type asked for (also a ValueError)
    ├── ProofError              a proof does not hold, or cannot be made (also a ValueError)
    ├── LedgerError             bytes that are not a block or transaction (also a ValueError)
    ├── SignatureError          something must be signed, and nobody here can
    ├── IdentityError           a certificate or key cannot be used (also a ValueError)
    ├── ProfileError            a connection profile cannot be used (also a ValueError)
    ├── WalletError             a wallet or one of its entries cannot be used (also a ValueError)
    │   └── UnknownUserError    ... it has no such user (also a LookupError)
    ├── PolicyError             an endorsement policy's text is wrong (also a ValueError)
    ├── PackageError            a chaincode package cannot be made or read (also a ValueError)
    ├── GenerateError           no client can be written from a metadata (also a ValueError)
    └── MissingExtraError       an optional part is not installed (also an ImportError)

Each text says where it happened and, where the reader can act, what to do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weftwork.cursor import Cursor

# Fabric's words for it (internal/pkg/gateway/endorsement.go).
_DIFFERS = "ProposalResponsePayloads do not match"
# The words of Fabric's discovery (discovery/endorsement/endorsement.go).
_NO_PEERS = "no combination of peers can be derived"
# The words of Fabric's endorser (core/endorser, core/chaincode/transaction_contexts.go).
_RECORDED = "duplicate transaction found"
_UNDER_WAY = re.compile(r"txid: \w+\(.*?\) exists")
# A peer's words (internal/peer/node/grpc_limiters.go).
_BUSY = "exceeding concurrency limit"
# What a submit ends with that never left: gRPC found nobody, or the gateway no orderer, no time.
_NOT_SENT = (
    "failed to connect to all addresses",
    "no orderer nodes available",
    _BUSY,
)
_UNDECIDED = ("DEADLINE_EXCEEDED", "UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL")
_MAY_HAVE_COMMITTED = (
    "\n  it may have committed: ask its status before you submit another in its place"
)
_CHAINCODE_ANSWER = re.compile(r"chaincode response (\d{3}), (.*)", re.DOTALL)


class WeftworkError(Exception):
    """Any failure that this package understands and reports."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One node's refusal, as it travels in the details of a failed gateway call."""

    address: str
    """The node's address as the channel knows it, ``host:port``."""
    mspid: str
    """MSP id of the node's department."""
    message: str
    """The node's own words."""

    @property
    def chaincode_status(self) -> int | None:
        """Status that the chaincode answered with (400 to 599); None if the peer itself refused."""
        found = _CHAINCODE_ANSWER.search(self.message)
        return int(found.group(1)) if found else None

    @property
    def reason(self) -> str:
        """The chaincode's text without what the peer put before it."""
        found = _CHAINCODE_ANSWER.search(self.message)
        return found.group(2) if found else self.message

    @property
    def differs(self) -> bool:
        """Whether the node endorsed, but something else than the node that was asked first."""
        return _DIFFERS in self.message

    def __str__(self) -> str:
        return f"{self.mspid} ({self.address}): {self.message}"


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


class PeerError(WeftworkError):
    """A peer answered a proposal that was sent to it alone with a refusal, or not at all."""

    def __init__(self, address: str, action: str, status: int | str, message: str) -> None:
        self.address = address
        """The peer, ``host:port``."""
        self.action = action
        """What was asked of it, for example ``install chaincode``."""
        self.status = status
        """The response's status (an integer) or the gRPC status's name."""
        self.message = message
        super().__init__(f"{address} could not {action}: {status}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.address, self.action, self.status, self.message))


class DiscoveryError(PeerError):
    """A peer's discovery service refused a question (status ``refused``), or did not answer."""


class OrdererError(WeftworkError):
    """An orderer's administration endpoint refused a request, or did not answer (status 0)."""

    def __init__(self, address: str, action: str, status: int, message: str) -> None:
        self.address = address
        """The endpoint, ``host:port``."""
        self.action = action
        self.status = status
        """HTTP status; 0 where there was no answer."""
        self.message = message
        super().__init__(
            f"orderer {address} could not {action}: {status or 'no answer'}: {message}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.address, self.action, self.status, self.message))


@dataclass(frozen=True, slots=True)
class CaProblem:
    """One entry of the list of errors in a certificate authority's answer."""

    code: int
    """The authority's own code, a constant of ``lib/caerrors`` in Fabric CA; 0 for unknown."""
    message: str
    """Its own words, without the secrets that were sent to it."""

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})" if self.code else self.message


# On purpose the authority says no more than these two to a caller: its log has the reason.
_CA_HINTS = {
    20: "the id is unknown, its secret wrong or used up, or the certificate that signed the "
    "request is not of this CA, expired or revoked; the CA's log says which",
    71: "the caller lacks the right to do this: see its attributes hf.… and its affiliation; "
    "the CA's log says which",
}


class CaError(WeftworkError):
    """A certificate authority refused a request, or answered what cannot be used."""

    def __init__(
        self, address: str, action: str, status: int, problems: tuple[CaProblem, ...]
    ) -> None:
        self.address = address
        """The authority, ``host:port``."""
        self.action = action
        """What was asked of it, for example ``enroll clerk``."""
        self.status = status
        """HTTP status; 0 where there was no answer."""
        self.problems = problems
        """What it said, in its order."""
        said = "; ".join(str(problem) for problem in problems)
        head = f"CA {address} could not {action}: {status or 'no answer'}: {said}"
        hints = [_CA_HINTS[problem.code] for problem in problems if problem.code in _CA_HINTS]
        super().__init__("\n  ".join([head, *hints]))

    @property
    def code(self) -> int:
        """The authority's first code; 0 where it gave none."""
        return self.problems[0].code if self.problems else 0

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.address, self.action, self.status, self.problems))


class CaUnreachableError(CaError, ConnectionError):
    """A certificate authority did not answer; the text says whether it may have acted."""


class CaTlsError(CaUnreachableError):
    """TLS with a certificate authority failed, so nothing was sent to it."""


class ClosedError(WeftworkError, ValueError):
    """A gateway or another connection was used after it had been closed."""


class ForkedError(WeftworkError, RuntimeError):
    """A gateway or another connection was used in a process that was forked off since."""

    def __init__(self, target: str) -> None:
        self.target = target
        """Where the connection leads, ``host:port``."""
        super().__init__(
            f"the connection to {target} was made before this process was forked: connect anew in "
            'each process, or start processes by "spawn"'
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.target,))


class CheckpointError(WeftworkError, ValueError):
    """A checkpoint file cannot be read or written, or another reader holds it."""


class ArgumentError(WeftworkError, TypeError):
    """An argument of a transaction function cannot be sent."""


class ResultError(WeftworkError, ValueError):
    """A transaction's result is not of the type that was asked for.

    After a submit the transaction has been endorsed, and committed where the text says so.
    """

    def __init__(self, message: str, *, transaction_id: str = "") -> None:
        self.transaction_id = transaction_id
        super().__init__(message)


class LedgerError(WeftworkError, ValueError):
    """Bytes that are not the block, transaction or message that they should be."""


class ProofError(WeftworkError, ValueError):
    """A transaction's proof does not hold, or none can be made; the text says what is wrong."""


class IdentityError(WeftworkError, ValueError):
    """A certificate or a private key cannot be used."""


class SignatureError(WeftworkError):
    """Something must be signed and nobody here can: no signer, or one for other digests."""


class ProfileError(WeftworkError, ValueError):
    """A connection profile cannot be read, or lacks what a connection needs."""


class WalletError(WeftworkError, ValueError):
    """A wallet, or an entry of it, cannot be read or written."""


class UnknownUserError(WalletError, LookupError):
    """The wallet has no entry of that label; the text lists those it has."""


class PolicyError(WeftworkError, ValueError):
    """The text of an endorsement policy is wrong; the text says where."""


class PackageError(WeftworkError, ValueError):
    """A chaincode package cannot be made or read."""


class GenerateError(WeftworkError, ValueError):
    """No client can be written from a chaincode's metadata, or with the names asked for."""


class MissingExtraError(WeftworkError, ImportError):
    """An optional part of the distribution is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        """Name of the extra that brings it."""
        super().__init__(f"{purpose} needs an extra: pip install 'weftwork[{extra}]'")
