"""Weftwork: work that crosses departments, on Hyperledger Fabric.

    import weftwork

    with weftwork.connect("profile.yaml", user="clerk") as gateway:
        contract = gateway.network("crosswork").contract("logistics")
        contract.submit("offer", "C-1", "EnergyMSP", ["M-1"])

This is the sync client: any number of threads may share a gateway. ``weftwork.aio`` is its async
twin, with the same names.
"""

from weftwork._sync import (
    BlockEvents,
    ChaincodeEvent,
    ChaincodeEvents,
    Commit,
    Contract,
    Gateway,
    Network,
    Proposal,
    Status,
    SubmittedTransaction,
    Transaction,
    connect,
    connect_endpoint,
)
from weftwork.errors import (
    ArgumentError,
    CaError,
    CaProblem,
    CaTlsError,
    CaUnreachableError,
    ClosedError,
    CommitError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    EventsError,
    ForkedError,
    GatewayError,
    GenerateError,
    IdentityError,
    LedgerError,
    MissingExtraError,
    OperationError,
    OrdererError,
    PackageError,
    PeerError,
    PolicyError,
    ProfileError,
    ProofError,
    Refusal,
    ResultError,
    SignatureError,
    SubmitError,
    UnknownUserError,
    WalletError,
    WeftworkError,
)
from weftwork.health import PeerHealth
from weftwork.identity import Identity
from weftwork.ledger.codes import ValidationCode
from weftwork.metrics import ClientMetrics
from weftwork.options import CallOptions, Options
from weftwork.profile import Endpoint, Profile, load_profile
from weftwork.retry import Retry
from weftwork.signer import Signer, signer_from_key
from weftwork.signing import Hash
from weftwork.tracing import Tracing
from weftwork.wallet import FileWallet, MemoryWallet, User, Wallet

__all__ = [
    "ArgumentError",
    "BlockEvents",
    "CaError",
    "CaProblem",
    "CaTlsError",
    "CaUnreachableError",
    "CallOptions",
    "ChaincodeEvent",
    "ChaincodeEvents",
    "ClientMetrics",
    "ClosedError",
    "Commit",
    "CommitError",
    "CommitStatusError",
    "Contract",
    "EndorseError",
    "Endpoint",
    "EvaluateError",
    "EventsError",
    "FileWallet",
    "ForkedError",
    "Gateway",
    "GatewayError",
    "GenerateError",
    "Hash",
    "Identity",
    "IdentityError",
    "LedgerError",
    "MemoryWallet",
    "MissingExtraError",
    "Network",
    "OperationError",
    "Options",
    "OrdererError",
    "PackageError",
    "PeerError",
    "PeerHealth",
    "PolicyError",
    "Profile",
    "ProfileError",
    "ProofError",
    "Proposal",
    "Refusal",
    "ResultError",
    "Retry",
    "SignatureError",
    "Signer",
    "Status",
    "SubmitError",
    "SubmittedTransaction",
    "Tracing",
    "Transaction",
    "UnknownUserError",
    "User",
    "ValidationCode",
    "Wallet",
    "WalletError",
    "WeftworkError",
    "connect",
    "connect_endpoint",
    "load_profile",
    "signer_from_key",
]
