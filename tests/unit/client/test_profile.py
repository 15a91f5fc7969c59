"""Connection profiles: YAML and JSON, and every fault named with its place."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

import weftwork
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import server_tls, user
from weftwork.errors import ProfileError
from weftwork.profile import load_profile
from weftwork.wallet import FileWallet

PEM = server_tls().certificate.decode()
GOOD: dict[str, Any] = {
    "name": "crosswork",
    "version": "1.0.0",
    "client": {"organization": "Logistics"},
    "organizations": {
        "Logistics": {"mspid": "LogisticsMSP", "peers": ["peer0.logistics.example"]},
        "Energy": {"mspid": "EnergyMSP", "peers": ["peer0.energy.example"]},
    },
    "peers": {
        "peer0.energy.example": {
            "url": "grpc://localhost:7052",
        },
        "peer0.logistics.example": {
            "url": "grpcs://127.0.0.1:7051",
            "tlsCACerts": {"pem": PEM},
            "grpcOptions": {"ssl-target-name-override": "peer0.logistics.example"},
        },
    },
    "x-weftwork": {"wallet": "wallet"},
}


@pytest.mark.parametrize("name", ["profile.yaml", "profile.json"])
def test_a_profile_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(GOOD) if name.endswith("json") else yaml.safe_dump(GOOD))
    profile = load_profile(path)
    assert (profile.organization, profile.mspid) == ("Logistics", "LogisticsMSP")
    assert profile.wallet == tmp_path / "wallet"
    peer = profile.peer()
    assert (peer.name, peer.target) == ("peer0.logistics.example", "127.0.0.1:7051")
    assert peer.roots == PEM.encode()
    assert peer.server_name == "peer0.logistics.example"
    other = profile.peer("peer0.energy.example")
    assert other.roots is None
    assert profile.others == (other,)


def test_roots_may_lie_in_a_file_beside_it(tmp_path: Path) -> None:
    content = deepcopy(GOOD)
    content["peers"]["peer0.logistics.example"]["tlsCACerts"] = {"path": "tls/ca.pem"}
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.pem").write_text(PEM)
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(content))
    assert load_profile(path).peer().roots == PEM.encode()


P = "peer0.logistics.example"


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (["client"], None, "client.organization: is missing"),
        (["client", "organization"], 7, "client.organization: must be a text"),
        (["client", "organization"], "Harbour", "organizations.Harbour: is missing"),
        (["organizations", "Logistics", "mspid"], None, "organizations.Logistics.mspid: is miss"),
        (["organizations", "Logistics", "peers"], [], "organizations.Logistics.peers: must list"),
        (["organizations", "Logistics", "peers"], ["x"], "peers.x: is missing, Logistics lists"),
        (["peers"], [], "peers: must be a mapping"),
        (["peers", P, "url"], None, f"peers.{P}.url: is missing"),
        (["peers", P, "url"], "https://127.0.0.1:7051", "must be grpcs://host:port"),
        (["peers", P, "url"], "grpcs://127.0.0.1", "must be grpcs://host:port"),
        (["peers", P, "url"], "grpcs://127.0.0.1:x", "is not an address"),
        (["peers", P, "tlsCACerts"], None, "tlsCACerts: needs pem or path"),
        (["peers", P, "tlsCACerts"], {"path": "no.pem"}, "tlsCACerts.path: cannot be read"),
        (["x-weftwork"], {}, "x-weftwork.wallet: is missing"),
    ],
)
def test_a_fault_names_file_and_place(
    place: list[str], value: object, words: str, tmp_path: Path
) -> None:
    content = deepcopy(GOOD)
    inner = content
    for part in place[:-1]:
        inner = inner[part]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("content", ["a: [", "- a\n- b", "", "\tx: 1"])
def test_what_is_no_profile_at_all(content: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(content)
    with pytest.raises(ProfileError, match=r"p\.yaml") as caught:
        load_profile(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_who_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such connection profile"):
        load_profile(tmp_path / "none.yaml")


def test_an_unknown_peer_lists_the_known(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    with pytest.raises(ProfileError, match=r"no peer 'x'; it lists peer0\.logistics"):
        load_profile(path).peer("x")


def test_connect_takes_one_line(fake: FakeGateway, tmp_path: Path) -> None:
    content = deepcopy(GOOD)
    content["peers"][P].update(url=f"grpcs://127.0.0.1:{fake.port}")
    content["peers"][P]["grpcOptions"] = {"ssl-target-name-override": "localhost"}
    path = tmp_path / "profile.yaml"
    path.write_text(yaml.safe_dump(content))
    FileWallet(tmp_path / "wallet").put(user())
    fake.functions["f"] = lambda call: call.mspid.encode()
    with weftwork.connect(path, user="clerk") as gateway:
        contract = gateway.network("crosswork").contract("logistics")
        assert contract.evaluate("f", returns=str) == "LogisticsMSP"
    with pytest.raises(weftwork.UnknownUserError, match="no user 'boss'; it holds clerk"):
        weftwork.connect(path, user="boss")


def test_connect_without_a_wallet_says_what_to_do(tmp_path: Path) -> None:
    content = {key: value for key, value in GOOD.items() if key != "x-weftwork"}
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ProfileError, match="name the wallet at connect"):
        weftwork.connect(path, user="clerk")


@pytest.mark.parametrize("name", ["profile.yaml", "profile.json"])
def test_a_file_nested_without_end_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("[" * 100_000)
    with pytest.raises(ProfileError, match="recursion"):
        load_profile(tmp_path / name)


@pytest.mark.parametrize("given", [{"path": "a\0b"}, {"path": "\ud800"}, {"pem": "\ud800"}])
def test_names_and_certificates_that_are_no_text_are_refused(
    given: dict[str, str], tmp_path: Path
) -> None:
    content = deepcopy(GOOD)
    content["peers"]["peer0.logistics.example"]["tlsCACerts"] = given
    (tmp_path / "profile.json").write_text(json.dumps(content))
    with pytest.raises(ProfileError, match="tlsCACerts"):
        load_profile(tmp_path / "profile.json")


@pytest.mark.parametrize("roots", [b"", b"junk", PEM[:99].encode()], ids=["empty", "junk", "cut"])
def test_tls_cas_that_are_no_certificates_are_refused_at_once(roots: bytes) -> None:
    # For empty ones gRPC would trust whatever the system trusts.
    endpoint = weftwork.Endpoint("peer0", "127.0.0.1", 7051, roots)
    with pytest.raises(ProfileError, match="peer0: its TLS CAs are no PEM certificates"):
        weftwork.connect_endpoint(endpoint, user().identity)
