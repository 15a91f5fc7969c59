"""Wallets and MSP folders that other programs have written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.people import issue, user
from weftwork.errors import SignatureError, WalletError
from weftwork.hsm_token import HsmToken
from weftwork.wallet import FileWallet, MemoryWallet, User

SKI = "8f5b9b6e"


def fabric_network_1(folder: Path, label: str, **changes: Any) -> None:
    clerk = user(label=label)
    (folder / label).mkdir(parents=True)
    entry = {
        "name": label,
        "mspid": "LogisticsMSP",
        "roles": None,
        "affiliation": "",
        "enrollmentSecret": "",
        "enrollment": {
            "signingIdentity": SKI,
            "identity": {"certificate": clerk.identity.certificate.decode()},
        },
    }
    (folder / label / label).write_text(json.dumps({**entry, **changes}))
    (folder / label / f"{SKI}-priv").write_bytes(clerk.private_key)
    (folder / label / f"{SKI}-pub").write_text("")


def sdk_py(folder: Path, label: str) -> None:
    clerk = user(label=label)
    (folder / label).mkdir(parents=True)
    (folder / label / "enrollmentCert.pem").write_bytes(clerk.identity.certificate)
    (folder / label / "private_sk").write_bytes(clerk.private_key)


def test_users_of_three_programs_in_one_folder(tmp_path: Path) -> None:
    fabric_network_1(tmp_path, "anna")
    sdk_py(tmp_path, "bert")
    (tmp_path / "nothing").mkdir()
    wallet = FileWallet(tmp_path, mspid="LogisticsMSP")
    wallet.put(user(label="clerk"))
    assert wallet.labels() == ["anna", "bert", "clerk"]
    for label in wallet.labels():
        assert wallet.get(label) == user(label=label)
    wallet.put(user(label="anna"))
    assert (tmp_path / "anna.id").is_file()
    assert wallet.labels() == ["anna", "bert", "clerk"]
    with pytest.raises(WalletError, match="another program's entry: delete the folder by hand"):
        wallet.remove("bert")


def test_fabric_sdk_py_keeps_no_msp_id(tmp_path: Path) -> None:
    sdk_py(tmp_path, "bert")
    with pytest.raises(WalletError, match="keeps no MSP id: name it"):
        FileWallet(tmp_path).get("bert")
    (tmp_path / "bert" / "private_sk").write_bytes(issue("other").key)
    with pytest.raises(WalletError, match="bert: private key does not belong"):
        FileWallet(tmp_path, mspid="AMSP").get("bert")
    (tmp_path / "bert" / "private_sk").unlink()
    with pytest.raises(WalletError, match="private_sk: cannot be read"):
        FileWallet(tmp_path, mspid="AMSP").get("bert")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mspid": ""}, "mspid: is missing"),
        ({"enrollment": None}, r"enrollment\.identity\.certificate: is missing"),
        (
            {"enrollment": {"signingIdentity": "../x", "identity": {"certificate": "c"}}},
            "is no key's name",
        ),
        (
            {"enrollment": {"signingIdentity": "ff", "identity": {"certificate": "c"}}},
            "ff-priv: cannot be read",
        ),
        (
            {"enrollment": {"signingIdentity": SKI, "identity": {"certificate": "c"}}},
            "is not PEM X.509",
        ),
    ],
)
def test_a_bad_entry_of_fabric_network_1(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    fabric_network_1(tmp_path, "anna", **changes)
    with pytest.raises(WalletError, match=words) as caught:
        FileWallet(tmp_path).get("anna")
    assert str(tmp_path / "anna") in str(caught.value)


def msp(folder: Path, *keys: bytes) -> Path:
    for name in ("signcerts", "keystore"):
        (folder / name).mkdir(parents=True)
    (folder / "signcerts" / "cert.pem").write_bytes(user().identity.certificate)
    for n, key in enumerate(keys):
        (folder / "keystore" / f"{n}_sk").write_bytes(key)
    return folder


def test_an_msp_folder_and_the_key_that_fits(tmp_path: Path) -> None:
    folder = msp(tmp_path / "msp", issue("old").key, b"not a key", user().private_key)
    assert User.from_msp(folder, "LogisticsMSP") == user()
    assert User.from_msp(str(folder), "LogisticsMSP", label="boss").label == "boss"


def test_an_msp_folder_that_will_not_do(tmp_path: Path) -> None:
    with pytest.raises(WalletError, match="signcerts: cannot be read"):
        User.from_msp(tmp_path, "AMSP")
    with pytest.raises(WalletError, match="keystore: holds no private key"):
        User.from_msp(msp(tmp_path / "a"), "AMSP")
    folder = msp(tmp_path / "b", issue("other").key)
    with pytest.raises(WalletError, match="no key in it belongs to the certificate of AMSP"):
        User.from_msp(folder, "AMSP")
    (folder / "signcerts" / "second.pem").write_text("")
    with pytest.raises(WalletError, match="holds 2 files in place of one certificate"):
        User.from_msp(folder, "AMSP")


def test_a_user_whose_key_is_in_an_hsm(tmp_path: Path) -> None:
    token = HsmToken("/no/such/library.so", label="departments", pin="98765432")
    kept = User("clerk", user().identity, b"", token)
    wallet = FileWallet(tmp_path, hsm=token)
    wallet.put(kept)
    entry = json.loads((tmp_path / "clerk.id").read_text())
    assert entry["type"] == "HSM-X.509"
    assert list(entry["credentials"]) == ["certificate"]
    # fabric-network took also a version 2, with a private key of no meaning.
    (tmp_path / "clerk.id").write_text(
        json.dumps(
            {**entry, "version": 2, "credentials": {**entry["credentials"], "privateKey": ""}}
        )
    )
    assert wallet.get("clerk") == kept
    with pytest.raises(WalletError, match="its key is in an HSM: name it"):
        FileWallet(tmp_path).get("clerk")
    memory = MemoryWallet()
    memory.put(kept)
    assert "98765432" not in repr(memory.get("clerk")) + repr(token)
    with token, pytest.raises(SignatureError, match="is no PKCS#11 library"):
        kept.signer()


def test_a_wallet_of_another_kind_of_identity(tmp_path: Path) -> None:
    (tmp_path / "clerk.id").write_text(json.dumps({"type": "Idemix", "mspId": "AMSP"}))
    with pytest.raises(WalletError, match=r"type is 'Idemix', only X\.509 and HSM-X\.509"):
        FileWallet(tmp_path).get("clerk")
