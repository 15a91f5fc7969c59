"""Write Hyperledger Fabric chaincode in Python: a contract is a class with typed methods.

from weftwork_chaincode import Context, Contract, all_of, evaluate, submit
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
    "submit",
]
