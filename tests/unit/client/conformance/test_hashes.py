"""What the official client's tests say of hashes (hashes.test.ts, signingidentity.test.ts)."""

import hashlib

import pytest

import weftwork
from tests.unit.client.conformance.conftest import Signing
from tests.unit.client.conformance.stub import StubChannel
from tests.unit.client.people import user


# hashes of identical data are identical; hashes of different data are not
@pytest.mark.parametrize("hashed_by", weftwork.Hash)
def test_equal_messages_have_equal_hashes(hashed_by: weftwork.Hash) -> None:
    assert hashed_by.digest(b"foobar") == hashed_by.digest(b"foobar")
    assert hashed_by.digest(b"foo") != hashed_by.digest(b"bar")


# none returns input
def test_none_hands_the_message_on() -> None:
    assert weftwork.Hash.NONE.digest(b"foobar") == b"foobar"


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha3_256", "sha3_384"])
def test_the_hashes_are_the_standards(name: str) -> None:
    assert weftwork.Hash(name).digest(b"foobar") == hashlib.new(name, b"foobar").digest()


# signing identity: hashes of identical values are identical; of different values are different
def test_a_gateways_digest_is_the_messages(contract: weftwork.Contract) -> None:
    first, second = contract.proposal("f"), contract.proposal("f")
    assert first.digest == first.digest != second.digest


# uses hash: evaluate and endorse
@pytest.mark.parametrize("step", ["evaluate", "endorse"])
def test_the_signer_is_given_the_digest(channel: StubChannel, step: str) -> None:
    signing = Signing()
    options = weftwork.Options(hash=weftwork.Hash.SHA384)
    gateway = weftwork.Gateway.on_channel(channel, user().identity, signing, options=options)
    proposal = gateway.network("CHANNEL_NAME").contract("CHAINCODE_NAME").proposal("f")
    getattr(proposal, step)()
    assert signing.given == [proposal.digest]
    assert len(proposal.digest) == 48


# uses hash: proposal, envelope and status request of a submit
def test_all_that_a_submit_signs_is_hashed(channel: StubChannel) -> None:
    signing = Signing()
    options = weftwork.Options(hash=weftwork.Hash.SHA3_256)
    gateway = weftwork.Gateway.on_channel(channel, user().identity, signing, options=options)
    proposal = gateway.network("CHANNEL_NAME").contract("CHAINCODE_NAME").proposal("f")
    transaction = proposal.endorse()
    commit = transaction.submit()
    commit.status()
    assert signing.given == [proposal.digest, transaction.digest, commit.digest]
    assert len(set(signing.given)) == 3
    assert [len(digest) for digest in signing.given] == [32] * 3


# signing identity: default signer throws; uses supplied signer
def test_the_supplied_signer_signs_and_none_is_told(channel: StubChannel) -> None:
    def proposal(signer: weftwork.Signer | None) -> weftwork.Proposal:
        gateway = weftwork.Gateway.on_channel(channel, user().identity, signer)
        return gateway.network("CHANNEL_NAME").contract("CHAINCODE_NAME").proposal("f")

    with pytest.raises(weftwork.SignatureError, match="no signer"):
        proposal(None).evaluate()
    made = proposal(lambda message: b"SIGNATURE")
    made.evaluate()
    assert made.signature == b"SIGNATURE"
