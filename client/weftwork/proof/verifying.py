"""A proof checked offline, step by step, against what its reader trusts."""

from dataclasses import dataclass

from weftwork.errors import LedgerError, ProofError
from weftwork.ledger import Member, Transaction, header_hash
from weftwork.proof.answers import Witness, check_answer
from weftwork.proof.blocks import check_signatures
from weftwork.proof.certificates import sha256
from weftwork.proof.chain import follow, in_force_at
from weftwork.proof.document import Proof
from weftwork.proof.transactions import check_transaction, find
from weftwork.proof.trust import Trust


@dataclass(frozen=True, slots=True)
class VerifiedTransaction:
    """A transaction that a proof shows to be on its channel's ledger, and valid."""

    transaction: Transaction
    """What it called, read, wrote and emitted; its code is VALID by the witnesses' word."""
    block_hash: bytes
    """SHA-256 of the block's header."""
    config_block: int
    """Number of the config block in force then."""
    orderers: tuple[Member, ...]
    """Who signed the block."""
    endorsers: tuple[Member, ...]
    """Whose endorsements hold; others in the transaction are left out."""
    witnesses: tuple[Witness, ...]
    """Who vouches for its validity."""


def verify(proof: Proof, trust: Trust, *, departments: int = 2) -> VerifiedTransaction:
    """The transaction that the proof shows. Nothing is asked of anybody: no network is needed.

    ``departments`` is how many departments' peers must vouch for the transaction's validity.
    Raises ProofError saying what does not hold.
    """
    try:
        return _verify(proof, trust, departments)
    except LedgerError as error:
        raise ProofError(str(error)) from None


def _verify(proof: Proof, trust: Trust, departments: int) -> VerifiedTransaction:
    if departments < 1:
        raise ValueError("at least one department must vouch for a transaction")
    block = proof.block
    configurations = follow(proof.config, trust)
    in_force = in_force_at(block, configurations)
    found = find(block, proof.transaction_id)
    orderers = check_signatures(block, in_force, trust, found.transaction.timestamp)
    endorsers = check_transaction(found, in_force, trust)
    witnesses = tuple(
        check_answer(answer, proof.transaction_id, found.envelope, configurations[-1], trust)
        for answer in proof.answers
    )
    voices = {witness.peer.mspid for witness in witnesses}
    if len(voices) < departments:
        who = f" ({', '.join(sorted(voices))})" if voices else ""
        raise ProofError(
            f"{len(voices)} departments{who} vouch for transaction {proof.transaction_id} where "
            f"{departments} are needed"
        )
    return VerifiedTransaction(
        transaction=found.transaction,
        block_hash=header_hash(block.number, block.previous_hash, sha256(*block.data)),
        config_block=in_force.number,
        orderers=tuple(signer.member for signer in orderers),
        endorsers=endorsers,
        witnesses=witnesses,
    )
