"""Run contracts without a network: the real engine against a peer made of a dictionary.

A :class:`Bench` speaks the peer's protocol to the very code that serves a real peer, keeps what
contracts wrote, and shows it. It checks no endorsement policy and no conflict: those need a ledger.
"""

from weftwork_chaincode.testing.bench import Bench, TxResult
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.scripted import MemoryConnection, ScriptedPeer

__all__ = ["Bench", "Identity", "MemoryConnection", "ScriptedPeer", "TxResult", "identity"]
