"""What peers, orderers and certificate authorities refuse an administrator."""

from dataclasses import dataclass

from weftwork.errors.root import WeftworkError


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
