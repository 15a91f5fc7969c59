"""The channel's configurations, one after the other, each signed under the one before it."""

from datetime import datetime

from weftwork.errors import ProofError
from weftwork.ledger import ChannelConfig, ValidationCode, decode_transaction, header_hash
from weftwork.proof.blocks import InForce, check_signatures, header_of, last_config
from weftwork.proof.certificates import sha256
from weftwork.proof.document import SignedBlock
from weftwork.proof.membership import Membership
from weftwork.proof.trust import Trust


def follow(blocks: tuple[SignedBlock, ...], trust: Trust) -> tuple[InForce, ...]:
    """Every configuration from the trusted one on. Raises ProofError where a link does not hold.

    None can be left out: each carries the number of updates before it. That an update itself was
    signed by those whom it needed is the orderers' and peers' check, as it is for Fabric's own
    clients: here orderers' signatures stand for it.
    """
    if not blocks:
        raise ProofError("the proof holds no config block")
    first = blocks[0]
    if first.value or first.signatures:
        raise ProofError("the proof's first config block is signed: it is trusted, not checked")
    header_of(first)
    trust.accepts(first, header_hash(first.number, first.previous_hash, sha256(*first.data)))
    channel, config, _ = _content(first)
    found = [InForce(first.number, channel, config, Membership(config))]
    for block in blocks[1:]:
        before = found[-1]
        channel, config, at = _content(block)
        if channel != before.channel:
            raise ProofError(f"config block {block.number} is of another channel, {channel!r}")
        if config.sequence != before.config.sequence + 1 or block.number <= before.number:
            raise ProofError(
                f"config block {block.number} does not follow on config block {before.number}"
            )
        if last_config(block) != block.number:
            raise ProofError(f"config block {block.number} is not in force by its own metadata")
        check_signatures(block, before, trust, at)
        found.append(InForce(block.number, channel, config, Membership(config)))
    return tuple(found)


def in_force_at(block: SignedBlock, configurations: tuple[InForce, ...]) -> InForce:
    """The configuration that was in force when the block was ordered. Raises ProofError."""
    number = last_config(block)
    before = [found for found in configurations if found.number < block.number]
    if not before or before[-1].number != number:
        raise ProofError(
            f"block {block.number} was ordered under config block {number}: the proof does not "
            "hold it, or holds a later one that came before the block"
        )
    return before[-1]


def _content(block: SignedBlock) -> tuple[str, ChannelConfig, datetime]:
    if len(block.data) != 1:
        raise ProofError(f"block {block.number} is not a config block")
    entry = decode_transaction(
        block.data[0], ValidationCode.NOT_VALIDATED, block_number=block.number, index=0
    )
    if entry.config is None:
        raise ProofError(f"block {block.number} is not a config block")
    return entry.channel, entry.config.config, entry.timestamp
