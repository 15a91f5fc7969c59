"""Signing elsewhere on the real network, as docs/signing.md shows it, each party a process."""

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

import weftwork
from tests.integration.documents import shown
from weftwork_contracts.logistics.model import Consignment, Draft, Item
from weftwork_network import Network

PAGE = "docs/signing.md"
SIGN = """
import sys
from pathlib import Path
import weftwork
key = Path(sys.argv[1]).read_bytes()
"""


def elsewhere(folder: Path, key: Path, block: str) -> str:
    """The page's signing, in a process that has the key and no network; what it prints."""
    command = [sys.executable, "-c", SIGN + shown(PAGE, block), str(key)]
    done = subprocess.run(
        command, cwd=folder, check=True, env=os.environ, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@pytest.fixture
def party(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    profile = weftwork.load_profile(network.profile("Logistics"))
    assert profile.wallet is not None
    user = weftwork.FileWallet(profile.wallet).get("clerk")
    (tmp_path / "key.pem").write_bytes(user.private_key)
    monkeypatch.chdir(tmp_path)
    return {
        "weftwork": weftwork,
        "Path": Path,
        "endpoint": profile.peer(),
        "identity": user.identity,
        "sign": weftwork.signer_from_key(user.private_key).sign_digest,
    }


@pytest.mark.parametrize("block", ["sign", "read and sign"])
def test_signed_in_another_process(party: dict[str, object], tmp_path: Path, block: str) -> None:
    name = f"C-{block.upper().replace(' ', '-')}"
    draft = Draft(id=name, consignee="EnergyMSP", items=(Item(id=f"M{name}"),))
    names = dict(party, draft=draft)
    exec(shown(PAGE, "prepare"), names)
    printed = elsewhere(tmp_path, tmp_path / "key.pem", block)
    if block == "read and sign":
        assert printed.startswith("LogisticsMSP crosswork logistics create b'{")
        assert name in printed
    exec(shown(PAGE, "go on"), names)
    gateway = names["gateway"]
    assert isinstance(gateway, weftwork.Gateway)
    gateway.close()


def test_another_key_s_signature_is_refused_and_none_is_not_sent(
    party: dict[str, object], network: Network
) -> None:
    profile = weftwork.load_profile(network.profile("Energy"))
    assert profile.wallet is not None
    other = weftwork.FileWallet(profile.wallet).get("clerk")
    endpoint, identity = party["endpoint"], party["identity"]
    assert isinstance(endpoint, weftwork.Endpoint)
    assert isinstance(identity, weftwork.Identity)
    with weftwork.connect_endpoint(endpoint, identity, None) as gateway:
        proposal = gateway.network("crosswork").contract("logistics").proposal("read", "C-SIGN")
        with pytest.raises(weftwork.SignatureError, match="has no signer"):
            proposal.evaluate()
        forged = weftwork.signer_from_key(other.private_key).sign_digest(proposal.digest)
        with pytest.raises(weftwork.EvaluateError, match="access denied"):
            gateway.proposal(proposal.to_bytes(), forged).evaluate()


def test_a_wrong_signature_is_refused_at_every_stage(party: dict[str, Any]) -> None:
    """Each by who verifies it: endorsing peers, orderers, the gateway's own peer."""
    endpoint, identity, sign = party["endpoint"], party["identity"], party["sign"]
    draft = Draft(id="C-FORGED", consignee="EnergyMSP", items=(Item(id="M-FORGED"),))
    with weftwork.connect_endpoint(endpoint, identity) as gateway:
        proposal = gateway.network("crosswork").contract("logistics").proposal("create", draft)
        forged = sign(b"0" * 32)
        with pytest.raises(weftwork.EndorseError) as unendorsed:
            gateway.proposal(proposal.to_bytes(), forged).endorse()
        transaction = gateway.proposal(proposal.to_bytes(), sign(proposal.digest)).endorse()
        with pytest.raises(weftwork.SubmitError) as unordered:
            gateway.transaction(transaction.to_bytes(), forged).submit()
        commit = gateway.transaction(transaction.to_bytes(), sign(transaction.digest)).submit()
        with pytest.raises(weftwork.CommitStatusError) as untold:
            gateway.commit(commit.to_bytes(), forged).status()
        for caught in (unendorsed, unordered, untold):
            assert proposal.transaction_id in str(caught.value)
        assert unendorsed.value.refusals[0].mspid == "LogisticsMSP"
        assert "FORBIDDEN" in unordered.value.message
        assert not unordered.value.in_doubt
        assert untold.value.status == "PERMISSION_DENIED"
        assert gateway.commit(commit.to_bytes(), sign(commit.digest)).status().successful


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()],
    ids=["P-384", "Ed25519"],
)
def test_a_user_with_another_kind_of_key_submits(
    network: Network, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    profile = weftwork.load_profile(network.profile("Logistics"))
    identity = weftwork.Identity(profile.mspid, certified(network, key))
    signer = weftwork.signer_from_key(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    name = type(key).__name__.strip("_")
    with weftwork.connect_endpoint(profile.peer(), identity, signer) as gateway:
        logistics = gateway.network("crosswork").contract("logistics")
        draft = Draft(id=f"C-{name}", consignee="EnergyMSP", items=(Item(id=f"M-{name}"),))
        logistics.submit("create", draft)
        assert logistics.evaluate("read", draft.id, returns=Consignment).id == draft.id


def certified(
    network: Network, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> bytes:
    """A clerk's certificate for a key that the network tool would not make."""
    folder = network.state.department(network.topology.member("Logistics")) / "ca"
    authority = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    signing = load_pem_private_key((folder / "key.pem").read_bytes(), password=None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    profile = weftwork.load_profile(network.profile("Logistics"))
    assert profile.wallet is not None
    clerk = weftwork.FileWallet(profile.wallet).get("clerk").identity.x509
    begins = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=10)
    builder = (
        x509.CertificateBuilder()
        .subject_name(clerk.subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=1))
    )
    for extension in clerk.extensions:  # its role is an attribute in one of them
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(signing, SHA256()).public_bytes(Encoding.PEM)
