"""What is signed elsewhere: bytes that travel, digests, and signers of both kinds."""

import hashlib
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from hypothesis import given
from hypothesis import strategies as st

import weftwork
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from weftwork.errors import LedgerError, SignatureError
from weftwork.signing import Hash, SigningIdentity
from weftwork.travelling import read_commit, read_proposal, read_transaction
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2

MESSAGE = b"what is signed"


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
@pytest.mark.parametrize(
    ("chosen", "algorithm"), [(Hash.SHA256, hashes.SHA256()), (Hash.SHA384, hashes.SHA384())]
)
def test_a_key_signs_the_digest_of_the_hash_that_is_named(
    curve: ec.EllipticCurve, chosen: Hash, algorithm: hashes.HashAlgorithm
) -> None:
    key = ec.generate_private_key(curve)
    signing = SigningIdentity(user().identity, weftwork.signer_from_key(pem(key)), chosen)
    digest = signing.digest(MESSAGE)
    assert digest == hashlib.new(chosen.value, MESSAGE).digest()
    key.public_key().verify(signing.sign(MESSAGE), digest, ec.ECDSA(Prehashed(algorithm)))


def test_a_callable_is_given_the_digest_where_a_hash_is_named_and_the_message_otherwise() -> None:
    given: list[bytes] = []

    def signer(what: bytes) -> bytes:
        given.append(what)
        return b"signed"

    for hashing in (None, Hash.NONE, Hash.SHA3_256):
        SigningIdentity(user().identity, signer, hashing).sign(MESSAGE)
    assert given == [MESSAGE, MESSAGE, hashlib.sha3_256(MESSAGE).digest()]


def test_ed25519_signs_no_digest() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    signer = weftwork.signer_from_key(pem(key))
    key.public_key().verify(
        SigningIdentity(user().identity, signer, Hash.NONE).sign(MESSAGE), MESSAGE
    )
    with pytest.raises(SignatureError, match=r"set Options\.hash to Hash\.NONE"):
        SigningIdentity(user().identity, signer, Hash.SHA256).sign(MESSAGE)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519"])
def test_the_digest_is_what_the_identity_s_key_signs(kind: str) -> None:
    someone = user(kind=kind)
    digest = SigningIdentity(someone.identity, None, None).digest(MESSAGE)
    public = someone.identity.x509.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        assert digest == MESSAGE
        public.verify(someone.signer()(digest), MESSAGE)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        signer = weftwork.signer_from_key(someone.private_key)
        public.verify(signer.sign_digest(digest), MESSAGE, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("given", "said"), [(b"", "nothing"), (None, "nothing"), ("3045", "a str")]
)
def test_a_signer_that_gives_no_bytes_is_told_of(given: Any, said: str) -> None:
    with pytest.raises(SignatureError, match=f"gave {said}, not a signature's bytes"):
        SigningIdentity(user().identity, lambda message: given, None).sign(MESSAGE)


def test_a_key_in_place_of_a_signer_is_refused_where_it_is_given() -> None:
    clerk: Any = user()
    with pytest.raises(weftwork.ArgumentError, match="signer_from_key makes one") as caught:
        weftwork.Gateway.on_channel(object(), clerk.identity, clerk.private_key)
    assert "PRIVATE" not in str(caught.value)


def test_a_gateway_needs_no_signer() -> None:
    gateway = weftwork.Gateway.on_channel(object(), user().identity)
    with pytest.raises(SignatureError, match="has no signer"):
        gateway.network("c").contract("cc").submit("f")


def test_a_transaction_that_cannot_be_read_is_refused_before_it_is_submitted(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b"result"
    data = gateway.network("c").contract("cc").proposal("f").endorse().to_bytes()
    assert gateway.transaction(data).result == b"result"
    message = gateway_pb2.PreparedTransaction.FromString(data)
    message.transaction_id = "0" * 64
    with pytest.raises(LedgerError, match="says that it is 0000"):
        gateway.transaction(message.SerializeToString())
    message = gateway_pb2.PreparedTransaction.FromString(data)
    payload = common_pb2.Payload.FromString(message.envelope.payload)
    payload.data = b"nothing"
    message.envelope.payload = payload.SerializeToString()
    with pytest.raises(LedgerError):
        gateway.transaction(message.SerializeToString())
    assert not fake.submitted


def proposed(**options: Any) -> bytes:
    """A proposal as it travels, made with no connection."""
    gateway = weftwork.Gateway.on_channel(object(), user().identity, None)
    contract = gateway.network("crosswork").contract("logistics")
    return contract.proposal("offer", "C-1", 7, **options).to_bytes()


def test_who_signs_elsewhere_reads_what_it_would_sign() -> None:
    data = proposed(
        transient={"price": b"secret 4711", "grade": b"A"}, endorsing_organizations=["EnergyMSP"]
    )
    read = read_proposal(data)
    assert (read.content.channel, read.chaincode, read.function) == (
        "crosswork",
        "logistics",
        "offer",
    )
    assert read.arguments == (b"C-1", b"7")
    assert read.transient == ("grade", "price")
    assert (read.mspid, read.certificate) == ("LogisticsMSP", user().identity.certificate)
    assert read.organizations == ("EnergyMSP",)
    assert read.message == gateway_pb2.ProposedTransaction.FromString(data).proposal.proposal_bytes
    assert "4711" not in repr(read)


def test_a_proposal_that_pretends_is_refused() -> None:
    message = gateway_pb2.ProposedTransaction.FromString(proposed())
    message.transaction_id = "0" * 64
    with pytest.raises(LedgerError, match="says that it is transaction 0000"):
        read_proposal(message.SerializeToString())
    message = gateway_pb2.ProposedTransaction.FromString(proposed())
    inner = peer_pb2.Proposal.FromString(message.proposal.proposal_bytes)
    payload = peer_pb2.ChaincodeProposalPayload.FromString(inner.payload)
    spec = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input)
    spec.chaincode_spec.chaincode_id.name = "harmless"
    payload.input = spec.SerializeToString()
    inner.payload = payload.SerializeToString()
    message.proposal.proposal_bytes = inner.SerializeToString()
    with pytest.raises(LedgerError, match="calls logistics and says that it calls harmless"):
        read_proposal(message.SerializeToString())


def test_without_a_signer_the_text_says_what_to_do() -> None:
    with pytest.raises(SignatureError, match="sign the digest elsewhere") as caught:
        SigningIdentity(user().identity, None, None).sign(MESSAGE)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_in_words(data: bytes) -> None:
    for read in (read_proposal, read_transaction, read_commit):
        with pytest.raises(LedgerError, match=r"as to_bytes\(\) gives it"):
            read(data)
