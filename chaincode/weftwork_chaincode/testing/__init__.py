"""Run contracts without a network, under Fabric's own rules.

:class:`Ledger` is a channel of simulated departments: it endorses with the real engine, compares
read/write sets byte for byte, orders into blocks, validates as a peer does, and raises what the
gateway's client raises. :class:`Bench` is the short way where policies and conflicts do not matter.
"""

from weftwork_chaincode.testing.async_ledger import AsyncDeployed, AsyncLedger, AsyncProposal
from weftwork_chaincode.testing.bench import Bench, TxResult
from weftwork_chaincode.testing.blocks import Block, Ordered
from weftwork_chaincode.testing.chronicle import Modification
from weftwork_chaincode.testing.committing import PeersStop
from weftwork_chaincode.testing.definitions import Collection
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.ledger import Deployed, Ledger, Proposal
from weftwork_chaincode.testing.scripted import MemoryConnection, ScriptedPeer
from weftwork_chaincode.testing.transactions import Result, Row, Transaction

__all__ = [
    "AsyncDeployed",
    "AsyncLedger",
    "AsyncProposal",
    "Bench",
    "Block",
    "Collection",
    "Deployed",
    "Identity",
    "Ledger",
    "MemoryConnection",
    "Modification",
    "Ordered",
    "PeersStop",
    "Proposal",
    "Result",
    "Row",
    "ScriptedPeer",
    "Transaction",
    "TxResult",
    "identity",
]
