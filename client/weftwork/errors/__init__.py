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
    │   └── SignatureTimeoutError ... in the call's time (also a TimeoutError)
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

from weftwork.errors.local import (
    ArgumentError,
    CheckpointError,
    ClosedError,
    ForkedError,
    GenerateError,
    IdentityError,
    LedgerError,
    MissingExtraError,
    PackageError,
    PolicyError,
    ProfileError,
    ProofError,
    ResultError,
    SignatureError,
    SignatureTimeoutError,
    UnknownUserError,
    WalletError,
)
from weftwork.errors.nodes import (
    CaError,
    CaProblem,
    CaTlsError,
    CaUnreachableError,
    DiscoveryError,
    OrdererError,
    PeerError,
)
from weftwork.errors.outcomes import (
    CommitError,
    OperationError,
)
from weftwork.errors.refusals import (
    Refusal,
)
from weftwork.errors.root import (
    WeftworkError,
)
from weftwork.errors.stages import (
    CommitStatusError,
    EndorseError,
    EvaluateError,
    EventsError,
    GatewayError,
    SubmitError,
)

__all__ = [
    "ArgumentError",
    "CaError",
    "CaProblem",
    "CaTlsError",
    "CaUnreachableError",
    "CheckpointError",
    "ClosedError",
    "CommitError",
    "CommitStatusError",
    "DiscoveryError",
    "EndorseError",
    "EvaluateError",
    "EventsError",
    "ForkedError",
    "GatewayError",
    "GenerateError",
    "IdentityError",
    "LedgerError",
    "MissingExtraError",
    "OperationError",
    "OrdererError",
    "PackageError",
    "PeerError",
    "PolicyError",
    "ProfileError",
    "ProofError",
    "Refusal",
    "ResultError",
    "SignatureError",
    "SignatureTimeoutError",
    "SubmitError",
    "UnknownUserError",
    "WalletError",
    "WeftworkError",
]
