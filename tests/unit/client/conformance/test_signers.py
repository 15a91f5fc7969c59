"""What the official client's tests say of signers made from private keys (signers.test.ts)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa

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
