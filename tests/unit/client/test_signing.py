"""What is signed elsewhere: bytes that travel, digests, and signers of both kinds."""

import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from hypothesis import given
from hypothesis import strategies as st

import weftwork
from tests.unit.client.people import user
from weftwork.errors import LedgerError, SignatureError
from weftwork.signing import Hash, SigningIdentity
from weftwork.travelling import read_commit, read_proposal, read_transaction

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


def test_without_a_signer_the_text_says_what_to_do() -> None:
    with pytest.raises(SignatureError, match="sign the digest elsewhere") as caught:
        SigningIdentity(user().identity, None, None).sign(MESSAGE)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_in_words(data: bytes) -> None:
    for read in (read_proposal, read_transaction, read_commit):
        with pytest.raises(LedgerError, match=r"as to_bytes\(\) gives it"):
            read(data)
