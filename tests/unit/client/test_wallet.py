"""Wallets: what is written is read, what is wrong is said."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.people import issue, user
from weftwork.errors import IdentityError, UnknownUserError, WalletError
from weftwork.identity import Identity
from weftwork.wallet import FileWallet, MemoryWallet, User


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_users_come_back(kind: str, tmp_path: Path) -> None:
    wallet = FileWallet(tmp_path / "wallet") if kind == "file" else MemoryWallet()
    assert wallet.labels() == []
    clerk, boss = user(), user(label="boss")
    wallet.put(clerk)
    wallet.put(boss)
    assert wallet.labels() == ["boss", "clerk"]
    assert wallet.get("clerk") == clerk
    wallet.remove("clerk")
    with pytest.raises(UnknownUserError, match="no user 'clerk'; it holds boss"):
        wallet.get("clerk")
    with pytest.raises(LookupError):
        wallet.remove("clerk")


def test_the_file_is_the_field_s_own_layout_and_private(tmp_path: Path) -> None:
    FileWallet(tmp_path).put(user())
    path = tmp_path / "clerk.id"
    entry = json.loads(path.read_text())
    assert entry["mspId"] == "LogisticsMSP"
    assert entry["type"] == "X.509"
    assert entry["version"] == 1
    assert entry["credentials"]["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE KEY" in entry["credentials"]["privateKey"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["clerk.id"]


def entry_of(**changes: Any) -> dict[str, Any]:
    clerk = user()
    entry: dict[str, Any] = {
        "credentials": {
            "certificate": clerk.identity.certificate.decode(),
            "privateKey": clerk.private_key.decode(),
        },
        "mspId": "LogisticsMSP",
        "type": "X.509",
        "version": 1,
    }
    return {**entry, **changes}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "only X.509"),
        (json.dumps(entry_of(type="HSM-X.509")), "type is 'HSM-X.509'"),
        (json.dumps(entry_of(mspId=7)), "mspId: is missing or not a text"),
        (json.dumps(entry_of(mspId="")), "mspId: is missing"),
        (json.dumps(entry_of(credentials={})), "credentials.certificate: is missing"),
        (
            json.dumps(entry_of(credentials={"certificate": "x", "privateKey": "y"})),
            "not PEM X.509",
        ),
        (
            json.dumps(
                entry_of(
                    credentials={
                        "certificate": user().identity.certificate.decode(),
                        "privateKey": issue("other").key.decode(),
                    }
                )
            ),
            "does not belong",
        ),
    ],
)
def test_a_bad_entry_names_file_and_field(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "clerk.id").write_text(content)
    with pytest.raises(WalletError, match=words) as caught:
        FileWallet(tmp_path).get("clerk")
    assert str(tmp_path / "clerk.id") in str(caught.value)


@pytest.mark.parametrize("label", ["", "../x", "a/b", "a\\b", ".hidden", "a\0b"])
def test_a_label_cannot_leave_the_folder(label: str, tmp_path: Path) -> None:
    with pytest.raises(WalletError, match="is not a label"):
        FileWallet(tmp_path).get(label)


def test_a_wallet_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownUserError, match="it holds nobody") as caught:
        FileWallet(tmp_path / "none").get("clerk")
    assert str(tmp_path / "none") in str(caught.value)


def test_a_mismatched_user_is_never_written(tmp_path: Path) -> None:
    wrong = User("clerk", Identity("AMSP", issue("a").certificate), issue("b").key)
    with pytest.raises(IdentityError):
        FileWallet(tmp_path).put(wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["a" * 300, "\ud800"])
def test_a_label_that_does_not_do_as_a_file_s_name_is_refused(label: str, tmp_path: Path) -> None:
    wallet, clerk = FileWallet(tmp_path), user()
    with pytest.raises(WalletError):
        wallet.get(label)
    with pytest.raises(WalletError):
        wallet.put(User(label, clerk.identity, clerk.private_key))
    with pytest.raises(WalletError):
        wallet.remove(label)


def test_what_cannot_be_deleted_is_said(tmp_path: Path) -> None:
    (tmp_path / "clerk.id").mkdir()
    with pytest.raises(WalletError, match="cannot be deleted"):
        FileWallet(tmp_path).remove("clerk")


@pytest.mark.parametrize("place", ["a.id", "old/old"])
def test_a_file_nested_without_end_is_refused(place: str, tmp_path: Path) -> None:
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("[" * 100_000)
    with pytest.raises(WalletError, match="cannot be read"):
        FileWallet(tmp_path).get(path.stem)


@pytest.mark.parametrize("name", ["certificate", "privateKey"])
def test_a_credential_that_is_no_text_is_refused(name: str, tmp_path: Path) -> None:
    FileWallet(tmp_path).put(user())
    path = tmp_path / "clerk.id"
    entry = json.loads(path.read_text())
    entry["credentials"][name] = "\ud800"
    path.write_text(json.dumps(entry))
    with pytest.raises(WalletError, match=r"clerk\.id: .* PEM"):
        FileWallet(tmp_path).get("clerk")
