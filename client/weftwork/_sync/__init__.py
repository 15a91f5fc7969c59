"""The client, sync: what ``import weftwork`` shows."""

# Generated from weftwork/aio/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.contract import Contract
from weftwork._sync.event_requests import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    FilteredBlockEventsRequest,
)
from weftwork._sync.events import (
    BlockAndPrivateDataEvents,
    BlockEvents,
    ChaincodeEvents,
    FilteredBlockEvents,
)
from weftwork._sync.gateway import Gateway, connect, connect_endpoint
from weftwork._sync.network import Network
from weftwork._sync.transaction import Commit, Proposal, SubmittedTransaction, Transaction
from weftwork.checkpoint import Checkpoint, FileCheckpointer, MemoryCheckpointer
from weftwork.cursor import Cursor
from weftwork.ledger.blocks import Block
from weftwork.ledger.events import ChaincodeEvent
from weftwork.ledger.filtered import FilteredBlock
from weftwork.ledger.private import BlockAndPrivateData
from weftwork.ledger.status import Status
from weftwork.reconnect import Reconnect

__all__ = [
    "Block",
    "BlockAndPrivateData",
    "BlockAndPrivateDataEvents",
    "BlockAndPrivateDataEventsRequest",
    "BlockEvents",
    "BlockEventsRequest",
    "ChaincodeEvent",
    "ChaincodeEvents",
    "ChaincodeEventsRequest",
    "Checkpoint",
    "Commit",
    "Contract",
    "Cursor",
    "FileCheckpointer",
    "FilteredBlock",
    "FilteredBlockEvents",
    "FilteredBlockEventsRequest",
    "Gateway",
    "MemoryCheckpointer",
    "Network",
    "Proposal",
    "Reconnect",
    "Status",
    "SubmittedTransaction",
    "Transaction",
    "connect",
    "connect_endpoint",
]
