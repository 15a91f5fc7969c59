"""The client, async: everything that waits is awaited. ``import weftwork`` is its sync twin."""

from weftwork.aio.contract import Contract
from weftwork.aio.event_requests import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    FilteredBlockEventsRequest,
)
from weftwork.aio.events import (
    BlockAndPrivateDataEvents,
    BlockEvents,
    ChaincodeEvents,
    FilteredBlockEvents,
)
from weftwork.aio.gateway import Gateway, connect, connect_endpoint
from weftwork.aio.network import Network
from weftwork.aio.transaction import Commit, Proposal, SubmittedTransaction, Transaction
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
