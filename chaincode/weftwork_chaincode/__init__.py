"""Write Hyperledger Fabric chaincode in Python: a contract is a class with typed methods.

    class Parcels(Contract, name="parcels"):
        @submit
        async def create(self, ctx: Context, parcel: Parcel) -> None:
            await ctx.add(parcel)
            await ctx.bind(parcel, all_of(parcel.holder, "CivicMSP"))

        @evaluate
        async def read(self, ctx: Context, id: str) -> Parcel:
            return await ctx.get(Parcel, id)

``python -m weftwork_chaincode CONFIG.json`` serves it; :mod:`weftwork_chaincode.testing` runs it
without a network.
"""

from weftwork_chaincode.context import Context, RecordChange, RecordPage
from weftwork_chaincode.contract import Contract, evaluate, submit
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.errors import (
    AlreadyExists,
    CalledChaincodeError,
    ChaincodeError,
    ConfigError,
    ContractError,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    NotFound,
    PagedReadInSubmit,
    PeerError,
    PrivateDataInResult,
    PrivateRangeWithWrites,
    ReadAfterWrite,
    StoredValueError,
    TransactionOver,
    WriteInEvaluate,
)
from weftwork_chaincode.hooks import Call, Proceed, after, around, before, unknown
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.key_policy import KeyEndorsementPolicy
from weftwork_chaincode.keys import create_composite_key, split_composite_key
from weftwork_chaincode.messages import KeyValue, Response
from weftwork_chaincode.policy import Policy, Principal, all_of, any_of, out_of
from weftwork_chaincode.private import PrivateCollection
from weftwork_chaincode.proposal import SignedProposal
from weftwork_chaincode.rows import KeyModification, Page
from weftwork_chaincode.serializer import Serializer
from weftwork_chaincode.serving import serve
from weftwork_chaincode.stub import Stub
from weftwork_chaincode.sync_context import SyncContext, SyncPrivateCollection

__all__ = [
    "AlreadyExists",
    "Call",
    "CalledChaincodeError",
    "ChaincodeError",
    "ClientIdentity",
    "ConfigError",
    "Context",
    "Contract",
    "ContractError",
    "DeadlineExceeded",
    "Forbidden",
    "Invalid",
    "KeyEndorsementPolicy",
    "KeyModification",
    "KeyValue",
    "NotFound",
    "Page",
    "PagedReadInSubmit",
    "PeerError",
    "Policy",
    "Principal",
    "PrivateCollection",
    "PrivateDataInResult",
    "PrivateRangeWithWrites",
    "Proceed",
    "ReadAfterWrite",
    "RecordChange",
    "RecordPage",
    "Response",
    "Serializer",
    "SignedProposal",
    "StoredValueError",
    "Stub",
    "SyncContext",
    "SyncPrivateCollection",
    "TransactionOver",
    "WriteInEvaluate",
    "after",
    "all_of",
    "any_of",
    "around",
    "before",
    "code_digest",
    "create_composite_key",
    "evaluate",
    "out_of",
    "serve",
    "split_composite_key",
    "submit",
    "unknown",
]
