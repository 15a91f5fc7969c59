"""Proofs of transactions that a third party checks offline.

    from weftwork.proof import Proof, Trust, verify

    found = verify(Proof.load("offer.proof"), Trust.block(first_block))
    found.transaction.function, found.transaction.rwset, found.witnesses

``network.prove(transaction_id)`` makes one. ``docs/proofs.md`` says what a proof shows, what it
does not, and how its file is written.
"""

from weftwork.proof.answers import Witness
from weftwork.proof.document import Answer, OrdererSignature, Proof, SignedBlock
from weftwork.proof.trust import Trust
from weftwork.proof.verifying import VerifiedTransaction, verify

__all__ = [
    "Answer",
    "OrdererSignature",
    "Proof",
    "SignedBlock",
    "Trust",
    "VerifiedTransaction",
    "Witness",
    "verify",
]
