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

from weftwork_chaincode.context import Context
from weftwork_chaincode.contract import Contract, evaluate, submit
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.errors import (
    AlreadyExists,
    CalledChaincodeError,
    ChaincodeError,
    ConfigError,
    ContractError,
    Forbidden,
    Invalid,
    NotFound,
    PeerError,
    ReadAfterWrite,
    StoredValueError,
    TransactionOver,
    WriteInEvaluate,
)
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.messages import KeyValue, Response
from weftwork_chaincode.policy import Policy, Principal, all_of, any_of, out_of
from weftwork_chaincode.private import PrivateCollection
from weftwork_chaincode.serving import serve
from weftwork_chaincode.stub import Stub

__all__ = [
    "AlreadyExists",
    "CalledChaincodeError",
    "ChaincodeError",
    "ClientIdentity",
    "ConfigError",
    "Context",
    "Contract",
    "ContractError",
    "Forbidden",
    "Invalid",
    "KeyValue",
    "NotFound",
    "PeerError",
    "Policy",
    "Principal",
    "PrivateCollection",
    "ReadAfterWrite",
    "Response",
    "StoredValueError",
    "Stub",
    "TransactionOver",
    "WriteInEvaluate",
    "all_of",
    "any_of",
    "code_digest",
    "evaluate",
    "out_of",
    "serve",
    "submit",
]
