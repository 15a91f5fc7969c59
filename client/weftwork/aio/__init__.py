"""The client, async: everything that waits is awaited. ``import weftwork`` is its sync twin."""

from weftwork.aio.contract import Contract
from weftwork.aio.events import BlockEvents, ChaincodeEvents
from weftwork.aio.gateway import Gateway, connect, connect_endpoint
from weftwork.aio.network import Network
from weftwork.aio.transaction import Commit, Proposal, SubmittedTransaction, Transaction
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
