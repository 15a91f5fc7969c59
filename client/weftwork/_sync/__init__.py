"""The client, sync: what ``import weftwork`` shows."""

# Generated from weftwork/aio/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.contract import Contract
from weftwork._sync.events import BlockEvents, ChaincodeEvents
from weftwork._sync.gateway import Gateway, connect, connect_endpoint
from weftwork._sync.network import Network
from weftwork._sync.transaction import Commit, Proposal, SubmittedTransaction, Transaction
from weftwork.ledger.events import ChaincodeEvent
from weftwork.ledger.status import Status

__all__ = [
    "BlockEvents",
    "ChaincodeEvent",
    "ChaincodeEvents",
    "Commit",
    "Contract",
    "Gateway",
    "Network",
    "Proposal",
    "Status",
    "SubmittedTransaction",
    "Transaction",
    "connect",
    "connect_endpoint",
]
