"""Users whose private key is born in an HSM and stays there: SoftHSM2, over PKCS#11.

The suite registers such a user with a Fabric CA; here Org1's own authority, the network tool's,
signs a certificate for the public key that the token gives out. The token's label and pin, and the
key's identifier (the SKI of Fabric's bccsp), are those of the suite.

    python -m tests.scenario.hsm LIBRARY

makes a key in the token and writes its public half; a process of its own, as an officer's tool is,
so that the client alone opens the library in the process of the steps.
"""

import datetime
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

import weftwork
from weftwork.hsm import HsmSigner, subject_key_identifier
from weftwork_network import Network

LABEL, PIN = "ForFabric", "98765432"
_LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
_LIFE = datetime.timedelta(days=1)


def missing() -> str:
    """What this machine lacks for them, in words; empty where nothing."""
    if _library() is None or shutil.which("softhsm2-util") is None:
        return "no SoftHSM2 here; install Debian's softhsm2"
    if importlib.util.find_spec("pkcs11") is None:
        return "pip install 'weftwork[hsm]'"
    return ""


def enrol(network: Network, user: str, mspid: str) -> None:
    """Has a key made for a user in the token, and a certificate for it signed; once."""
    certificate = _certificate(network, user)
    if certificate.exists():
        return
    _open_token(network)
    made = subprocess.run(
        [sys.executable, "-m", "tests.scenario.hsm", str(_library())],
        capture_output=True,
        check=True,
    )
    public_key = load_der_public_key(made.stdout)
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    certificate.write_bytes(_signed(network, user, mspid, public_key))


def opened(network: Network, user: str, mspid: str) -> tuple[weftwork.Identity, HsmSigner]:
    """A user's identity, and the signer that asks the token."""
    _open_token(network)
    identity = weftwork.Identity(mspid, _certificate(network, user).read_bytes())
    key = subject_key_identifier(identity)
    return identity, HsmSigner(str(_library()), label=LABEL, pin=PIN, identifier=key)


def _library() -> str | None:
    return next((path for path in _LIBRARIES if Path(path).exists()), None)


def _certificate(network: Network, user: str) -> Path:
    return network.project.folder / "hsm" / f"{user}.pem"


def _open_token(network: Network) -> None:
    """Points SoftHSM at a token of this network's own, which is made at the first call."""
    folder = network.project.folder / "hsm"
    config = folder / "softhsm2.conf"
    os.environ["SOFTHSM2_CONF"] = str(config)
    if config.exists():
        return
    (folder / "tokens").mkdir(parents=True)
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    words = ["softhsm2-util", "--init-token", "--free", "--label", LABEL]
    subprocess.run([*words, "--pin", PIN, "--so-pin", "1234"], capture_output=True, check=True)


def _identifier(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """The SKI by which Fabric's bccsp calls a key: SHA-256 of the point, uncompressed."""
    point = public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).digest()


def _signed(
    network: Network, user: str, mspid: str, public_key: ec.EllipticCurvePublicKey
) -> bytes:
    folder = network.state.department(network.topology.member(mspid)) / "ca"
    authority = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    key = load_pem_private_key((folder / "key.pem").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name(
        [
            # The unit by which Fabric tells clients from peers.
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "client"),
            x509.NameAttribute(NameOID.COMMON_NAME, user),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=10))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def _make_key(library: str) -> bytes:
    """A P-256 key pair, made in the token; the public key as DER."""
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    token: Any = pkcs11.lib(library).get_token(token_label=LABEL)
    with token.open(rw=True, user_pin=PIN) as session:
        parameters: Any = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, private = parameters.generate_keypair(store=True, id=b"new")
        encoded: bytes = encode_ec_public_key(public)
        found = load_der_public_key(encoded)
        assert isinstance(found, ec.EllipticCurvePublicKey)
        for half in (public, private):
            half[pkcs11.Attribute.ID] = _identifier(found)
    return encoded


if __name__ == "__main__":
    sys.stdout.buffer.write(_make_key(sys.argv[1]))
