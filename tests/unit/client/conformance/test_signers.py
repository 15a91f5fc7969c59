"""What the official client's tests say of signers made from private keys (signers.test.ts)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

import weftwork
from tests.unit.client.people import new_key, pem_of

MESSAGE = b"conga"


# throws for public key
def test_a_public_key_is_refused() -> None:
    public = new_key("P-256").public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(weftwork.IdentityError, match="public"):
        weftwork.signer_from_key(pem)


# throws for unsupported private key type
def test_a_key_of_another_kind_is_refused() -> None:
    key: Any = dsa.generate_private_key(1024)
    with pytest.raises(weftwork.IdentityError, match="DSA"):
        weftwork.signer_from_key(pem_of(key))


# EC: throws for unsupported curve
def test_another_curve_is_refused() -> None:
    with pytest.raises(weftwork.IdentityError, match="secp256k1"):
        weftwork.signer_from_key(pem_of(new_key("secp256k1")))


# EC: creates valid signer for P-256 private key, and for P-384 with SHA-384
@pytest.mark.parametrize(
    ("kind", "hashed_by", "algorithm"),
    [
        ("P-256", weftwork.Hash.SHA256, hashes.SHA256()),
        ("P-384", weftwork.Hash.SHA384, hashes.SHA384()),
        ("P-384", weftwork.Hash.SHA256, hashes.SHA256()),
        ("P-256", weftwork.Hash.SHA3_256, hashes.SHA3_256()),
        ("P-384", weftwork.Hash.SHA3_384, hashes.SHA3_384()),
    ],
)
def test_a_digest_is_signed(
    kind: str, hashed_by: weftwork.Hash, algorithm: hashes.HashAlgorithm
) -> None:
    key = new_key(kind)
    signer = weftwork.signer_from_key(pem_of(key))
    signature = signer.sign_digest(hashed_by.digest(MESSAGE))
    public: Any = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, MESSAGE, ec.ECDSA(algorithm))


# Ed25519: creates valid signer
def test_ed25519_signs_the_message_itself() -> None:
    key = new_key("Ed25519")
    public: Any = key.public_key()
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(weftwork.signer_from_key(pem_of(key))(MESSAGE), MESSAGE)


def test_a_digest_of_another_length_is_refused() -> None:
    signer = weftwork.signer_from_key(pem_of(new_key("P-256")))
    with pytest.raises(weftwork.SignatureError, match="31"):
        signer.sign_digest(bytes(31))
