"""Signatures: low S for both curves, Ed25519, keys that Fabric refuses."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.people import issue, new_key, pem_of, user
from weftwork.errors import IdentityError
from weftwork.identity import Identity
from weftwork.signer import check_pair, low_s, signer_from_key

ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "394020061963944792122790401001436138050797392704654466679469052796276593991132635693989563"
        "08152294913554433653942643"
    ),
}


@pytest.mark.parametrize(("kind", "curve"), [("P-256", "secp256r1"), ("P-384", "secp384r1")])
def test_ecdsa_signatures_verify_and_are_low(kind: str, curve: str) -> None:
    issued = issue("clerk", kind)
    sign = signer_from_key(issued.key)
    public = x509.load_pem_x509_certificate(issued.certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    for number in range(40):
        message = b"message %d" % number
        signature = sign(message)
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        assert decode_dss_signature(signature)[1] <= ORDERS[curve] // 2


def test_ed25519_signs_the_message_itself() -> None:
    issued = issue("clerk", "Ed25519")
    public = x509.load_pem_x509_certificate(issued.certificate).public_key()
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(signer_from_key(issued.key)(b"message"), b"message")


@given(r=st.integers(1, 2**255), data=st.data(), curve=st.sampled_from(sorted(ORDERS)))
def test_low_s_keeps_r_and_brings_s_down(r: int, data: st.DataObject, curve: str) -> None:
    order = ORDERS[curve]
    s = data.draw(st.integers(1, order - 1))
    lowered = decode_dss_signature(low_s(encode_dss_signature(r, s), curve))
    assert lowered == (r, min(s, order - s))


@pytest.mark.parametrize("s_of", ["half", "half and one"])
def test_low_s_at_the_border(s_of: str) -> None:
    half = ORDERS["secp256r1"] // 2
    s = half if s_of == "half" else half + 1
    assert decode_dss_signature(low_s(encode_dss_signature(5, s), "secp256r1")) == (5, half)


def test_other_keys_are_refused_with_words() -> None:
    with pytest.raises(IdentityError, match="secp256k1: Fabric accepts P-256 and P-384"):
        signer_from_key(pem_of(new_key("secp256k1")))
    with pytest.raises(IdentityError, match="not readable PEM"):
        signer_from_key(b"nonsense")


def test_an_error_of_a_key_shows_nothing_of_it() -> None:
    broken = issue("clerk").key.replace(b"PRIVATE KEY", b"PRIVATE KEYS")
    with pytest.raises(IdentityError) as caught:
        signer_from_key(broken)
    assert broken.splitlines()[1].decode() not in str(caught.value)


def test_a_key_and_a_certificate_must_belong_together() -> None:
    clerk, other = issue("clerk"), issue("other")
    identity = Identity("AMSP", clerk.certificate)
    check_pair(identity, clerk.key)
    with pytest.raises(IdentityError, match="does not belong to the certificate of AMSP CN=clerk"):
        check_pair(identity, other.key)


def test_an_identity_is_checked_where_it_is_made() -> None:
    with pytest.raises(IdentityError, match="MSP id"):
        Identity("", issue("clerk").certificate)
    with pytest.raises(IdentityError, match=r"not PEM X\.509"):
        Identity("AMSP", b"nonsense")


def test_keys_load_from_sec1_too() -> None:
    from cryptography.hazmat.primitives import serialization

    key = load_pem_private_key(issue("clerk").key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    sec1 = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    key.public_key().verify(signer_from_key(sec1)(b"m"), b"m", ec.ECDSA(hashes.SHA256()))


def test_a_user_never_shows_its_key() -> None:
    assert "PRIVATE" not in repr(user())
