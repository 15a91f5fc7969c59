"""Signing elsewhere on the real network, as docs/signing.md shows it, each party a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import weftwork
from tests.integration.documents import shown
from weftwork_contracts.logistics.model import Draft, Item
from weftwork_network import Network

PAGE = "docs/signing.md"
SIGN = """
import sys
from pathlib import Path
import weftwork
key = Path(sys.argv[1]).read_bytes()
"""


def elsewhere(folder: Path, key: Path) -> None:
    """The page's signing, in a process that has the key and no network."""
    command = [sys.executable, "-c", SIGN + shown(PAGE, "sign"), str(key)]
    subprocess.run(command, cwd=folder, check=True, env=os.environ)


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


def test_signed_in_another_process(party: dict[str, object], tmp_path: Path) -> None:
    names = dict(party, draft=Draft(id="C-SIGN", consignee="EnergyMSP", items=(Item(id="M-SIGN"),)))
    exec(shown(PAGE, "prepare"), names)
    elsewhere(tmp_path, tmp_path / "key.pem")
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
