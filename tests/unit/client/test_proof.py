"""A proof holds if, and only if, everything in it does: checked on a channel made in memory."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.client.certified import Department, Person
from tests.unit.client.provable import CHANNEL, NOW, Channel, with_config
from weftwork.errors import ProofError
from weftwork.proof import Proof, SignedBlock, Trust, VerifiedTransaction, verify
from weftwork_protos import common_pb2, peer_pb2


def refused(proof: Proof, channel: Channel, words: str, *, trust: Trust | None = None) -> None:
    with pytest.raises(ProofError, match=words):
        verify(proof, trust or channel.trust)


def test_what_a_proof_shows(channel: Channel, proof: Proof) -> None:
    found = verify(proof, channel.trust)
    assert isinstance(found, VerifiedTransaction)
    assert found.transaction.transaction_id == proof.transaction_id
    assert found.transaction.channel == CHANNEL
    assert (found.transaction.chaincode, found.transaction.function) == ("logistics", "offer")
    assert found.transaction.args == (b"C-1",)
    assert found.transaction.rwset[0].writes[0].value == b"offered"
    assert found.transaction.creator is not None
    assert found.transaction.creator.mspid == "LogisticsMSP"
    assert (found.transaction.block_number, found.config_block) == (7, 0)
    assert [each.mspid for each in found.endorsers] == ["LogisticsMSP", "EnergyMSP"]
    assert [each.peer.mspid for each in found.witnesses] == ["LogisticsMSP", "EnergyMSP"]
    assert [each.mspid for each in found.orderers] == ["LogisticsMSP"]


def test_the_file_is_read_as_it_was_written(proof: Proof, tmp_path: Path) -> None:
    proof.save(tmp_path / "a.proof")
    assert Proof.load(tmp_path / "a.proof") == proof
    with pytest.raises(ProofError, match=r"b\.proof: cannot be read: No such file"):
        Proof.load(tmp_path / "b.proof")


def test_under_bft_a_quorum_of_consenters_signs(bft: Channel) -> None:
    made = bft.proof()
    found = verify(made, bft.trust)
    assert len(found.orderers) == 3
    fewer = replace(made.block, signatures=made.block.signatures[:2])
    refused(replace(made, block=fewer), bft, "2 orderers' signatures do not satisfy the policy")
    twice = replace(made.block, signatures=(*made.block.signatures[:2], made.block.signatures[1]))
    refused(replace(made, block=twice), bft, "an orderer's signature is there twice")


def test_under_bft_consenters_may_sign_by_certificate_too(bft: Channel) -> None:
    transaction_id, envelope = bft.transaction()
    block = bft.block(7, [envelope], numbered=False)
    assert len(verify(bft.proof_of(transaction_id, envelope, block), bft.trust).orderers) == 3


def test_a_number_that_is_no_consenter_s(bft: Channel) -> None:
    made = bft.proof()
    header = common_pb2.IdentifierHeader(identifier=9, nonce=b"n" * 24).SerializeToString()
    forged = replace(made.block.signatures[0], header=header)
    block = replace(made.block, signatures=(forged, *made.block.signatures[1:]))
    refused(replace(made, block=block), bft, "consenter 9, whom the channel does not know")


# Nobody signs a validation flag: the witnesses' answers stand for it.


def test_an_invalidated_transaction(channel: Channel) -> None:
    refused(channel.proof(code=11), channel, "was invalidated: .* says MVCC_READ_CONFLICT")


def test_one_department_that_calls_it_invalid_is_enough(channel: Channel, proof: Proof) -> None:
    against = channel.answer(
        proof.transaction_id, proof.block.data[0], channel.departments[2].peer, code=10
    )
    refused(
        replace(proof, answers=(*proof.answers, against)),
        channel,
        "says ENDORSEMENT_POLICY_FAILURE",
    )


def test_a_forged_flag(channel: Channel) -> None:
    made = channel.proof(code=11)

    def forged(payload: bytes) -> bytes:
        outer = peer_pb2.ProposalResponsePayload.FromString(payload)
        action = peer_pb2.ChaincodeAction.FromString(outer.extension)
        processed = peer_pb2.ProcessedTransaction.FromString(action.response.payload)
        processed.validationCode = 0
        action.response.payload = processed.SerializeToString()
        outer.extension = action.SerializeToString()
        return outer.SerializeToString()

    answers = tuple(replace(each, payload=forged(each.payload)) for each in made.answers)
    refused(replace(made, answers=answers), channel, "its signature is wrong")


def test_one_department_s_answers_alone(channel: Channel, proof: Proof) -> None:
    words = r"1 departments \(LogisticsMSP\) vouch for .* where 2 are needed"
    refused(replace(proof, answers=proof.answers[:1]), channel, words)
    refused(replace(proof, answers=(proof.answers[0], proof.answers[0])), channel, words)
    second = channel.departments[0].issue("peer1", "peer")
    again = channel.answer(proof.transaction_id, proof.block.data[0], second)
    refused(replace(proof, answers=(proof.answers[0], again)), channel, words)
    refused(replace(proof, answers=()), channel, "0 departments vouch")


def test_more_departments_may_be_asked_for(channel: Channel, proof: Proof) -> None:
    with pytest.raises(ProofError, match="where 3 are needed"):
        verify(proof, channel.trust, departments=3)
    assert verify(replace(proof, answers=proof.answers[:1]), channel.trust, departments=1)
    with pytest.raises(ValueError, match="at least one"):
        verify(proof, channel.trust, departments=0)


@pytest.mark.parametrize("role", ["clerk", "orderer"])
def test_only_a_peer_is_a_witness(channel: Channel, proof: Proof, role: str) -> None:
    nobody: Person = getattr(channel.departments[1], role)
    answer = channel.answer(proof.transaction_id, proof.block.data[0], nobody)
    refused(replace(proof, answers=(proof.answers[0], answer)), channel, "it is not a peer")


def test_a_stranger_is_no_witness(channel: Channel, proof: Proof) -> None:
    stranger = Department("EnergyMSP").peer
    answer = channel.answer(proof.transaction_id, proof.block.data[0], stranger)
    refused(replace(proof, answers=(proof.answers[0], answer)), channel, "was not certified by")
    stranger = Department("OtherMSP").peer
    answer = channel.answer(proof.transaction_id, proof.block.data[0], stranger)
    refused(replace(proof, answers=(proof.answers[0], answer)), channel, "is no department")


def test_answers_about_something_else(channel: Channel, proof: Proof) -> None:
    first, envelope = proof.answers[0], proof.block.data[0]
    peer = channel.departments[1].peer
    other_id, other = channel.transaction()
    for answer, words in (
        (channel.answer(other_id, other, peer), "to another question"),
        (channel.answer(proof.transaction_id, other, peer), "about another transaction"),
        (channel.answer(proof.transaction_id, envelope, peer, channel="x"), "another question"),
        (
            channel.answer(proof.transaction_id, envelope, peer, answered_by="logistics"),
            "is not qscc's",
        ),
        (replace(first, question=channel.answer(other_id, other, peer).question), "question"),
        (
            replace(first, channel_header=channel.answer(other_id, other, peer).channel_header),
            "its id is wrong",
        ),
    ):
        refused(replace(proof, answers=(first, answer)), channel, words)


# The block


def test_a_block_that_a_clerk_signed(channel: Channel) -> None:
    transaction_id, envelope = channel.transaction()
    for signers in ([], [channel.departments[0].clerk], [channel.departments[0].peer]):
        block = channel.block(7, [envelope], signers=signers)
        made = channel.proof_of(transaction_id, envelope, block)
        refused(made, channel, "do not satisfy the policy /Channel/Orderer/BlockValidation")


def test_a_transaction_that_is_in_no_such_block(channel: Channel, proof: Proof) -> None:
    other_id, _ = channel.transaction()
    refused(replace(proof, transaction_id=other_id), channel, "holds no transaction")
    _, neighbour = channel.transaction()
    block = replace(proof.block, data=(*proof.block.data, neighbour))
    refused(replace(proof, block=block), channel, "the signature of LogisticsMSP .* is wrong")


def test_two_envelopes_passed_off_as_one(channel: Channel) -> None:
    """Fabric's data hash is over the envelopes joined: the hash alone would not notice."""
    made = channel.proof(neighbours=[channel.transaction()[1]])
    assert verify(made, channel.trust).transaction.index == 1
    joined = replace(made.block, data=(b"".join(made.block.data),))
    refused(replace(made, block=joined), channel, "envelope 0 of block 7 is not spelled")


def test_neighbours_may_be_anything(channel: Channel) -> None:
    junk = common_pb2.Envelope(payload=b"\xff", signature=b"s").SerializeToString()
    assert verify(channel.proof(neighbours=[junk]), channel.trust).transaction.index == 1


def test_an_orderer_whose_certificate_had_ended(channel: Channel) -> None:
    ended = datetime.datetime.fromtimestamp(NOW - 1, datetime.UTC)
    orderer = channel.departments[1].issue("orderer1", "orderer", until=ended)
    transaction_id, envelope = channel.transaction()
    block = channel.block(7, [envelope], signers=[orderer])
    refused(channel.proof_of(transaction_id, envelope, block), channel, "was not valid at 2023-11")


def test_a_certificate_that_was_revoked() -> None:
    channel = Channel()
    channel.departments[1].revoke(channel.departments[1].peer)
    made = channel.proof()
    refused(made, channel, "EnergyMSP .* has been revoked")
    channel = Channel()
    # A list that another department's CA signed does not count.
    channel = Channel()
    channel.departments[1].revoke(channel.departments[1].peer, by=channel.departments[0].root)
    assert verify(channel.proof(), channel.trust)


# The configuration


def test_a_later_configuration_counts_from_its_block_on(channel: Channel) -> None:
    newcomer = Department("PropertyMSP")
    grown = Channel(departments=[*channel.departments, newcomer])
    update = channel.block(3, [grown.config_envelope(1)], last_config=3)
    transaction_id, envelope = grown.transaction(
        creator=newcomer.clerk, endorsers=[newcomer.peer, channel.departments[0].peer]
    )
    block = grown.block(7, [envelope], signers=[newcomer.orderer], last_config=3)
    made = channel.proof_of(transaction_id, envelope, block)
    found = verify(with_config(made, update), channel.trust)
    assert (found.config_block, found.orderers[0].mspid) == (3, "PropertyMSP")
    refused(made, channel, "ordered under config block 3: the proof does not hold it")
    # A newer configuration than the block's may follow, for the witnesses' sake.
    newer = grown.block(9, [grown.config_envelope(2)], last_config=9)
    assert verify(with_config(made, update, newer), channel.trust).config_block == 3
    # None may be left out.
    last = grown.block(11, [grown.config_envelope(3)], last_config=11)
    refused(with_config(made, update, last), channel, "block 11 does not follow on config block 3")


def ordered(channel: Channel, envelopes: list[bytes], signer: Person, config: int) -> SignedBlock:
    return channel.block(3, envelopes, signers=[signer], last_config=config)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c, g: ordered(c, [g.config_envelope(1)], g.departments[3].orderer, 3), "is no dep"),
        (lambda c, g: ordered(c, [g.config_envelope(1)], c.departments[0].clerk, 3), "not satisfy"),
        (lambda c, g: c.block(3, [g.config_envelope(2)], last_config=3), "does not follow"),
        (lambda c, g: c.block(3, [g.config_envelope(1)], last_config=0), "not in force by its own"),
        (lambda c, g: c.block(3, [g.config_envelope(1, "x")], last_config=3), "another channel"),
        (lambda c, g: c.block(3, [g.config_envelope(1)] * 2, last_config=3), "not a config block"),
        (lambda c, g: c.block(3, [c.transaction()[1]], last_config=3), "not a config block"),
    ],
)
def test_a_configuration_that_nobody_ordered(
    channel: Channel, spoil: Callable[[Channel, Channel], SignedBlock], words: str
) -> None:
    grown = Channel(departments=[*channel.departments, Department("PropertyMSP")])
    transaction_id, envelope = channel.transaction()
    block = channel.block(7, [envelope], last_config=3)
    made = channel.proof_of(transaction_id, envelope, block)
    refused(with_config(made, spoil(channel, grown)), channel, words)


def test_another_first_block(channel: Channel, proof: Proof) -> None:
    """The same departments under a policy that suits a forger are another channel."""
    refused(proof, channel, "begins with another config block", trust=Channel().trust)
    signed = replace(proof.config[0], value=b"x")
    refused(replace(proof, config=(signed,)), channel, "is trusted, not checked")
    refused(replace(proof, config=()), channel, "holds no config block")


def test_trust_in_roots(channel: Channel, proof: Proof) -> None:
    roots = {found.mspid: found.root.pem for found in channel.departments}
    assert verify(proof, Trust.roots(roots)).transaction.function == "offer"
    roots["EnergyMSP"] = Department("EnergyMSP").root.pem
    refused(proof, channel, "EnergyMSP .* root that is trusted", trust=Trust.roots(roots))
    del roots["EnergyMSP"]
    refused(proof, channel, "root that is trusted", trust=Trust.roots(roots))
    with pytest.raises(ProofError, match="nothing to trust"):
        Trust.roots({})


def test_a_forged_first_block_makes_no_peer_of_a_clerk() -> None:
    """Where roots alone are trusted, the proof's own word for a role is not."""
    forger = Channel()
    for found in forger.departments:
        found.peer_unit = "client"
    transaction_id, envelope = forger.transaction(
        endorsers=[found.clerk for found in forger.departments[:2]],
    )
    answers = tuple(
        forger.answer(transaction_id, envelope, found.clerk) for found in forger.departments[:2]
    )
    made = Proof(transaction_id, forger.block(7, [envelope]), (forger.first,), answers)
    assert verify(made, forger.trust)
    roots = Trust.roots({found.mspid: found.root.pem for found in forger.departments})
    with pytest.raises(ProofError, match="no endorsement of it holds"):
        verify(made, roots)


def test_what_is_no_trusted_block(channel: Channel) -> None:
    with pytest.raises(ProofError, match="the trusted block is none"):
        Trust.block(b"\xff")
    broken = channel.first_bytes.replace(b"CivicMSP", b"CivilMSP", 1)
    with pytest.raises(ProofError, match="does not fit its own header"):
        Trust.block(broken)


# The transaction


def test_a_transaction_whose_parts_do_not_fit(channel: Channel) -> None:
    _, envelope = channel.transaction()
    outer = common_pb2.Envelope.FromString(envelope)
    outer.signature = channel.departments[1].clerk.sign(outer.payload)
    payload = common_pb2.Payload.FromString(outer.payload)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    made = outer.SerializeToString()
    block = channel.block(7, [made])
    refused(
        channel.proof_of(header.tx_id, made, block),
        channel,
        "signature of its creator .* is wrong",
    )


def test_endorsements_that_do_not_hold_are_left_out(channel: Channel) -> None:
    stranger = Department("EnergyMSP").peer
    transaction_id, envelope = channel.transaction(
        endorsers=[channel.departments[0].peer, stranger]
    )
    made = channel.proof_of(transaction_id, envelope, channel.block(7, [envelope]))
    assert [each.mspid for each in verify(made, channel.trust).endorsers] == ["LogisticsMSP"]
    transaction_id, envelope = channel.transaction(endorsers=[stranger])
    made = channel.proof_of(transaction_id, envelope, channel.block(7, [envelope]))
    refused(made, channel, "no endorsement of it holds")
