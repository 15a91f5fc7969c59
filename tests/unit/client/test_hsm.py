"""The signer of an HSM, with SoftHSM2: what it signs, and what it says when it cannot."""

import asyncio
import datetime
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

import weftwork.aio
from tests.integration.documents import shown
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from weftwork.errors import SignatureError
from weftwork.hsm import HsmSigner
from weftwork.hsm_token import HsmToken
from weftwork.identity import Identity
from weftwork.wallet import FileWallet, User

LIBRARY = next(
    (
        path
        for path in (
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
            "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        )
        if Path(path).exists()
    ),
    "",
)
pytestmark = pytest.mark.skipif(
    not LIBRARY or shutil.which("softhsm2-util") is None,
    reason="no SoftHSM2 here: install Debian's softhsm2",
)
LABEL, PIN = "departments", "98765432"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# A tool of its own makes the keys, so that the signer alone opens the library in this process.
MAKE = """
import hashlib, sys, pkcs11
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
library, label, pin, curve, name = sys.argv[1:]
with pkcs11.lib(library).get_token(token_label=label).open(rw=True, user_pin=pin) as session:
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC,
        {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(curve)},
        local=True,
    )
    public, private = parameters.generate_keypair(store=True, id=name.encode())
    encoded = encode_ec_public_key(public)
    if name == "SKI":  # as Fabric's tools name it: by the point, the last 65 bytes
        private[pkcs11.Attribute.ID] = hashlib.sha256(encoded[-65:]).digest()
    sys.stdout.buffer.write(encoded)
"""


def keys(curve: str, name: str) -> ec.EllipticCurvePublicKey:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: the extra hsm")
    words = [sys.executable, "-c", MAKE, LIBRARY, LABEL, PIN, curve, name]
    made = subprocess.run(words, capture_output=True, check=True)
    found = load_der_public_key(made.stdout)
    assert isinstance(found, ec.EllipticCurvePublicKey)
    return found


@pytest.fixture(scope="module")
def public_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(config)
    words = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN]
    subprocess.run([*words, "--so-pin", "1234"], check=True, capture_output=True)
    yield {
        "P-256": keys("secp256r1", "P-256"),
        "P-384": keys("secp384r1", "P-384"),
        "K-256": keys("secp256k1", "K-256"),
    }
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def certificate(public: ec.EllipticCurvePublicKey) -> bytes:
    """A certificate for the key, by an authority that nobody asks."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "clerk")])
    begins = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=1))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def signer(identifier: str = "P-256", *, label: str = LABEL, pin: str = PIN) -> HsmSigner:
    return HsmSigner(LIBRARY, label=label, pin=pin, identifier=identifier.encode())


@pytest.mark.parametrize("name", ["P-256", "P-384"])
def test_what_it_signs_verifies(
    public_keys: dict[str, ec.EllipticCurvePublicKey], name: str
) -> None:
    key = public_keys[name]
    assert isinstance(key, ec.EllipticCurvePublicKey)
    with signer(name) as sign:
        key.verify(sign(b"message"), b"message", ec.ECDSA(hashes.SHA256()))
        digest = hashes.Hash(hashes.SHA384())
        digest.update(b"message")
        done = digest.finalize()
        key.verify(sign.sign_digest(done), done, ec.ECDSA(Prehashed(hashes.SHA384())))


def test_s_is_low(public_keys: dict[str, ec.EllipticCurvePublicKey]) -> None:
    # One of two is high by itself: that 40 are low by chance happens once in 10**12.
    with signer() as sign:
        assert all(decode_dss_signature(sign(b"%d" % n))[1] <= ORDER // 2 for n in range(40))


def test_threads_share_it_and_several_share_a_token(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    key = public_keys["P-256"]
    assert isinstance(key, ec.EllipticCurvePublicKey)
    made: list[bytes] = []
    with signer() as first, signer() as second:

        def work() -> None:
            made.extend(sign(b"shared") for sign in (first, second) for _ in range(20))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        first.close()
        made.append(second(b"shared"))  # closing the one has not logged out the other
    assert len(made) == 321
    for signature in made:
        key.verify(signature, b"shared", ec.ECDSA(hashes.SHA256()))
    with signer() as again:  # and after the last has logged out, one logs in again
        again(b"shared")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"label": "nobody"}, f"no token 'nobody'; it has '{LABEL}'"),
        ({"pin": "00000000"}, f"token '{LABEL}' refused the PIN"),
        ({"identifier": "none"}, "has no private key with the identifier 6e6f6e65"),
        ({"identifier": "K-256"}, "a curve that Fabric does not accept"),
        ({"label": " "}, "needs its label"),
        ({"pin": ""}, "needs its pin"),
        ({"identifier": ""}, "needs its identifier"),
    ],
)
def test_faults_are_told_in_words(
    public_keys: dict[str, ec.EllipticCurvePublicKey], given: dict[str, str], said: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        signer(**given)
    assert said in str(caught.value)
    assert PIN not in str(caught.value)
    assert "00000000" not in str(caught.value)
    with signer() as sign:  # nothing of the failed one stands in the way
        sign(b"message")


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    pytest.importorskip("pkcs11")
    with pytest.raises(SignatureError, match="is no PKCS#11 library"):
        HsmSigner(tmp_path / "none.so", label=LABEL, pin=PIN, identifier=b"x")


def test_a_closed_one_says_so_and_shows_no_pin(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    sign = signer()
    assert PIN not in repr(sign)
    sign.close()
    sign.close()
    with pytest.raises(SignatureError, match="has been closed"):
        sign(b"message")


def test_another_process_is_refused(public_keys: dict[str, ec.EllipticCurvePublicKey]) -> None:
    with signer() as sign:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            try:
                sign(b"message")
            except SignatureError as error:
                os.write(writing, str(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert b"opened in another process" in os.read(reading, 1000)
        sign(b"message")


def test_the_page_s_block_finds_the_key_of_a_certificate(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    public = keys("secp256r1", "SKI")
    names: dict[str, object] = {
        "identity": Identity("EnergyMSP", certificate(public)),
        "library": LIBRARY,
        "pin": PIN,
    }
    exec(shown("docs/signing.md", "hsm"), names)
    signature = names["signature"]
    assert isinstance(signature, bytes)
    public.verify(signature, b"message", ec.ECDSA(hashes.SHA256()))


def test_a_wallet_s_user_signs_with_the_token(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    # The token's keys have names here in place of the identifiers that Fabric's tools give them.
    def identifier(identity: Identity) -> bytes:
        return b"P-256"

    monkeypatch.setattr("weftwork.hsm_token.subject_key_identifier", identifier)
    with HsmToken(LIBRARY, label=LABEL, pin=PIN) as token:
        wallet = FileWallet(tmp_path, hsm=token)
        wallet.put(User("clerk", user().identity, b"", token))
        signer = wallet.get("clerk").signer()
        public_keys["P-256"].verify(signer(b"message"), b"message", ec.ECDSA(hashes.SHA256()))
        assert wallet.get("clerk").signer() is signer
    with pytest.raises(SignatureError, match="has been closed"):
        signer(b"message")


def test_another_pin_is_refused_while_the_token_is_open(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    """Who has logged in has done so for the whole process: no reason to let others in."""
    with signer() as sign:
        with pytest.raises(SignatureError, match="open in this process, with another PIN"):
            signer(pin="00000000")
        sign(b"message")


def test_a_part_of_the_application_that_uses_the_token_is_left_alone(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    import pkcs11

    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
    with pkcs11.lib(LIBRARY).get_token(token_label=LABEL).open(user_pin=PIN) as session:
        with signer() as sign:
            sign(b"message")
        assert list(session.get_objects(wanted))  # it is still logged in


def test_a_key_of_another_certificate_is_refused(
    public_keys: dict[str, ec.EllipticCurvePublicKey],
) -> None:
    key, other = public_keys["P-256"], ec.generate_private_key(ec.SECP256R1()).public_key()
    mine, others = (Identity("EnergyMSP", certificate(each)) for each in (key, other))
    with HsmSigner(LIBRARY, label=LABEL, pin=PIN, identifier="P-256", identity=mine) as sign:
        sign(b"message")
    with pytest.raises(SignatureError, match="does not belong to the certificate of EnergyMSP"):
        HsmSigner(LIBRARY, label=LABEL, pin=PIN, identifier="P-256", identity=others)


def test_a_fork_opens_its_own(public_keys: dict[str, ec.EllipticCurvePublicKey]) -> None:
    with signer() as sign:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            try:
                with signer() as own:
                    os.write(writing, b"%d" % len(own(b"message")))
            except BaseException as error:
                os.write(writing, repr(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert int(os.read(reading, 1000)) in range(68, 73)
        sign(b"message")


async def test_an_async_gateway_goes_on_while_the_token_signs(
    public_keys: dict[str, ec.EllipticCurvePublicKey], fake: FakeGateway
) -> None:
    fake.functions["f"] = lambda call: b"result"
    identity = Identity("EnergyMSP", certificate(public_keys["P-256"]))
    turned = threading.Event()
    with HsmSigner(LIBRARY, label=LABEL, pin=PIN, identifier="P-256", identity=identity) as sign:

        class Slow:
            """Signs with the token, once the loop has turned."""

            in_thread = sign.in_thread

            def __call__(self, message: bytes) -> bytes:
                assert turned.wait(10)
                return sign(message)

        async with weftwork.aio.connect_endpoint(fake.endpoint, identity, Slow()) as gateway:
            contract = gateway.network("c").contract("cc")
            calls = [asyncio.create_task(contract.evaluate("f")) for _ in range(4)]
            await asyncio.sleep(0)
            turned.set()
            assert await asyncio.gather(*calls) == [b"result"] * 4
